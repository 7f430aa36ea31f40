/** A command cannot do what was asked. Printed line by line on standard error, without a stack. */
export class CommandFailed extends Error {
  override readonly name = 'CommandFailed';

  /** @param exitCode 1: failed; 2: wrong usage or config */
  constructor(
    readonly lines: readonly string[],
    readonly exitCode: 1 | 2,
    options?: ErrorOptions,
  ) {
    super(lines.join('\n'), options);
  }
}

/** The config is refused: its lines are the faults, which begin with FILE:LINE as an editor wants them. */
export class ConfigRefused extends CommandFailed {
  constructor(faults: readonly string[]) {
    super(faults, 2);
  }
}
