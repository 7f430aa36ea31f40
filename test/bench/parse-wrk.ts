/** What wrk(1) says at its end. */
export interface WrkResult {
  readonly requests: number;
  readonly requestsPerSecond: number;
  /** Headers included. */
  readonly bytesPerSecond: number;
  readonly p99Ms: number;
  /** Answers that were no success, and connections that failed. */
  readonly faults: readonly string[];
}

const BYTES: Readonly<Record<string, number>> = { B: 1, KB: 2 ** 10, MB: 2 ** 20, GB: 2 ** 30 };
const MILLISECONDS: Readonly<Record<string, number>> = { us: 0.001, ms: 1, s: 1000, m: 60_000 };
const FAULTS = [/Socket errors: .*/u, /Non-2xx or 3xx responses: .*/u];

/** Reads the output of `wrk --latency` (4.1). @throws if it is something else */
export function parseWrk(output: string): WrkResult {
  const find = (pattern: RegExp): readonly string[] => {
    const found = pattern.exec(output);
    if (found === null) throw new Error(`wrk said nothing like ${pattern}:\n${output}`);
    return found.slice(1);
  };
  const amount = (pattern: RegExp, units: Readonly<Record<string, number>>): number => {
    const [number, unit] = find(pattern);
    return Number(number) * units[unit!]!;
  };
  return {
    requests: Number(find(/(\d+) requests in /u)[0]),
    requestsPerSecond: Number(find(/Requests\/sec: +([\d.]+)/u)[0]),
    bytesPerSecond: amount(/Transfer\/sec: +([\d.]+)([KMG]?B)/u, BYTES),
    p99Ms: amount(/ 99% +([\d.]+)(us|ms|s|m)\b/u, MILLISECONDS),
    faults: FAULTS.flatMap((pattern) => pattern.exec(output) ?? []),
  };
}
