import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export interface LockedPackage {
  readonly version: string;
  readonly integrity: string;
  readonly license?: string;
  readonly dev?: boolean;
  readonly hasInstallScript?: boolean;
}

const { packages } = JSON.parse(
  readFileSync(fileURLToPath(new URL('../../package-lock.json', import.meta.url)), 'utf8'),
) as { packages: Readonly<Record<string, LockedPackage>> };

/** Each package of package-lock.json with its name and its place, knockgate itself left out. */
export const LOCKED = Object.entries(packages)
  .filter(([place]) => place !== '')
  .map(([place, locked]) => Object.assign(locked, { place, name: place.replace(/^.*node_modules\//u, '') }));

export const IN_PRODUCTION = LOCKED.filter(({ dev }) => dev !== true);
