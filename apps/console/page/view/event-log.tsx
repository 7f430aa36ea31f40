import type { TrailEvent } from '../model/api-types.js';
import { eventKinds, eventText } from '../model/event-text.js';
import { type LogState, MAX_EVENTS, eventKey } from '../model/log-state.js';
import { clockTime } from './clock-time.js';
import { useClient } from './client-context.js';
import { memo } from './memo.js';
import { SourceButton } from './source-button.js';
import { useStore } from './use-store.js';
import { WindowedList } from './windowed-list.js';

/** As in the style sheet. */
const ROW_PX = 44;
/** Older ones are asked for before the end is reached. */
const AHEAD_ROWS = 20;

export function EventLog() {
  const client = useClient();
  const log = useStore(client.log, (each: LogState) => each);
  const scrolled = (atTop: boolean, rowsBelow: number): void => {
    if (!atTop && !log.paused) client.pauseLog();
    if (rowsBelow < AHEAD_ROWS && log.older.kind === 'more') void client.loadOlder();
  };
  return (
    <section class="panel log" aria-label="Events">
      <LogHead log={log} />
      {log.paused && log.held.length > 0 && (
        <button class="held" type="button" onClick={() => client.resumeLog()}>
          {log.held.length >= MAX_EVENTS ? `over ${MAX_EVENTS}` : log.held.length} new: show
        </button>
      )}
      <WindowedList
        items={log.events}
        keyOf={eventKey}
        render={(entry) => <EventRow entry={entry} />}
        rowHeight={ROW_PX}
        label="events, newest first"
        returns={log.returns}
        onScrolled={scrolled}
      />
      <LogFoot log={log} />
    </section>
  );
}

function LogHead({ log: { filter, paused } }: { readonly log: LogState }) {
  const client = useClient();
  const doors = useStore(client.page, (each) => each.doors);
  return (
    <header>
      <h2>Events</h2>
      <select
        aria-label="of which door"
        value={filter.door}
        onChange={({ currentTarget }) => client.filter({ door: currentTarget.value })}
      >
        <option value="">all doors</option>
        {doors.map(({ name }) => (
          <option key={name}>{name}</option>
        ))}
      </select>
      <select
        aria-label="which events"
        value={filter.event}
        onChange={({ currentTarget }) => client.filter({ event: currentTarget.value })}
      >
        <option value="">all events</option>
        {[...eventKinds].map(([kind, name]) => (
          <option key={kind} value={kind}>
            {name}
          </option>
        ))}
      </select>
      <button type="button" aria-pressed={paused} onClick={() => (paused ? client.resumeLog() : client.pauseLog())}>
        {paused ? 'Resume' : 'Pause'}
      </button>
    </header>
  );
}

function LogFoot({ log }: { readonly log: LogState }) {
  const client = useClient();
  const { older, events, filter } = log;
  const found = events.length > 0;
  return (
    <footer class="soft">
      {older.kind === 'asking' && 'asking for older ones …'}
      {older.kind === 'none' && found && `${events.length} in all, back to ${clockTime(events.at(-1)!.at)}`}
      {older.kind === 'none' && !found && <Nothing text={filter.text.trim()} />}
      {older.kind === 'more' && (
        <button type="button" onClick={() => void client.loadOlder()}>
          Older
        </button>
      )}
      {older.kind === 'failed' && (
        <>
          <span class="error">{older.error}</span>{' '}
          <button type="button" onClick={() => void client.loadOlder()}>
            Again
          </button>
        </>
      )}
    </footer>
  );
}

function Nothing({ text }: { readonly text: string }) {
  if (text === '') return <>No event yet.</>;
  return <>No event has “{text}” in it. The first knock of somebody leaves none; “knockgate why IP” tells more.</>;
}

const EventRow = memo(function EventRow({ entry }: { readonly entry: TrailEvent }) {
  const { tone, text } = eventText(entry);
  return (
    <div class={`event ${tone}`}>
      <span class="dot" aria-hidden="true" />
      <SourceButton ip={entry.ip} />
      <time class="num soft" dateTime={entry.at} title={entry.at}>
        {clockTime(entry.at)}
      </time>
      <span class="what" title={text}>
        {text}
      </span>
      <span class="door soft">{entry.door}</span>
    </div>
  );
});
