// What every process of knockgate is made of, whatever its job: settings, store, log, heartbeat.
export { CoreModule, type CoreOptions } from './core.module.js';
export { Heartbeat, type Part } from './heartbeat.js';
export { type ProcessIdentity, ProcessReporter } from './process-reporter.js';
export { SETTINGS } from './settings.token.js';
