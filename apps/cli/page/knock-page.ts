import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { bracketed } from '#address';
import type { Step } from '#knock';

/** What the page is to do; times are what a person sees. */
export interface KnockPlan {
  readonly door: string;
  /** A name, or an address; an IPv6 one without brackets. */
  readonly host: string;
  readonly steps: readonly Step[];
  /** Where the page goes then; undefined where no browser can go. */
  readonly url: string | undefined;
  /** `HOST:PORT`: what to connect to if there is no `url`. */
  readonly service: string;
  readonly cmdTimeoutMs: number;
}

const TEMPLATE = new URL('./knock-page.html', import.meta.url);
const WAIT_S = 15;
const GO_AFTER_S = 3;
const LONGEST_PAUSE_MS = 200;
/**
 * Where a firewall drops the knocks, the kernel sends each SYN again a second after the first time, for browsers keep
 * connections that nobody waits for any more. All knocks have to be there by then, or they come out of their order.
 */
const ALL_WITHIN_MS = 800;

/** One HTML file, with all that it needs in it. SECURITY: it holds the sequence. */
export function knockPage({ door, host, steps, url, service, cmdTimeoutMs }: KnockPlan): string {
  const plan = {
    host: bracketed(host),
    steps,
    pauseMs: pauseMs(steps.length),
    url: url ?? null,
    service,
    opensForS: Math.ceil(cmdTimeoutMs / 1000),
    waitS: WAIT_S,
    goAfterS: Math.min(GO_AFTER_S, Math.floor(cmdTimeoutMs / 2000)),
    unopened: `Not open after ${WAIT_S} s. Is the address right, and is there no proxy or VPN between? On the server, "knockgate why" and the address that you have there tells what arrived.`,
  };
  const template = readFileSync(TEMPLATE, 'utf8');
  return fill(template, {
    csp: policy(template),
    title: escapeHtml(`${door}: knock at ${host}`),
    plan: JSON.stringify(plan).replaceAll('<', String.raw`\u003c`),
  });
}

function pauseMs(steps: number): number {
  return Math.min(LONGEST_PAUSE_MS, Math.floor(ALL_WITHIN_MS / Math.max(1, steps - 1)));
}

/** Nothing but what is in the file, and connections: their ports are the secret, so the policy cannot name them. */
function policy(template: string): string {
  const hash = (tag: 'script' | 'style'): string => {
    const [, text] = new RegExp(`<${tag}>(.*?)</${tag}>`, 'su').exec(template)!;
    return `'sha256-${createHash('sha256').update(text!).digest('base64')}'`;
  };
  return `default-src 'none'; script-src ${hash('script')}; style-src ${hash('style')}; connect-src http: https:; base-uri 'none'; form-action 'none'`;
}

function fill(template: string, values: Readonly<Record<string, string>>): string {
  return template.replaceAll(/\{\{(\w+)\}\}/gu, (_all, name: string) => values[name]!);
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
