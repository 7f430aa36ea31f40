import type { Colour, Paint } from '../terminal/paint.js';
import type { Finding } from './finding.js';

const MARKS = {
  ok: { sign: '✓', style: 'green' },
  warning: { sign: '!', style: 'yellow' },
  fault: { sign: '✗', style: 'red' },
  skipped: { sign: '-', style: 'dim' },
} as const satisfies Record<Finding['state'], { readonly sign: string; readonly style: Colour }>;
const STATE_WIDTH = 'warning'.length;
const TOPIC_WIDTH = 'upstream'.length;
const INDENT = ' '.repeat(5 + TOPIC_WIDTH);

// Doors, files, Redis and other processes say what they like: none of it may forge a line, or move a terminal.
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** For a terminal: a mark and colour for each, its cure on a line of its own to be copied. */
export function prettyFindings(findings: readonly Finding[], paint: Paint): string[] {
  return findings.flatMap((finding, i) => {
    const { sign, style } = MARKS[finding.state];
    const topic = finding.topic === findings[i - 1]?.topic ? '' : finding.topic;
    const line = `  ${paint(style, sign)} ${topic.padEnd(TOPIC_WIDTH)} ${clean(finding.what)}`;
    return 'cure' in finding ? [line, `${INDENT}${paint('cyan', clean(finding.cure))}`] : [line];
  });
}

/** For everything else: one line each. */
export function plainFindings(findings: readonly Finding[]): string[] {
  return findings.map((finding) => {
    const cure = 'cure' in finding ? `; cure: ${finding.cure}` : '';
    return clean(`${finding.state.padEnd(STATE_WIDTH)} ${finding.topic}: ${finding.what}${cure}`);
  });
}

/** `2 faults, 1 warning`. */
export function summary(findings: readonly Finding[]): string {
  const count = (state: Finding['state'], name: string): string => {
    const number = findings.filter((each) => each.state === state).length;
    return `${number} ${name}${number === 1 ? '' : 's'}`;
  };
  const skipped = findings.some(({ state }) => state === 'skipped') ? `, ${count('skipped', 'check')} skipped` : '';
  return `${count('fault', 'fault')}, ${count('warning', 'warning')}${skipped}`;
}

function clean(text: string): string {
  return text.replace(UNPRINTABLE, '?');
}
