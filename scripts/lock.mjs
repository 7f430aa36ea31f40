// One run at a time: a lock in the file system that outlives no crash.
import { readlinkSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { basename } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { say } from './run.mjs';

const RETRY_MS = 200;

/** Runs `work` while no other process holds the lock; waits for one that does, takes over from one that died. */
export async function withLock(path, work) {
  let told = false;
  while (!acquire(path)) {
    if (!told) say(`waiting for another run to finish preparing (${basename(path)})…`);
    told = true;
    await delay(RETRY_MS);
  }
  const release = () => rmSync(path, { force: true });
  process.once('exit', release);
  try {
    return await work();
  } finally {
    process.off('exit', release);
    release();
  }
}

function acquire(path) {
  try {
    // A dangling link to the holder's pid: it appears with its content, so no reader meets a lock without an owner.
    symlinkSync(String(process.pid), path);
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    dropIfDead(path);
    return false;
  }
}

function dropIfDead(path) {
  try {
    if (isAlive(Number(readlinkSync(path)))) return;
    // Renamed first: of two that find the same dead holder only one succeeds.
    const stale = `${path}.${process.pid}`;
    renameSync(path, stale);
    rmSync(stale);
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
