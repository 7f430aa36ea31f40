import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { CommandFailed } from '../command-failed.js';
import type { Compared, Question } from './ask-target.js';

const CHILD = fileURLToPath(new URL('./vantage.child.js', import.meta.url));

/** What the child is told: the lines of ip(8) that make its end of the link, and what to ask. */
export interface ToVantage {
  readonly setUp: readonly string[];
  readonly questions: readonly Question[];
}

export type FromVantage =
  | { readonly kind: 'ready' }
  | { readonly kind: 'compared'; readonly compared: readonly Compared[] }
  | { readonly kind: 'failed'; readonly reason: string };

/**
 * Of the block for tests between networks (RFC 2544, C.2.2), and a unique local prefix (RFC 4193) made up for this: a
 * network for each process that asks, so that two may at once.
 */
const NETWORK = process.pid % 0x4000;
const end = (host: 1 | 2): Readonly<Record<4 | 6, string>> => ({
  4: `198.18.${NETWORK >> 6}.${((NETWORK & 0x3f) << 2) + host}`,
  6: `fd6b:6761:7465:${NETWORK.toString(16)}::${host}`,
});
const HERE = end(1);
const THERE = end(2);
const PREFIX = { 4: 30, 6: 64 } as const;
/** The child's end. */
export const END = 'kgstealth';

/** The addresses of this host that its neighbour reaches; no IPv6 where that cannot be had. */
export interface OwnAddresses {
  readonly 4: string;
  readonly 6: string | undefined;
}

/**
 * Asks from a network namespace of its own: a neighbour of this host on a link that leads nowhere else. Both are gone
 * with the child, which ends with this process, however that ends. Wants root.
 * @throws (rejects) CommandFailed if that cannot be had
 */
export async function askFromNamespace(ask: (own: OwnAddresses) => readonly Question[]): Promise<readonly Compared[]> {
  const link = `kgs${process.pid}`;
  const child = spawn('unshare', ['--net', '--', process.execPath, CHILD], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  try {
    await told(child, 'ready');
    ip(`link add ${link} type veth peer name ${END} netns ${child.pid}`);
    const families = enableIPv6(link) ? ([4, 6] as const) : ([4] as const);
    ip(...addresses(link, HERE, families));
    const questions = ask({ 4: HERE[4], 6: families.length > 1 ? HERE[6] : undefined });
    child.send({ setUp: [...addresses(END, THERE, families), ...routes(questions)], questions } satisfies ToVantage);
    return (await told(child, 'compared')).compared;
  } finally {
    if (child.connected) child.disconnect();
    removeLink(link);
  }
}

/** Some hosts have it off for whatever interface comes new. */
export function enableIPv6(link: string): boolean {
  try {
    writeFileSync(`/proc/sys/net/ipv6/conf/${link}/disable_ipv6`, '0');
    return true;
  } catch {
    return false;
  }
}

/** Runs these lines of ip(8). @throws CommandFailed */
export function ip(...lines: readonly string[]): void {
  try {
    execFileSync('ip', ['-batch', '-'], { input: `${lines.join('\n')}\n`, stdio: ['pipe', 'ignore', 'pipe'] });
  } catch (error) {
    const { stderr, code } = error as NodeJS.ErrnoException & { readonly stderr?: Buffer };
    throw refused(code === 'ENOENT' ? 'there is no ip(8) here' : String(stderr).trim().split('\n', 1)[0]!);
  }
}

function removeLink(link: string): void {
  try {
    ip(`link del ${link}`);
  } catch {
    // it was never there, or has gone with the namespace
  }
}

function addresses(link: string, own: typeof HERE, families: readonly (4 | 6)[]): string[] {
  const lines = {
    4: `addr add ${own[4]}/${PREFIX[4]} dev ${link}`,
    6: `addr add ${own[6]}/${PREFIX[6]} dev ${link} nodad`,
  };
  return [`link set ${link} up`, ...families.map((family) => lines[family])];
}

/** Not a default route: what has no route to anywhere else cannot scan anything else. */
function routes(questions: readonly Question[]): string[] {
  const own: readonly string[] = Object.values(HERE);
  const further = [...new Set(questions.map(({ target }) => target))].filter((target) => !own.includes(target));
  return further.map((target) => `route add ${target} via ${HERE[target.includes(':') ? 6 : 4]}`);
}

type Said<K extends FromVantage['kind']> = Extract<FromVantage, { kind: K }>;

/** What the child says next, which should be of that kind. */
function told<K extends 'ready' | 'compared'>(child: ChildProcess, kind: K): Promise<Said<K>> {
  return new Promise((resolve, reject) => {
    child.once('error', (error) => reject(refused(error.message)));
    child.once('exit', () => reject(refused('unshare(1) failed')));
    child.once('message', (said: FromVantage) => {
      if (said.kind === kind) resolve(said as Said<K>);
      else reject(refused(said.kind === 'failed' ? said.reason : 'an answer out of turn'));
    });
  });
}

function refused(reason: string): CommandFailed {
  const instead = 'run it as root, or from another machine with --target';
  return new CommandFailed([`no network namespace to look from: ${reason}; ${instead}`], 1);
}
