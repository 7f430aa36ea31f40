import { importKnockdConf } from '../../../libs/config/import-knockd-conf.js';
import { type Loaded, loadSettings } from '../../../libs/config/load-settings.js';
import type { Settings } from '../../../libs/config/settings.js';
import { checkFaults, checkLoaded } from '../config-checks.js';
import { ConfigFolder } from '../config-folder.js';
import { must, mustEqual } from '../must.js';
import type { FuzzTarget } from '../target.js';

const [CONF, YAML, UPSTREAM] = ['knockd.conf', 'knockgate.yaml', 'http://127.0.0.1:8081'];
const WORDS = [
  '[options]\n¦[HTTP]\n¦[SSH]\n¦[80]\n¦[¦]¦ = ¦=¦,¦:udp¦:tcp¦\n¦#¦ ¦\t¦\r\n¦;¦"¦\\¦$(x)¦&&¦\xe2\x80\xa8¦__proto__¦%IP%',
  'UseSyslog\n¦LogFile = /var/log/knockd.log\n¦PidFile = /run/knockd.pid\n¦Interface = lo\n¦stop_command = ¦target = ::1',
  'sequence = 6000,7000¦one_time_sequences = /tmp/x¦seq_timeout = 45¦tcpflags = syn,!ack¦cmd_timeout = 59¦timeout = 1',
  'start_command = ¦start_command_6 = ¦command = ¦iptables -I INPUT -s %IP% -p tcp --dport 80 -j ACCEPT¦--dport 443¦nft add',
].flatMap((words) => words.split('¦'));
const folder = new ConfigFolder();

/** knockd.conf: settings, or every fault with its line; and `knockgate import` makes a yaml of the same settings of it. */
export const knockdConf: FuzzTarget = {
  name: 'knockd-conf',
  covers: /\/libs\/config\//u,
  words: WORDS,
  maxBytes: 600,
  run(input) {
    folder.write(CONF, input);
    const cwd = folder.path;
    const before = loadSettings({ knockdConf: CONF, upstream: UPSTREAM, env: {}, cwd });
    checkLoaded(before, { [CONF]: input.toString() });
    const imported = importKnockdConf({ file: CONF, cwd, upstream: UPSTREAM });
    checkFaults(imported.kind === 'faults' ? imported.faults : imported.warnings, { [CONF]: input.toString() });
    if (imported.kind === 'faults') {
      must('what is good enough to run is good enough to import', before.kind === 'faults', imported.faults);
      return;
    }
    folder.write(YAML, imported.text);
    const after = loadSettings({ configFile: YAML, env: {}, cwd });
    checkLoaded(after, { [YAML]: imported.text });
    // what only the conf's own use lacks (a port that no command tells) is asked for in the yaml too
    mustEqual('import keeps the settings', comparable(after), comparable(before));
  },
};

/** In the order of their names: an object, which YAML becomes, puts keys like `80` first. */
function comparable(loaded: Loaded): Omit<Settings, 'files'> | 'refused' {
  if (loaded.kind === 'faults') return 'refused';
  const { files: _, doors, ...settings } = loaded.settings;
  return { ...settings, doors: doors.toSorted((x, y) => (x.name < y.name ? -1 : 1)) };
}
