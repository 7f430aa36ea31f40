import { existsSync, readFileSync } from 'node:fs';

/** The package's version. */
export function ownVersion(): string {
  // from the sources it is not as far away as from what is built
  let file = new URL('package.json', import.meta.url);
  while (!existsSync(file)) file = new URL('../package.json', file);
  const { version } = JSON.parse(readFileSync(file, 'utf8')) as { version: string };
  return version;
}
