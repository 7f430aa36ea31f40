import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FuzzTarget } from './target.js';

/** The inputs of a target that are kept in the tree, a file each, always in the same order. */
export function readCorpus(directory: string, { name, seeds = [] }: FuzzTarget): Buffer[] {
  const folder = join(directory, name);
  mkdirSync(folder, { recursive: true });
  const files = readdirSync(folder).toSorted();
  return [...seeds, ...files.map((file) => readFileSync(join(folder, file)))];
}

/** @returns the file, named by what is in it */
export function writeInput(folder: string, input: Buffer): string {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, createHash('sha256').update(input).digest('hex').slice(0, 12));
  writeFileSync(file, input);
  return file;
}
