import { expect, it } from 'vitest';
import type { Step } from '#knock';
import { TcpFlag } from '#wire';
import { isPlainHost, knockRecipes, ordinaryKnocks, stepsText } from './knock-recipes.js';

const tcp = (port: number): Step => ({ port, protocol: 'tcp' });
const udp = (port: number): Step => ({ port, protocol: 'udp' });
const syn = { set: TcpFlag.SYN, clear: 0 };
const host = 'example.org';

const named = (recipes: ReturnType<typeof knockRecipes>): Record<string, string> =>
  Object.fromEntries(recipes.map(({ name, command }) => [name, command]));

it('says the steps as knockd and its client do', () => {
  expect(stepsText([tcp(7000), udp(8000)])).toBe('7000 8000:udp');
});

it('is a loop where all steps have one protocol', () => {
  const recipes = named(knockRecipes({ host, steps: [tcp(7000), tcp(8000)], tcpFlags: syn }));
  expect(recipes['nmap']).toBe(
    'for p in 7000 8000; do nmap -Pn -n --host-timeout 201 --max-retries 0 -p $p example.org; sleep 0.2; done',
  );
  expect(recipes['PowerShell']).toMatch(/^foreach \(\$p in 7000, 8000\) \{ .* \}$/u);
});

it('takes the steps one by one where they differ, and says where only root can', () => {
  const recipes = named(knockRecipes({ host, steps: [tcp(7000), udp(8000)], tcpFlags: syn }));
  expect(Object.keys(recipes)).toContain('nmap, as root');
  expect(recipes['nc']).toBe(
    'nc -z -w1 example.org 7000; sleep 0.2; printf x | nc -u -w1 example.org 8000; sleep 0.2; '.slice(
      0,
      -'; sleep 0.2; '.length,
    ),
  );
});

it.each([
  ['syn', syn, true],
  ['any packet', { set: 0, clear: 0 }, true],
  ['syn, not ack', { set: TcpFlag.SYN, clear: TcpFlag.ACK }, true],
  ['fin', { set: TcpFlag.FIN, clear: 0 }, false],
  ['not syn', { set: 0, clear: TcpFlag.SYN }, false],
])('tcpflags %s', (_name, tcpFlags, ordinary) => {
  expect(ordinaryKnocks({ steps: [tcp(1)], tcpFlags })).toBe(ordinary);
  expect(ordinaryKnocks({ steps: [udp(1)], tcpFlags })).toBe(true);
  expect(knockRecipes({ host, steps: [tcp(1)], tcpFlags })).toHaveLength(ordinary ? 6 : 1);
});

it.each([
  ['example.org', true],
  ['192.0.2.1', true],
  ['2001:db8::1', true],
  ['::1', true],
  ['-x', false],
  ['a b', false],
  ['a;b', false],
  ['$(a)', false],
  ['', false],
])('%j can be written into a command: %s', (text, plain) => {
  expect(isPlainHost(text)).toBe(plain);
});
