// The child of ConfigReader: answers each message with what the config says now; ends with its parent.
import { type ConfigWishes, loadConfig } from './config-options.js';

const wishes = JSON.parse(process.argv[2]!) as ConfigWishes;
// meant for the parent, where a terminal sends them to both
for (const signal of ['SIGINT', 'SIGHUP'] as const) process.on(signal, () => {});
process.on('message', () => process.send!(loadConfig(wishes)));
process.on('disconnect', () => process.exit(0));
