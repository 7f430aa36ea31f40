import { type Profiler, Session } from 'node:inspector';

/** What has been reached of a function: a byte for each character of it. */
type Reached = Uint8Array;

/** What V8 says was run since the last time it was asked. */
export type Look = readonly Profiler.ScriptCoverage[];

/**
 * One for the whole process, from before the first target is loaded: V8 counts blocks only in what it compiles while it is told
 * to, and forgets how where it is told to stop.
 */
const session = new Session();
session.connect();
ask('Profiler.enable');
ask('Profiler.startPreciseCoverage', { callCount: true, detailed: true });

/** Which blocks of the scripts that `covers` names have been run, as V8 counts them (`Profiler.startPreciseCoverage`). */
export class BlockCoverage {
  private readonly functions = new Map<string, Reached>();

  constructor(private readonly covers: RegExp) {}

  /** What was run since the last look. A look costs milliseconds, so that many inputs should share one. */
  look(): Look {
    const { result } = ask('Profiler.takePreciseCoverage') as Profiler.TakePreciseCoverageReturnType;
    return result.filter(({ url }) => this.covers.test(url));
  }

  /** How many characters of code were run that never were before. @param keep whether they count as run from now on */
  fresh(look: Look, keep: boolean): number {
    let fresh = 0;
    for (const { url, functions } of look) {
      for (const each of functions) fresh += this.freshIn(url, each, keep);
    }
    return fresh;
  }

  private freshIn(url: string, { ranges }: Profiler.FunctionCoverage, keep: boolean): number {
    const [whole] = ranges;
    if (whole === undefined || whole.count === 0) return 0;
    const { startOffset: start, endOffset: end } = whole;
    const ran = new Uint8Array(end - start);
    // the inner ones come behind those that they are in
    for (const range of ranges) ran.fill(range.count > 0 ? 1 : 0, range.startOffset - start, range.endOffset - start);
    const key = `${url}:${start}:${end}`;
    const reached = this.functions.get(key) ?? new Uint8Array(end - start);
    const fresh = ran.reduce((count, byte, i) => count + (byte & ~reached[i]!), 0);
    if (keep && fresh > 0) {
      ran.forEach((byte, i) => (reached[i]! |= byte));
      this.functions.set(key, reached);
    }
    return fresh;
  }
}

/** The inspector answers within the call. */
function ask(method: string, params: object = {}): unknown {
  let answer: unknown;
  session.post(method, params, (error, result) => {
    if (error !== null) throw error;
    answer = result;
  });
  return answer;
}
