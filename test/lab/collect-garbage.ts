import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');

/** Of this process, all of it. What is then still there, somebody holds. */
export const collectGarbage = runInNewContext('gc') as () => void;
