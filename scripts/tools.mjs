// Makes sure that the programs which tests and benchmarks run exist; as root on Debian or Ubuntu it installs those that
// don't.
import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { run, say, which } from './run.mjs';

/** The Debian package of each program that the tests run. */
const FOR_TESTS = {
  'redis-server': 'redis-server',
  'redis-cli': 'redis-tools',
  nginx: 'nginx-light',
  nmap: 'nmap',
  knock: 'knockd',
  knockd: 'knockd',
  ip: 'iproute2',
  iptables: 'iptables',
  nft: 'nftables',
  tcpreplay: 'tcpreplay',
  tcpdump: 'tcpdump',
  hping3: 'hping3',
  curl: 'curl',
  haproxy: 'haproxy',
  sshd: 'openssh-server',
  ssh: 'openssh-client',
  nc: 'netcat-openbsd',
  ps: 'procps',
  ping: 'iputils-ping',
  openssl: 'openssl',
  setpriv: 'util-linux',
  busybox: 'busybox',
  'systemd-analyze': 'systemd',
  chromium: 'chromium',
  zbarimg: 'zbar-tools',
  script: 'bsdutils',
  mandoc: 'mandoc',
  col: 'bsdextrautils',
  zsh: 'zsh',
  fish: 'fish',
};
/** The benchmarks' own too: what puts load on the peers and us. */
export const FOR_BENCHMARKS = { ...FOR_TESTS, wrk: 'wrk' };
const LISTS = '/var/lib/apt/lists';
const POLICY = '/usr/sbin/policy-rc.d';

/** @returns {Promise<number>} 0: every program is there; else 1, what is missing said */
export async function ensureTools(packageOf = FOR_TESTS) {
  const packages = missingPackages(packageOf);
  if (packages.length === 0) return 0;
  if (process.getuid?.() !== 0 || which('apt-get') === undefined) {
    say(`Programs are missing: apt-get install -y --no-install-recommends ${packages.join(' ')}`);
    return 1;
  }
  say(`installing the programs that are missing: ${packages.join(' ')}…`);
  const code = await withoutServices(() => install(packages));
  if (code !== 0) return 1;
  return reportStillMissing(packageOf);
}

function missingPackages(packageOf) {
  return Object.keys(packageOf)
    .filter((program) => which(program) === undefined)
    .map((program) => packageOf[program]);
}

function reportStillMissing(packageOf) {
  const packages = missingPackages(packageOf);
  if (packages.length > 0) say(`Installed, and yet not found: the programs of ${packages.join(' ')}`);
  return packages.length > 0 ? 1 : 0;
}

async function install(packages) {
  const args = ['install', '-y', '--no-install-recommends', ...packages];
  if (listsExist() && (await aptGet(args)) === 0) return 0;
  // No lists, or lists so old that they name files which the mirror no longer has.
  const updated = await aptGet(['update']);
  return updated === 0 ? aptGet(args) : updated;
}

function listsExist() {
  return existsSync(LISTS) && readdirSync(LISTS).some((name) => /_Packages(\.\w+)?$/.test(name));
}

async function aptGet(args) {
  const { code } = await run('apt-get', ['-q', '-o', 'DPkg::Lock::Timeout=300', ...args], {
    quiet: true,
    env: { DEBIAN_FRONTEND: 'noninteractive' },
  });
  return code;
}

/** Debian starts a daemon when its package is installed, unless policy-rc.d answers 101 ("forbidden by policy"). */
async function withoutServices(work) {
  if (existsSync(POLICY)) return work();
  writeFileSync(POLICY, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  const remove = () => rmSync(POLICY, { force: true });
  process.once('exit', remove);
  try {
    return await work();
  } finally {
    process.off('exit', remove);
    remove();
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = await ensureTools();
