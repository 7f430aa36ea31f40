// Starts other programs: what they say, how they end and the signals meant for them all arrive.
import { spawn } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { constants as os } from 'node:os';
import { delimiter, join } from 'node:path';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];

// Debian keeps administrators' programs in sbin, which a plain user's (and sudo's) PATH may lack.
export const searchPath = [
  ...new Set([...(process.env.PATH ?? '').split(delimiter), '/usr/local/sbin', '/usr/sbin', '/sbin']),
].filter((directory) => directory !== '');

/** One line for the person who waits; on stderr, so that stdout stays the program's own. */
export function say(line) {
  process.stderr.write(`${line}\n`);
}

/** The path of a program, sbin included, or undefined. */
export function which(program) {
  return searchPath.map((directory) => join(directory, program)).find(isExecutable);
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/**
 * Runs a program to its end. Quiet: its output is kept, and shown only if it fails and that is no answer (mayFail).
 * A signal sent to this process goes to the program; once that has ended, this process ends too, with 128 + signal.
 * @returns {Promise<{ code: number, output: string }>} code 127 if the program could not be started
 */
export function run(command, args, { quiet = false, mayFail = false, cwd = process.cwd(), env = {} } = {}) {
  const child = spawn(command, args, {
    cwd,
    // A group of its own: npm, apt-get and vitest have children that outlive them when a signal ends only the parent.
    detached: true,
    stdio: quiet ? ['ignore', 'pipe', 'pipe'] : ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, PATH: searchPath.join(delimiter), ...env },
  });
  const output = [];
  child.stdout?.on('data', (chunk) => output.push(chunk));
  child.stderr?.on('data', (chunk) => output.push(chunk));
  const release = passSignals(child);
  return new Promise((resolve) => {
    const end = (code) => {
      release();
      const text = Buffer.concat(output).toString();
      if (code !== 0 && !mayFail) process.stderr.write(text);
      resolve({ code, output: text });
    };
    child.once('error', (error) => {
      output.push(Buffer.from(`${command}: ${error.message}\n`));
      end(127);
    });
    child.once('close', (code, signal) => end(code ?? 128 + os.signals[signal]));
  });
}

function passSignals(child) {
  let received;
  const pass = (signal) => {
    received = signal;
    if (child.pid === undefined) return;
    try {
      process.kill(-child.pid, signal);
    } catch {
      // It has ended in the meantime.
    }
  };
  for (const signal of SIGNALS) process.on(signal, pass);
  return () => {
    for (const signal of SIGNALS) process.off(signal, pass);
    if (received !== undefined) process.exit(128 + os.signals[received]);
  };
}
