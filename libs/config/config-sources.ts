/** Where the config may come from: the command line, the environment, the folder we were started in. */
export interface ConfigSources {
  /** `--config`. */
  readonly configFile?: string;
  /** `--knockd-conf`. */
  readonly knockdConf?: string;
  /** `--upstream`, for the doors that name none. */
  readonly upstream?: string;
  readonly env: NodeJS.ProcessEnv;
  /** Relative file names start here. */
  readonly cwd: string;
}
