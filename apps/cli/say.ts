/** A line for the person at the terminal; standard output is for results and logs. */
export function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** A line of a command's result. */
export function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
