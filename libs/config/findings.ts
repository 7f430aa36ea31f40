import type { Fault } from './fault.js';
import type { Place } from './place.js';

/** Collects what a reading of the config finds, so that every fault is told at once. */
export class Findings {
  readonly #faults: Fault[] = [];
  readonly #warnings: Fault[] = [];

  fault(place: Place, what: string, instead: string): void {
    this.#faults.push(at(place, what, instead));
  }

  warn(place: Place, what: string, instead: string): void {
    this.#warnings.push(at(place, what, instead));
  }

  faults(): Fault[] {
    return inOrder(this.#faults);
  }

  warnings(): Fault[] {
    return inOrder(this.#warnings);
  }
}

function at({ file, line, label }: Place, what: string, instead: string): Fault {
  return { file, line, what: label === '' ? what : `${label}: ${what}`, instead };
}

/** By line; the files in the order in which they were first found fault with. */
function inOrder(faults: readonly Fault[]): Fault[] {
  const files = [...new Set(faults.map(({ file }) => file))];
  return faults.toSorted((x, y) => files.indexOf(x.file) - files.indexOf(y.file) || x.line - y.line);
}
