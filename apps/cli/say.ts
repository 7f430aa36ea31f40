/** A line for the person at the terminal; standard output is for results and logs. */
export function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

let readerWatched = false;

/** A line of a command's result. Ends the process once nobody reads them any more: `knockgate events -f | head`. */
export function print(line: string): void {
  if (!readerWatched) process.stdout.on('error', endWithReader);
  readerWatched = true;
  process.stdout.write(`${line}\n`);
}

function endWithReader(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
}
