import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { linesOf, load, RECIPE } from './load.fixture.js';
import type { Loaded } from './load-settings.js';

// Words and marks that YAML, knockd.conf and our keys are made of, so that random texts get far into the readers.
const PIECES = [
  'store¦console¦doors¦HTTP¦sequence¦listen¦upstream¦limits¦hide¦__proto__¦memory¦sample¦null¦~¦80¦65536¦-1¦1e9¦45s',
  '[options]¦[HTTP]¦UseSyslog¦Sequence¦TCPFlags¦Start_Command¦iptables -A x --dport¦-j ACCEPT¦0.0.0.0:80¦ = ¦,',
  `: ¦:¦\n¦\n  ¦\n    ¦\n- ¦\t¦\r¦[¦]¦{¦}¦"¦'¦&a ¦*a¦!a ¦|¦#¦---¦%YAML 1.1\n¦<<¦? `,
].flatMap((pieces) => pieces.split('¦'));

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.array(fc.constantFrom(...PIECES), { maxLength: 40 }).map((pieces) => pieces.join('')),
);

/** Ports that are in no text of ours and in no line number, whatever of them is cut off. */
const SECRETS = [51_413, 53_713, 57_173, 58_313];
const SECRET = /5141|1413|5371|3713|5717|7173|5831|8313/;

/** A sequence, right or wrong, as people write it. */
const sequence = fc
  .tuple(
    fc.shuffledSubarray(SECRETS, { minLength: 2 }),
    fc.constantFrom(',', ', ', ':udp,', ' ', ';', ':', '-', ',x,', ',99999,', ': ', '\n      - ', '", "', ',0'),
  )
  .map(([ports, separator]) => ports.join(separator));

// Where a sequence (@) stands, and where it does not belong.
const YAML_LINES = [
  'sequence: @¦sequence: [@]¦sequence: "@¦sequence:@¦sequence: - @¦sequence: {@}¦sequence:\n      - @¦@: syn¦@¦\t@¦[@]: x',
  'sequnce: @¦listen: @¦upstream: @¦upstream: http://@/¦tcpflags: @¦seq_timeout: @¦mode: @¦trusted_proxies: [@]¦"@": x',
  'hide: *@¦hide: !@ x¦hide: &@ x¦? @\n    : x¦listen: 0.0.0.0:@¦sequence: @\n    listen: 57173¦sequence@: x',
  'sequence: @\n    sequence: @¦sequence: @\n    listen: 80¦sequence: @\n    listen: 80\n    upstream: http://localhost',
].flatMap((lines) => lines.split('¦'));
const YAML_FRAMES = [
  'doors:\n  A:\n    upstream: sample\n    %\n',
  'ignore_ports: [@]\ndoors:\n  A:\n    %\n',
  'doors:\n  %\n',
  '%\n',
];
const CONF_LINES = [
  'sequence = @¦sequence @¦sequence: @¦@¦@ = syn¦sequnce = @¦tcpflags = @¦seq_timeout = @¦[@]¦[@¦; @¦sequence@ = 1',
  'start_command = iptables -A I --dport @ -j ACCEPT¦command = knock @¦target = @¦one_time_sequences = @',
].flatMap((lines) => lines.split('¦'));

const yamlWithSecret = fc
  .tuple(sequence, fc.constantFrom(...YAML_LINES), fc.constantFrom(...YAML_FRAMES))
  .map(([secret, line, frame]) => frame.replace('%', line).replaceAll('@', secret));

const confWithSecret = fc
  .tuple(sequence, fc.constantFrom(...CONF_LINES))
  .map(([secret, line]) => `[A]\n${line.replaceAll('@', secret)}\nsequence = ${secret}\n`);

/** True for the two outcomes that there may be: settings with a door, or at least one fault. */
function isOutcome(loaded: Loaded): boolean {
  return (loaded.kind === 'settings' ? loaded.settings.doors : loaded.faults).length > 0;
}

/** How many lines a file has, the empty one at its end included. */
function lineCount(file: string): number {
  return file.split('\n').length;
}

describe('loadSettings, whatever the files hold', () => {
  it('gives settings or faults, each with a line that the file has', () => {
    fc.assert(
      fc.property(text, (yaml) => {
        const loaded = load({ yaml });
        const faults = loaded.kind === 'faults' ? loaded.faults : loaded.warnings;
        expect(isOutcome(loaded)).toBe(true);
        expect(faults.filter(({ line }) => line < 1 || line > lineCount(yaml))).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  it('does so for knockd.conf', () => {
    fc.assert(
      fc.property(text, (conf) => {
        const loaded = load({ conf, upstream: 'sample' });
        const faults = loaded.kind === 'faults' ? loaded.faults : loaded.warnings;
        expect(isOutcome(loaded)).toBe(true);
        expect(faults.filter(({ line }) => line < 1 || line > lineCount(conf))).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  it('does so for both at once, and for the command line', () => {
    fc.assert(
      fc.property(text, text, (yaml, conf) => {
        expect(isOutcome(load({ yaml, conf }))).toBe(true);
        expect(isOutcome(load({ conf: RECIPE, upstream: yaml }))).toBe(true);
      }),
    );
  });

  it('never shows a sequence', () => {
    fc.assert(
      fc.property(yamlWithSecret, fc.option(confWithSecret), (yaml, conf) => {
        const loaded = load(conf === null ? { yaml } : { yaml, conf });
        expect(linesOf(loaded).join('\n')).not.toMatch(SECRET);
      }),
      { numRuns: 1000 },
    );
    fc.assert(
      fc.property(confWithSecret, (conf) => {
        expect(linesOf(load({ conf, upstream: 'sample' })).join('\n')).not.toMatch(SECRET);
      }),
      { numRuns: 500 },
    );
  });
});
