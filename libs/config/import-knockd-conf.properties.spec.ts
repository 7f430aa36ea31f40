import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isDoorName } from './door-name.js';
import { importKnockdConf } from './import-knockd-conf.js';
import { OPTIONS } from './knockd-conf.js';
import { CONF, inFolder, withFiles, YAML } from './load.fixture.js';
import { type Loaded, loadSettings } from './load-settings.js';
import { parseInterfaces } from './parse-interfaces.js';
import type { Settings } from './settings.js';

/** Any characters that can be in one line of a file, as knockd reads it: blanks at its ends are not part of it. */
const line = fc
  .oneof(fc.string({ unit: 'binary', maxLength: 30 }), fc.string({ maxLength: 30 }))
  .map((text) => text.replaceAll('\n', '').trim());

/** What YAML takes for something else unless it is quoted. */
const TRAPS = [
  "80¦0x10¦1e3¦.inf¦true¦null¦~¦yes¦<<¦-¦?¦- a¦? a¦# a¦a # b¦a: b¦a:¦&a¦*a¦!a¦!!str a¦|¦>¦@a¦`a¦%a¦%IP%¦'¦''¦\"¦\\¦,",
  '{a}¦[a]¦---¦...¦"a" b¦=¦a\tb¦\u{85}¦a\u{2028}b¦a\rb¦\u{feff}a¦1_000¦0o7¦2001-01-01¦1:30¦6000,7000',
].flatMap((traps) => traps.split('¦'));
const text = fc.oneof(fc.constantFrom(...TRAPS), line);

const doorName = text.filter((name) => isDoorName(name) && name !== OPTIONS);
const interfaceName = text.filter((name) => parseInterfaces(name).kind === 'ok');
const seconds = fc.constantFrom('1', '007', '59', '31536000');
const sequence = fc
  .array(fc.tuple(fc.integer({ min: 1024, max: 65_535 }), fc.constantFrom('', ':udp', ': TCP')), {
    minLength: 1,
    maxLength: 6,
  })
  .map((steps) => steps.map(([port, protocol]) => `${port}${protocol}`).join(', '));

function opening(port: number): fc.Arbitrary<string> {
  return text.map((other) => `iptables -A INPUT -s %IP% -p tcp --dport ${port} -j ACCEPT ; ${other}`);
}

/** A line of the file, or none. */
function maybe(word: string, value: fc.Arbitrary<string>): fc.Arbitrary<string | null> {
  return fc.option(value.map((said) => `${word} = ${said}`));
}

/** The directives of a door that opens a port of its own. */
function directives(index: number): fc.Arbitrary<(string | null)[]> {
  const port = 100 + 2 * index;
  return fc
    .tuple(
      fc.oneof(
        sequence.map((steps) => `Sequence = ${steps}`),
        text.filter((path) => path !== '').map((path) => `one_time_sequences = ${path}`),
      ),
      maybe('seq_timeout', seconds),
      maybe('CMD_TIMEOUT', seconds),
      maybe('tcpflags', fc.constantFrom('syn', 'SYN, !ack', '!rst', 'fin')),
      maybe('Target', fc.constantFrom('192.0.2.1', '2001:DB8::1', '::ffff:192.0.2.1', '::')),
      fc.oneof(
        opening(port).map((command) => `start_command = ${command}`),
        opening(port).map((command) => `Command = ${command}`),
      ),
      maybe('start_command_6', fc.oneof(fc.constant(''), opening(port), opening(port + 1))),
      maybe('stop_command', text),
      maybe('stop_command_6', text),
      fc.constantFrom(null, 'UseSyslog'),
    )
    .chain((said) => fc.shuffledSubarray(said, { minLength: said.length }));
}

const options = fc.tuple(
  fc.constantFrom(null, 'usesyslog'),
  maybe(
    'LogFile',
    text.filter((path) => path !== ''),
  ),
  maybe(
    'pidfile',
    text.filter((path) => path !== ''),
  ),
  maybe('Interface', interfaceName),
);

function section(name: string, said: readonly (string | null)[]): (string | null)[] {
  return [`[${name}]`, ...said];
}

/** A knockd.conf that is right, with comments and empty lines everywhere. */
const conf = fc
  .uniqueArray(doorName, { minLength: 1, maxLength: 4 })
  .chain((names) =>
    fc.tuple(
      fc.option(options.map((said) => section('options', said))),
      fc.tuple(...names.map((name, index) => directives(index).map((said) => section(name, said)))),
      fc.boolean(),
    ),
  )
  .map(([said, doors, first]) => (first ? [said ?? [], ...doors] : [...doors, said ?? []]).flat())
  .chain((lines) => fc.tuple(...lines.map((each) => fc.tuple(comments, fc.constant(each ?? '')))))
  .map((lines) => lines.flatMap(([above, each]) => [...above, each]).join('\n'));
const comments = fc.array(
  fc.oneof(
    text.map((said) => `#${said}`),
    fc.constant(''),
  ),
  { maxLength: 2 },
);

const UPSTREAM = 'http://127.0.0.1:8081';

/** What knockd.conf says, and what the yaml made of it says, both in one folder. */
function both(text_: string): { readonly before: Loaded; readonly after: Loaded; readonly yaml: string } {
  return inFolder((cwd) => {
    withFiles(cwd, { [CONF]: text_ });
    const before = loadSettings({ knockdConf: CONF, upstream: UPSTREAM, env: {}, cwd });
    const imported = importKnockdConf({ file: CONF, cwd, upstream: UPSTREAM });
    if (imported.kind === 'faults') return { before, after: imported, yaml: '' };
    withFiles(cwd, { [YAML]: imported.text });
    return { before, after: loadSettings({ configFile: YAML, env: {}, cwd }), yaml: imported.text };
  });
}

/** What must be equal: a JavaScript object, which YAML becomes, puts keys like `80` before others. */
function comparable(loaded: Loaded): Omit<Settings, 'files'> | 'refused' {
  if (loaded.kind === 'faults') return 'refused';
  const { files: _, doors, ...settings } = loaded.settings;
  return { ...settings, doors: doors.toSorted((x, y) => (x.name < y.name ? -1 : 1)) };
}

function commentsIn(file: string): string[] {
  const lines = file.split('\n').map((each) => each.trim());
  return lines
    .filter((each) => each.startsWith('#'))
    .map((each) => each.replaceAll(/[^\P{Cc}\t]|[\p{Zl}\p{Zp}]/gu, '?'));
}

describe('importKnockdConf, whatever knockd.conf holds', () => {
  it('prints a yaml of the same settings', () => {
    fc.assert(
      fc.property(conf, (file) => {
        const { before, after } = both(file);
        expect(before.kind).toBe('settings');
        expect(comparable(after)).toEqual(comparable(before));
      }),
      { numRuns: 300 },
    );
  });

  it('keeps every comment', () => {
    fc.assert(
      fc.property(conf, (file) => {
        const kept = commentsIn(both(file).yaml);
        for (const comment of commentsIn(file)) {
          expect(kept).toContain(comment);
          kept.splice(kept.indexOf(comment), 1);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('refuses what is refused as it is', () => {
    const broken = fc.tuple(conf, line, fc.nat()).map(([file, wrong, at]) => {
      const lines = file.split('\n');
      return lines.toSpliced(at % lines.length, 1, wrong).join('\n');
    });
    fc.assert(
      fc.property(broken, (file) => {
        const { before, after } = both(file);
        // without its command a door has no port: that is asked for in the yaml
        expect(comparable(after)).toEqual(comparable(before));
      }),
      { numRuns: 300 },
    );
  });
});
