import { flagLetters } from './flags.js';
import { keyOf } from './knockd.js';
import { KnockdModel, type Said } from './knockd-model.js';
import type { LaneRun } from './lane.js';
import { KNOCKD, KNOCKGATE, type Packet } from './trace.js';

/** A history for a person: each packet, and what the real ones and their models said of it. */
export function packetTable(run: LaneRun): string {
  const { config, packets } = run;
  const models = [new KnockdModel(config.doors, KNOCKD), new KnockdModel(config.doors, KNOCKGATE)] as const;
  const startMs = Math.floor((packets[0]?.atMs ?? 0) / 1000) * 1000;
  const seen = [...run.knockd];
  const rows = packets.map((packet, index) => {
    const isSeen = seen[0]?.key === keyOf(packet);
    const real = isSeen ? short(seen.shift()?.said) : 'not seen';
    const said = models.map((model) => short(model.observe(packet)));
    const nextMs = packets[index + 1]?.atMs ?? Infinity;
    return [
      ((packet.atMs - startMs) / 1000).toFixed(3),
      packet.source,
      knockOf(packet),
      real,
      said[0]!,
      ours(run, packet, nextMs),
      said[1]!,
    ];
  });
  const head = ['s', 'from', 'knock', 'knockd', 'its model', 'knockgate', 'its model'];
  const doors = config.doors.map(({ name, sequence, seqTimeoutS, tcpFlags }) => {
    const ports = sequence.map(({ port, protocol }) => `${port}:${protocol}`).join();
    return `[${name}] ${ports} seq_timeout=${seqTimeoutS} tcpflags=${tcpFlags.join() || 'any'}`;
  });
  return [`capture: ${config.capture}`, ...doors, ...align([head, ...rows])].join('\n');
}

function knockOf({ protocol, port, flags, sourcePort, repeated }: Packet): string {
  return `${port}:${protocol} ${protocol === 'tcp' ? flagLetters(flags) : ''} (${sourcePort}/${repeated})`;
}

function short(said: readonly Said[] | undefined): string {
  return said === undefined ? 'not seen' : said.map(({ source, door, what }) => `${source} ${door} ${what}`).join('; ');
}

/** What it logged between this packet and the next. */
function ours({ knockgate }: LaneRun, { atMs }: Packet, nextMs: number): string {
  const between = knockgate.filter((event) => {
    const at = Date.parse(String(event['time']));
    return 'ip' in event && at >= Math.floor(atMs) && at < Math.floor(nextMs);
  });
  return between.map(({ msg }) => msg).join('; ');
}

function align(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column]!)).join(' | '));
}
