import type { ProcessReport, StoreReport } from '../model/api-types.js';
import type { PageState } from '../model/page-state.js';
import { secondsText } from '../model/seconds-text.js';
import { useClient } from './client-context.js';
import { useStore } from './use-store.js';

/** What runs, and in words what is wrong with it. */
export function StatusStrip() {
  const client = useClient();
  const overview = useStore(client.page, (each: PageState) => each.overview!);
  const { nowMs, problems, processes, store } = overview;
  return (
    <section class="status" aria-label="State">
      <ul class="chips" role="list">
        {processes.map((each) => (
          <ProcessChip key={`${each.host} ${each.pid}`} process={each} nowMs={nowMs} />
        ))}
        <StoreChip store={store} />
      </ul>
      <div role="status">
        {problems.length > 0 && (
          <ul class="problems" role="list">
            {problems.map((each) => (
              <li key={each}>{each}</li>
            ))}
          </ul>
        )}
      </div>
    </section>
  );
}

function ProcessChip({ process, nowMs }: { readonly process: ProcessReport; readonly nowMs: number }) {
  const { roles, host, pid, version, healthy, problems, started_at: startedAt } = process;
  const runs = secondsText(Math.max(0, Math.floor((nowMs - Date.parse(startedAt)) / 1000)));
  const title = [`${roles}, pid ${pid}, version ${version}, since ${startedAt}`, ...problems].join('\n');
  return (
    <li class={`chip ${healthy ? 'good' : 'failed'}`} title={title}>
      <span class="dot" aria-hidden="true" />
      <b>{roles}</b> {host} <span class="soft num">{healthy ? runs : 'not well'}</span>
    </li>
  );
}

function StoreChip({ store: { kind, name, reachable, reason } }: { readonly store: StoreReport }) {
  return (
    <li class={`chip ${reachable ? 'good' : 'failed'}`} title={reason}>
      <span class="dot" aria-hidden="true" />
      <b>store</b> {name ?? kind} {!reachable && <span class="soft">{reason ?? 'silent'}</span>}
    </li>
  );
}
