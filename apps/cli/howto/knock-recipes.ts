import type { FlagRule, Step } from '#knock';
import { TcpFlag } from '#wire';

/** A way to knock with a program that is at hand somewhere. */
export interface KnockRecipe {
  /** The program, and where it is found. */
  readonly name: string;
  /** To be pasted into a shell: sh, or what the name says. */
  readonly command: string;
}

export interface Knocking {
  /** A name or an address that needs no quoting (see `isPlainHost`). */
  readonly host: string;
  readonly steps: readonly Step[];
  readonly tcpFlags: FlagRule;
}

/** Between two knocks, so that they arrive in their order. */
const PAUSE = 'sleep 0.2';
const PAUSE_MS = 200;
/** In nmap's spelling and order of `--scanflags` (nmap(1)). */
const FLAG_NAMES = ['URG', 'ACK', 'PSH', 'RST', 'SYN', 'FIN', 'ECE', 'CWR'] as const;

/** Whether a host can be written into a command as it is, in any shell. */
export function isPlainHost(host: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9.:_-]*$|^::[A-Fa-f0-9:.]*$/u.test(host);
}

/** What a client says: knockd's `knock`, and knockgate's. */
export function stepsText(steps: readonly Step[]): string {
  return steps.map(({ port, protocol }) => (protocol === 'tcp' ? `${port}` : `${port}:udp`)).join(' ');
}

/** Whether a program that knows no flags can knock: it sends a bare SYN, or a datagram. */
export function ordinaryKnocks({ steps, tcpFlags: { set, clear } }: Omit<Knocking, 'host'>): boolean {
  if (steps.every(({ protocol }) => protocol === 'udp')) return true;
  return (TcpFlag.SYN & set) === set && (TcpFlag.SYN & clear) === 0;
}

/** Commands that knock, the shortest first. Where a SYN is no knock at this door, only nmap can. */
export function knockRecipes({ host, steps, tcpFlags }: Knocking): readonly KnockRecipe[] {
  if (!ordinaryKnocks({ steps, tcpFlags })) {
    return [{ name: 'nmap, as root', command: nmap(host, steps, `-sS --scanflags ${flagNames(tcpFlags.set)}`) }];
  }
  return [
    { name: 'knockgate', command: `knockgate knock ${host} ${stepsText(steps)}` },
    { name: "knock, knockd's client", command: `knock -d ${PAUSE_MS} ${host} ${stepsText(steps)}` },
    { name: hasUdp(steps) ? 'nmap, as root' : 'nmap', command: nmap(host, steps) },
    { name: 'nc', command: inOrder(steps, { tcp: `nc -z -w1 ${host} $p`, udp: `printf x | nc -u -w1 ${host} $p` }) },
    {
      name: 'bash alone',
      command: inOrder(steps, {
        tcp: `timeout 0.3 bash -c ": >/dev/tcp/${host}/$p" 2>/dev/null`,
        udp: `printf x >/dev/udp/${host}/$p`,
      }),
    },
    { name: 'PowerShell', command: powerShell(host, steps) },
  ];
}

/** -n: the name of the address is not asked for, which takes longer than the knocks. */
function nmap(host: string, steps: readonly Step[], tcpScan = ''): string {
  const six = host.includes(':') ? '-6 ' : '';
  const scan = (type: string): string =>
    `nmap ${type === '' ? '' : `${type} `}${six}-Pn -n --host-timeout 201 --max-retries 0 -p $p ${host}`;
  return inOrder(steps, { tcp: scan(tcpScan), udp: scan('-sU') });
}

/** A loop where the steps differ in their port alone. */
function inOrder(steps: readonly Step[], command: Readonly<Record<Step['protocol'], string>>): string {
  const protocol = steps[0]?.protocol ?? 'tcp';
  if (steps.every((step) => step.protocol === protocol)) {
    return `for p in ${steps.map(({ port }) => port).join(' ')}; do ${command[protocol]}; ${PAUSE}; done`;
  }
  return steps.map((step) => command[step.protocol].replace('$p', String(step.port))).join(`; ${PAUSE}; `);
}

function powerShell(host: string, steps: readonly Step[]): string {
  const tcp = `$c = New-Object Net.Sockets.TcpClient; $null = $c.BeginConnect('${host}', $p, $null, $null); Start-Sleep -m ${PAUSE_MS}; $c.Close()`;
  const family = host.includes(':') ? "'InterNetworkV6'" : '';
  const udp = `$null = (New-Object Net.Sockets.UdpClient${family === '' ? '' : ` ${family}`}).Send([byte[]](0), 1, '${host}', $p); Start-Sleep -m ${PAUSE_MS}`;
  const protocol = steps[0]?.protocol ?? 'tcp';
  const of = { tcp, udp };
  if (steps.every((step) => step.protocol === protocol)) {
    return `foreach ($p in ${steps.map(({ port }) => port).join(', ')}) { ${of[protocol]} }`;
  }
  return steps.map((step) => of[step.protocol].replaceAll('$p', String(step.port))).join('; ');
}

function hasUdp(steps: readonly Step[]): boolean {
  return steps.some(({ protocol }) => protocol === 'udp');
}

function flagNames(set: number): string {
  return FLAG_NAMES.filter((name) => (set & TcpFlag[name]) !== 0).join('');
}
