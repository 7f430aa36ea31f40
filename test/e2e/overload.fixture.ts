import type { Host } from '../lab/host.js';
import type { Program } from '../lab/program.js';

/** What it does with each of its connections, once it is open. */
export type Manner = keyof typeof MANNERS;

const HEAD = 'GET / HTTP/1.1\\r\\nHost: door\\r\\n';
const POST = 'POST / HTTP/1.1\\r\\nHost: door\\r\\n';
/** As code of the child: `every(n, text)` sends it again and again, each n ms; `flood(text)` as fast as it is taken. */
const MANNERS = {
  'is silent': '',
  'sends a header line by line': `socket.write('${HEAD}'); every(100, 'X-A: b\\r\\n')`,
  'sends empty lines': `every(100, '\\r\\n')`,
  'sends an endless field': `socket.write('${HEAD}X: '); flood('x'.repeat(16384))`,
  'sends endless fields': `socket.write('${HEAD}'); flood('X-Abcdef: b\\r\\n'.repeat(1024))`,
  'sends an endless path': `socket.write('GET /'); flood('x'.repeat(16384))`,
  'sends a body byte by byte': `socket.write('${POST}Content-Length: 1000000\\r\\n\\r\\n'); every(200, 'x')`,
  'sends chunks byte by byte': `socket.write('${POST}Transfer-Encoding: chunked\\r\\n\\r\\n'); every(200, '1\\r\\nx\\r\\n')`,
  'sends an endless chunk extension': `socket.write('${POST}Transfer-Encoding: chunked\\r\\n\\r\\n1;x='); flood('x'.repeat(16384))`,
  'sends endless trailers': `socket.write('${POST}Transfer-Encoding: chunked\\r\\n\\r\\n0\\r\\n'); flood('X-Abcdef: b\\r\\n'.repeat(1024))`,
  'pipelines without end': `flood('${HEAD}\\r\\n'.repeat(256))`,
  'reads nothing': `socket.pause(); flood('${HEAD}\\r\\n'.repeat(8))`,
} as const;

const CHILD = (manner: string): string => `
  const [host, port, wanted, from] = process.argv.slice(1);
  const { connect } = require('node:net');
  const addresses = from === '' ? [undefined] : from.split(',');
  let [begun, open, ended, bytes] = [0, 0, 0, 0];
  const say = () => console.log(JSON.stringify({ open, ended, bytes }));
  const next = () => {
    if (begun === Number(wanted)) return;
    begun += 1;
    const socket = connect({ host, port: Number(port), localAddress: addresses[begun % addresses.length] });
    const timers = [];
    const every = (ms, text) => timers.push(setInterval(() => socket.write(text), ms));
    const flood = (text) => { const more = () => { while (!socket.destroyed && socket.write(text)); }; socket.on('drain', more); more(); };
    let settled = false;
    const settle = () => { if (!settled) next(); settled = true; };
    socket.on('connect', () => { open += 1; settle(); ${manner}; });
    socket.on('data', (data) => { bytes += data.length; });
    socket.on('error', () => {});
    socket.on('close', () => { ended += 1; timers.forEach(clearInterval); settle(); });
  };
  for (let i = 0; i < 64; i++) next();
  setInterval(say, 100);`;

/** Somebody who has many connections at once and behaves badly on each. */
export class Crowd implements AsyncDisposable {
  private constructor(private readonly program: Program) {}

  static gather(host: Host, { at, port, count, manner, from = [] }: Gathering): Crowd {
    const args = ['-e', CHILD(MANNERS[manner]), at, String(port), String(count), from.join()];
    return new Crowd(host.spawn(process.execPath, args));
  }

  /** Waits until what it has counted is so. */
  until(is: (counted: Counted) => boolean, timeoutMs = 60_000): Promise<Counted> {
    return this.program.waitFor(
      (line) => {
        const counted = line.startsWith('{') ? (JSON.parse(line) as Counted) : undefined;
        return counted !== undefined && is(counted) ? counted : undefined;
      },
      'a count',
      { timeoutMs },
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.program.stop('SIGKILL');
  }
}

interface Gathering {
  readonly at: string;
  readonly port: number;
  readonly count: number;
  readonly manner: Manner;
  /** Addresses of the host, which take turns; its own unless told. */
  readonly from?: readonly string[];
}

export interface Counted {
  /** Connections that were made. */
  readonly open: number;
  /** Connections that have ended. */
  readonly ended: number;
  /** Bytes that came back. */
  readonly bytes: number;
}
