import type { PortSet } from '#knock';

/** Where the config may come from: the command line, the environment, the folder we were started in. */
export interface ConfigSources {
  /** `--config`. */
  readonly configFile?: string;
  /** `--knockd-conf`. */
  readonly knockdConf?: string;
  /** Whether this process is to hear knocks here: then this host must have what the config names for that. */
  readonly hears?: boolean;
  /** The ports at which this host serves now: given, unwise sequences are warned of. */
  readonly served?: PortSet;
  /** `--upstream`, for the doors that name none. */
  readonly upstream?: string;
  readonly env: NodeJS.ProcessEnv;
  /** Relative file names start here. */
  readonly cwd: string;
}
