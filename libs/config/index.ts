// knockgate.yaml and knockd.conf become settings that are right, or every fault at once, each with its file and line.
export { configJsonSchema } from './config-json-schema.js';
export type { ConfigSources } from './config-sources.js';
export type { DoorCommands, DoorSettings } from './door-settings.js';
export type { Fault } from './fault.js';
export { formatFault } from './format-fault.js';
export { type Imported, importKnockdConf } from './import-knockd-conf.js';
export type { ListenAddress } from './listen-address.js';
export { type Loaded, loadSettings } from './load-settings.js';
export type { Flaw, Parsed } from './parsed.js';
export { type OneTimeEntry, type OneTimeFlaw, parseOneTimeFile } from './one-time-file.js';
export { NO_UPSTREAM, SAMPLE } from './parse-upstream.js';
export { parseDuration } from './parse-duration.js';
export { parseSequence } from './parse-sequence.js';
export type { ConsoleSettings, Limits, LogLevel, RedisSettings, Settings, StoreSettings } from './settings.js';
export { settingsSchema } from './settings-schema.js';
