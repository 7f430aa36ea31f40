import type { Settings } from '#config';
import { rawRefused } from '#kernel';
import { type CaptureChoice, CaptureRefused, chooseCapture, deafOn, hasRawSocket } from '../../listener/index.js';
import type { Check } from './check.js';
import { type Finding, findingsOn } from './finding.js';
import { shellWord } from './shell-word.js';

const { ok, warning, fault, skipped } = findingsOn('capture');

/** How knocks would be heard here, and what would keep them from it. */
export const checkCapture: Check = {
  topic: 'capture',
  role: 'listener',
  async look({ settings }) {
    return [await choice(settings), ...modes(settings), ...interfacesUp(settings)];
  },
};

async function choice(settings: Settings): Promise<Finding> {
  try {
    return judgeCapture(await chooseCapture(settings), settings);
  } catch (error) {
    if (error instanceof CaptureRefused) return fault(error.message, 'write capture: auto in the config');
    throw error;
  }
}

export function judgeCapture(
  { capture, because, warning: told }: CaptureChoice,
  { files }: Pick<Settings, 'files'>,
): Finding {
  if (told?.event === 'firewall_deafens') {
    const file = files.find((name) => /\.ya?ml$/u.test(name));
    const inYaml = `sudo sed -i 's/capture: raw/capture: packet/' ${shellWord(file ?? '')}`;
    const cure = file === undefined ? 'write capture: packet in a knockgate.yaml beside it' : inYaml;
    return fault('mode raw is deaf here: the INPUT chain drops knock ports, and it hears what that lets in', cure);
  }
  if (told?.event === 'capture_unsure') {
    return skipped(`mode ${capture}; whether the firewall drops knocks cannot be seen: ${told.reason}`);
  }
  return ok(`mode ${capture}${because === undefined ? '' : `, ${because}`}`);
}

/** What this host and user can do at all. */
function modes({ capture }: Settings): Finding[] {
  if (process.platform !== 'linux') return [];
  const refused = { raw: rawRefused('raw')?.code, packet: rawRefused('packet')?.code };
  const can = (['raw', 'packet'] as const).filter(
    (kind) => refused[kind] === undefined && (kind === 'packet' || hasRawSocket()),
  );
  if (can.length === 0) return [skipped('neither raw nor packet can be tried without the right to')];
  if (capture !== 'auto' && refused[capture] !== undefined) {
    return [fault(`mode ${capture} cannot be had here (${refused[capture]})`, 'write capture: auto in the config')];
  }
  return [ok(`this host can do, for this user: ${can.join(', ')}`)];
}

function interfacesUp({ interfaces }: Settings): Finding[] {
  if (process.platform !== 'linux') return [];
  const told = deafOn(interfaces) === undefined ? warning : fault;
  return interfaces.flatMap((name) => {
    const reason = deafOn([name]);
    return reason === undefined ? [] : [told(reason, `sudo ip link set ${shellWord(name)} up`)];
  });
}
