import { describe, expect, it } from 'vitest';
import type { Step } from '#knock';
import type { WhyDoor, WhyEntry, WhyListener, WhyVerdict } from '../../listener/index.js';
import { advice } from './advice.js';

const IP = '203.0.113.7';
const step = (port: number, protocol: Step['protocol'] = 'tcp'): Step => ({ port, protocol });
const KNOCK = [6000, 7000, 8000, 9000].map((port) => step(port));
const HTTP: WhyDoor = {
  name: 'HTTP',
  sequence: KNOCK,
  one_time: false,
  tcpflags: 'syn',
  seq_timeout_ms: 45_000,
  cmd_timeout_ms: 59_000,
};
const SSH: WhyDoor = { ...HTTP, name: 'SSH', sequence: [step(5001, 'udp'), step(5002)] };
const LISTENER: WhyListener = {
  host: 'web',
  pid: 1,
  capture: 'tcp4',
  hears: true,
  packets: 9,
  drops: 0,
  since_ms_ago: 200_000,
  bridge: [],
  doors: [HTTP],
};

interface Heard {
  readonly s: number;
  readonly verdict: WhyVerdict;
  readonly got?: number | Step;
  readonly stage?: number;
  readonly flags?: string;
  readonly door?: string;
}

/** Told at so many seconds before now. */
function entry({ s, verdict, got, stage = 0, flags = 'syn', door = 'HTTP' }: Heard): WhyEntry {
  const before = verdict === 'advanced' || verdict === 'completed' ? stage - 1 : stage;
  return {
    at: '',
    ago_ms: s * 1000,
    door: verdict === 'stray' ? null : door,
    verdict,
    stage,
    got: got === undefined ? null : { ...(typeof got === 'number' ? step(got) : got), flags },
    expected: verdict === 'stray' ? null : (KNOCK[before] ?? null),
  };
}
const made = (n: number, s = 10): Heard[] =>
  KNOCK.slice(0, n).map(({ port }, i) => ({
    s: s - i / 10,
    verdict: i === 3 ? 'completed' : 'advanced',
    got: port,
    stage: i + 1,
  }));
const stray = (got: number | Step, s = 5): Heard => ({ s, verdict: 'stray', got });
const say = (heard: readonly Heard[], listener: Partial<WhyListener> = {}, door?: string): string =>
  advice({ ip: IP, door, entries: heard.map(entry), listener: { ...LISTENER, ...listener } });

describe('advice', () => {
  it.each<[string, Heard[], RegExp]>([
    ['a grant', [...made(4), { s: 9, verdict: 'opened' }], /^it opened: granted at HTTP 9\.0 s ago, for 59 s; /u],
    [
      'a grant that is over',
      [...made(4, 100), { s: 99, verdict: 'extended' }],
      /^it opened: .*time is over: knock again/u,
    ],
    ['a SYN sent again after it', [...made(4), { s: 9, verdict: 'opened' }, stray(9000, 8)], /^it opened/u],
    ['browsing after it', [...made(4), { s: 9, verdict: 'opened' }, stray(8080, 8)], /^it opened/u],
    [
      'half a knock after it',
      [...made(4, 90), { s: 89, verdict: 'opened' }, stray(7000, 8)],
      /^the first knock of HTTP, 6000\/tcp, never came/u,
    ],
    ['no answer of the store yet', made(4), /^knocked rightly; the grant at HTTP is being written/u],
    [
      'the store away',
      [...made(4), { s: 9, verdict: 'grant_failed' }],
      /^knocked rightly, but the grant could not be written/u,
    ],
    [
      'a bridge',
      [...made(4), { s: 9, verdict: 'bridge_refused' }],
      /gateway of a container bridge.*network_mode: host/u,
    ],
    ['a used sequence', [...made(4), { s: 9, verdict: 'sequence_used' }], /used before.*howto HTTP prints the next/u],
    [
      'a read-only file',
      [...made(4), { s: 9, verdict: 'sequence_file_failed' }],
      /could not be written: let the listener write/u,
    ],
    [
      'two packets that overtook each other',
      [...made(1), { s: 9.9, verdict: 'voided', got: 8000, stage: 1 }, stray(7000, 9.89)],
      /^8000\/tcp came before 7000\/tcp: they overtook each other.*--delay 300$/u,
    ],
    [
      'a port left out',
      [...made(2), { s: 9, verdict: 'voided', got: 9000, stage: 2 }],
      /^8000\/tcp never came, 9000\/tcp did: /u,
    ],
    [
      'an earlier port again',
      [...made(3), { s: 9, verdict: 'voided', got: 7000, stage: 3 }],
      /^7000\/tcp came once more when 9000\/tcp was next: .*--max-retries 0$/u,
    ],
    [
      'a foreign port',
      [...made(2), { s: 9, verdict: 'voided', got: 1234, stage: 2 }],
      /^1234\/tcp, no port of HTTP, came in between: .* 1234 into ignore_ports$/u,
    ],
    [
      'too late',
      [...made(2, 60), { s: 13, verdict: 'late', got: 8000, stage: 2 }],
      /^step 3 came 47 s after the first, seq_timeout is 45 s: knock faster, or raise seq_timeout$/u,
    ],
    [
      'too late, once the time was over',
      [...made(2, 60), { s: 15, verdict: 'timed_out', stage: 2 }, stray(8000, 13)],
      /^step 3 came 47 s after the first, seq_timeout is 45 s/u,
    ],
    [
      'nothing more',
      [...made(2, 60), { s: 15, verdict: 'timed_out', stage: 2 }],
      /^8000\/tcp, step 3, did not come within the time \(seq_timeout is 45 s\)/u,
    ],
    ['an attempt under way', made(2), /^under way: 8000\/tcp, step 3, is next, within 35 s$/u],
    ['one that is over, though not told', made(2, 60), /^8000\/tcp, step 3, did not come within the time/u],
    ['one that was forgotten', [...made(2), stray(8000)], /^the attempt was forgotten before 8000\/tcp came/u],
    [
      'a knock begun anew',
      [...made(2), { s: 5, verdict: 'restarted', got: 6000, stage: 1 }],
      /^under way: 7000\/tcp, step 2, is next, within 40 s$/u,
    ],
    [
      'repeats and ignored ports',
      [
        ...made(1),
        { s: 5, verdict: 'repeat', got: 6000, stage: 1 },
        { s: 4, verdict: 'ignored_port', got: 443, stage: 1 },
      ],
      /^under way: 7000/u,
    ],
    [
      'other flags',
      [...made(1), { s: 5, verdict: 'flags', got: 7000, stage: 1, flags: 'ack' }],
      /^7000\/tcp came with flags ack, tcpflags of HTTP wants syn/u,
    ],
    [
      'other flags from the first',
      [{ s: 5, verdict: 'flags', got: 6000, flags: 'fin,psh' }],
      /^6000\/tcp came with flags fin,psh, /u,
    ],
    ['UDP from the first', [stray(step(6000, 'udp'))], /^6000 came by UDP, HTTP wants TCP there: knock 6000:tcp$/u],
    ['UDP in between', [...made(1), stray(step(7000, 'udp'))], /^7000 came by UDP, HTTP wants TCP there/u],
    [
      'all but the first',
      [stray(7000), stray(8000)],
      /^the first knock of HTTP, 6000\/tcp, never came, later ones did/u,
    ],
    ['another sequence', [stray(1111), stray(2222)], /^these are no knocks of HTTP: another sequence is in force/u],
    [
      'a new try long after a voided one',
      [...made(1, 150), { s: 149, verdict: 'voided', got: 9000, stage: 1 }, stray(7000), stray(8000)],
      /^the first knock of HTTP/u,
    ],
  ])('%s', (_name, heard, expected) => {
    const line = say(heard);
    expect(line).toMatch(expected);
    expect(line).not.toContain('\n');
  });

  it('looks at the door that was heard last, or that was asked about', () => {
    const doors = { doors: [SSH, HTTP] };
    const heard: Heard[] = [{ s: 9, verdict: 'bridge_refused', door: 'SSH' }, ...made(2, 5)];
    expect(say(heard, doors)).toMatch(/^under way: 8000/u);
    expect(say(heard, doors, 'SSH')).toMatch(/container bridge/u);
    expect(say([stray(step(5001, 'tcp'))], doors)).toBe('5001 came by TCP, SSH wants UDP there: knock 5001:udp');
    expect(say([stray(1)], doors)).toMatch(/^these are no knocks of SSH, HTTP/u);
  });

  it('of one-time sequences: used again, another one, none left', () => {
    const once = { doors: [{ ...HTTP, one_time: true, sequence: [step(1001), step(1002)] }] };
    const heard: Heard[] = [...made(4, 90), { s: 89, verdict: 'opened' }, stray(6000), stray(7000, 4)];
    expect(say(heard, once)).toBe(
      'a sequence of HTTP works once, and this one is used: knockgate howto HTTP prints the next',
    );
    expect(say([stray(77)], once)).toMatch(/^that is not the next one-time sequence of HTTP/u);
    const none = { doors: [{ ...HTTP, one_time: true, sequence: [] }] };
    expect(say([stray(77)], none)).toBe('every one-time sequence of HTTP is used: add lines to its file');
  });

  it('of a bridge, whatever came from there', () => {
    expect(say([stray(1)], { bridge: [IP] })).toMatch(/^203\.0\.113\.7 is the gateway of a container bridge/u);
  });

  it('of a door that is gone', () => {
    expect(say(made(2), { doors: [] })).toMatch(/the sequence of HTTP has changed/u);
  });

  it('of nothing heard: the address, a firewall, what the kernel keeps away', () => {
    const line = say([]);
    expect(line).toMatch(
      /^nothing of 203\.0\.113\.7 was heard in the last 3 min: .*firewall.*\(syn\), UDP and ignored ports/u,
    );
    expect(say([], { doors: [SSH] })).not.toContain(', UDP');
    expect(say([], { drops: 12 })).toContain('among the 12 packets that were lost');
    expect(say([], { hears: false })).toMatch(/^the listener is deaf/u);
  });
});
