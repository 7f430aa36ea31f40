import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  type Pair,
  parseDocument,
  visit,
  type YAMLError,
} from 'yaml';
import type { Findings } from './findings.js';
import type { Place } from './place.js';
import { shownName } from './door-name.js';
import type { Flaw } from './parsed.js';
import { yamlProblem } from './yaml-problem.js';

type Path = readonly PropertyKey[];

/** A YAML text as plain values, with the line of each. */
export class YamlDocument {
  private constructor(
    readonly file: string,
    /** Null for an empty document. */
    readonly value: unknown,
    private readonly document: Document,
    private readonly lines: LineCounter,
  ) {}

  /** The document, or undefined if it is not YAML enough to look into; its problems are told. Never throws. */
  static read(file: string, text: string, findings: Findings): YamlDocument | undefined {
    const lines = new LineCounter();
    const tell = (line: number, { what, instead }: Flaw): void =>
      findings.fault({ file, line, label: '' }, what, instead);
    try {
      const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, stringKeys: true });
      const problems = [...document.errors, ...document.warnings, ...brokenAliases(document)];
      for (const { code, pos } of problems) {
        const line = lineAt(lines, pos[0]);
        tell(line, yamlProblem(code, text.split('\n')[line - 1] ?? ''));
      }
      // What YAML would make of the rest of a broken text is a guess, and faults in a guess only confuse.
      if (problems.some(({ code }) => code !== 'DUPLICATE_KEY')) return undefined;
      return new YamlDocument(file, document.toJS(), document, lines);
    } catch {
      // The parser recurses, and counts aliases (a few lines can stand for gigabytes): both end in an exception.
      tell(1, { what: 'cannot be read: too deep, or too many aliases', instead: 'write it plainly' });
      return undefined;
    }
  }

  /** Where the value at `path` is; where there is none, the innermost map or list on the way to it. */
  place(path: Path): Place {
    return { file: this.file, line: this.#walk(path).line, label: keyLabel(path) };
  }

  /** True if the file has this key, whatever its value. */
  has(path: Path): boolean {
    return this.#walk(path).complete;
  }

  #walk(path: Path): { readonly line: number; readonly complete: boolean } {
    let node = this.#resolved(this.document.contents);
    let line = this.#lineOf(node) ?? 1;
    for (const step of path) {
      const next = this.#step(node, step);
      if (next === undefined) return { line, complete: false };
      line = this.#lineOf(next.at) ?? line;
      node = this.#resolved(next.value);
    }
    return { line, complete: true };
  }

  #step(node: unknown, step: PropertyKey): { readonly at: unknown; readonly value: unknown } | undefined {
    if (isMap(node)) {
      // Of a key that is there twice the last one is in force.
      const pair = node.items.findLast((each) => keyOf(each) === step);
      return pair === undefined ? undefined : { at: pair.key, value: pair.value };
    }
    if (!isSeq(node) || typeof step !== 'number') return undefined;
    return { at: node.items[step], value: node.items[step] };
  }

  #resolved(node: unknown): unknown {
    return isAlias(node) ? node.resolve(this.document) : node;
  }

  #lineOf(node: unknown): number | undefined {
    return isNode(node) && node.range ? lineAt(this.lines, node.range[0]) : undefined;
  }
}

function brokenAliases(document: Document): Pick<YAMLError, 'code' | 'pos'>[] {
  const broken: Pick<YAMLError, 'code' | 'pos'>[] = [];
  visit(document, {
    Alias(_, alias) {
      if (alias.resolve(document) === undefined) broken.push({ code: 'BAD_ALIAS', pos: [alias.range?.[0] ?? 0, 0] });
    },
  });
  return broken;
}

function lineAt(lines: LineCounter, offset: number): number {
  return Math.max(1, lines.linePos(offset).line);
}

function keyOf({ key }: Pair): unknown {
  return isScalar(key) ? String(key.value) : undefined;
}

/** `doors.HTTP.sequence`. Items of lists are not part of it: texts say which item they mean. */
function keyLabel(path: Path): string {
  return path
    .filter((step) => typeof step === 'string')
    .map((step, index) => (path[0] === 'doors' && index === 1 ? shownName(step) : step))
    .join('.');
}
