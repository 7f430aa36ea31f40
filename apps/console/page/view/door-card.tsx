import { useMemo } from 'preact/hooks';
import type { Attempt, Door, Grant, TrailEvent } from '../model/api-types.js';
import { eventText } from '../model/event-text.js';
import { listenText } from '../model/listen-text.js';
import { secondsText } from '../model/seconds-text.js';
import type { Timed } from '../model/timed.js';
import { AttemptRow } from './attempt-row.js';
import { clockTime } from './clock-time.js';
import { GrantRow } from './grant-row.js';
import { memo } from './memo.js';
import { SourceButton } from './source-button.js';
import { NARROW, useMedia } from './use-media.js';
import { WindowedList } from './windowed-list.js';

interface Props {
  readonly door: Door;
  readonly grants: readonly Timed<Grant>[];
  readonly attempts: readonly Timed<Attempt>[];
  readonly failure: TrailEvent | undefined;
  readonly find: string;
}

const ATTEMPTS_SHOWN = 5;
/** As in the style sheet. */
const ROW_PX = 46;
const NARROW_ROW_PX = 82;

export const DoorCard = memo(function DoorCard({ door, grants, attempts, failure, find }: Props) {
  const rowHeight = useMedia(NARROW) ? NARROW_ROW_PX : ROW_PX;
  const found = useMemo(() => ofSource(grants, find), [grants, find]);
  const trying = useMemo(() => ofSource(attempts, find), [attempts, find]);
  const { name, listen, mode, hide, upstream, stages, seq_timeout: within, cmd_timeout: opens } = door;
  return (
    <article class="panel door" aria-label={`door ${name}`}>
      <header>
        <h2>{name}</h2>
        <p class={found.length > 0 ? 'count good' : 'count'}>
          {find === '' || grants.length === 0 ? '' : `${found.length} of `}
          {grants.length} in
        </p>
        <dl>
          <Fact name="listens" value={listenText(listen)} />
          <Fact name="upstream" value={upstream} />
          <Fact name="mode" value={mode} />
          <Fact name="hide" value={hide} />
          <Fact name="knocks" value={`${stages === 0 ? 'one-time' : stages} in ${secondsText(within)}`} />
          <Fact name="opens for" value={secondsText(opens)} />
        </dl>
      </header>
      {trying.length > 0 && (
        <ul class="attempts" role="list" aria-label={`attempts at ${name}`}>
          {trying.slice(0, ATTEMPTS_SHOWN).map((each) => (
            <AttemptRow key={each.ip} attempt={each} />
          ))}
          {trying.length > ATTEMPTS_SHOWN && <li class="soft">and {trying.length - ATTEMPTS_SHOWN} more attempts</li>}
        </ul>
      )}
      {found.length > 0 ? (
        <WindowedList
          items={found}
          keyOf={({ ip }) => ip}
          render={(grant) => <GrantRow grant={grant} />}
          rowHeight={rowHeight}
          label={`grants at ${name}`}
        />
      ) : (
        <p class="nobody soft">{grants.length > 0 ? 'Nobody here of those you look for.' : 'Nobody is in.'}</p>
      )}
      {failure !== undefined && find === '' && (
        <footer class="soft">
          Last to fail: <SourceButton ip={failure.ip} /> {eventText(failure).text}, {clockTime(failure.at)}
        </footer>
      )}
    </article>
  );
});

function Fact({ name, value }: { readonly name: string; readonly value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

function ofSource<T extends { readonly ip: string }>(list: readonly T[], find: string): readonly T[] {
  const wanted = find.toLowerCase();
  return wanted === '' ? list : list.filter(({ ip }) => ip.includes(wanted));
}
