import { readdirSync, readFileSync } from 'node:fs';

export interface Secret {
  readonly what: string;
  /** As it is, and as a URL or JSON may have it. */
  readonly texts: readonly string[];
}

const SAMPLED_MS = 50;

/** Everything that could be seen, and by what: to be searched for secrets at the end. */
export class Seen implements Disposable {
  readonly #texts = new Map<string, string>();
  readonly #commandLines = new Set<string>();
  readonly #sampler = setInterval(() => this.look(), SAMPLED_MS);

  add(where: string, text: string): void {
    this.#texts.set(where, (this.#texts.get(where) ?? '') + text);
  }

  /** Of all processes of this machine, as `ps` shows them, and the names that they have given themselves. */
  look(): void {
    for (const pid of readdirSync('/proc').filter((name) => /^\d+$/u.test(name))) {
      try {
        this.#commandLines.add(readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' '));
        this.#commandLines.add(readFileSync(`/proc/${pid}/comm`, 'utf8'));
      } catch {
        // It has ended meanwhile.
      }
    }
  }

  get commandLines(): readonly string[] {
    return [...this.#commandLines];
  }

  /** Where each secret was seen: `WHERE: WHAT: the line`. */
  leaks(secrets: readonly Secret[]): string[] {
    const places = [...this.#texts, ...this.commandLines.map((line) => ['the process list', line] as const)];
    return places.flatMap(([where, text]) =>
      secrets.flatMap(({ what, texts }) => {
        const line = text.split('\n').find((each) => texts.some((one) => each.includes(one)));
        return line === undefined ? [] : [`${where}: ${what}: ${line}`];
      }),
    );
  }

  [Symbol.dispose](): void {
    clearInterval(this.#sampler);
  }
}
