import type { WriteStream } from 'node:tty';

// xterm's control sequences (ctlseqs), which every terminal of today knows
const ALTERNATE = '\u001B[?1049h';
const BACK = '\u001B[?1049l';
const HIDE_CURSOR = '\u001B[?25l';
const SHOW_CURSOR = '\u001B[?25h';
/** A line that is too long must not take a second one. */
const NO_WRAP = '\u001B[?7l';
const WRAP = '\u001B[?7h';
const HOME = '\u001B[H';
const TO_LINE_END = '\u001B[K';
const TO_SCREEN_END = '\u001B[J';

const ENTER = ALTERNATE + HIDE_CURSOR + NO_WRAP;
const LEAVE = WRAP + SHOW_CURSOR + BACK;

export interface ScreenSize {
  readonly rows: number;
  readonly columns: number;
}

/**
 * A terminal's other screen, drawn anew in place: at each whole second, at a new size, and soon after `changed`. It is
 * left as it was found, however the process ends short of SIGKILL, and while Ctrl-Z has it stopped.
 */
export class LiveScreen {
  private tick: NodeJS.Timeout | undefined;
  private soon: NodeJS.Timeout | undefined;

  /** @param lines what is to be seen now; never more than rows */
  constructor(
    private readonly terminal: WriteStream,
    private readonly lines: (size: ScreenSize) => readonly string[],
  ) {}

  enter(): void {
    process.on('exit', this.leave);
    process.on('SIGTSTP', this.suspend);
    process.on('SIGCONT', this.show);
    this.terminal.on('resize', this.draw);
    this.show();
  }

  /** A burst of changes is drawn once. */
  changed(): void {
    this.soon ??= setTimeout(this.draw, SOON_MS);
  }

  readonly leave = (): void => {
    process.off('exit', this.leave);
    process.off('SIGTSTP', this.suspend);
    process.off('SIGCONT', this.show);
    this.terminal.off('resize', this.draw);
    this.hide();
  };

  private readonly show = (): void => {
    this.terminal.write(ENTER);
    this.draw();
  };

  private hide(): void {
    clearTimeout(this.tick);
    clearTimeout(this.soon);
    this.terminal.write(LEAVE);
  }

  private readonly suspend = (): void => {
    this.hide();
    process.kill(process.pid, 'SIGSTOP');
  };

  private readonly draw = (): void => {
    clearTimeout(this.tick);
    clearTimeout(this.soon);
    this.soon = undefined;
    // a terminal that does not know its size says 0
    const lines = this.lines({ rows: this.terminal.rows || 24, columns: this.terminal.columns || 80 });
    this.terminal.write(HOME + lines.map((line) => line + TO_LINE_END).join('\r\n') + TO_SCREEN_END);
    this.tick = setTimeout(this.draw, 1000 - (Date.now() % 1000));
  };
}

const SOON_MS = 50;
