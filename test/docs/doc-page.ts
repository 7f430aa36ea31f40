import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parsers } from 'prettier/plugins/markdown';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** A fenced or indented block; an indented one has no language. */
export interface CodeBlock {
  readonly page: string;
  readonly line: number;
  readonly language: string | undefined;
  readonly text: string;
}

interface Node {
  readonly type: string;
  readonly lang?: string | null;
  readonly value?: string;
  readonly url?: string;
  readonly children?: readonly Node[];
  readonly position: { readonly start: { readonly line: number } };
}

/** A markdown file of the project, as prettier, which formats them all, understands it. */
export class DocPage {
  private constructor(
    /** From the root of the project. */
    readonly name: string,
    private readonly nodes: readonly Node[],
  ) {}

  static async read(name: string): Promise<DocPage> {
    const text = readFileSync(`${ROOT}/${name}`, 'utf8');
    const tree = (await parsers.markdown.parse(text, {} as never)) as Node;
    return new DocPage(name, [...nodesOf(tree)]);
  }

  get blocks(): readonly CodeBlock[] {
    return this.nodes
      .filter(({ type }) => type === 'code')
      .map(({ lang, value = '', position }) => {
        return { page: this.name, line: position.start.line, language: lang ?? undefined, text: value };
      });
  }

  /** Blocks that begin with their name: `# gateway.yaml`. */
  get files(): readonly (CodeBlock & { readonly name: string })[] {
    return this.blocks.flatMap((block) => {
      const [, name] = /^# ([\w.]+\.yaml)\b/u.exec(block.text) ?? [];
      return name === undefined ? [] : [{ ...block, name }];
    });
  }

  /** What stands in backticks within the text. */
  get spans(): readonly string[] {
    return this.nodes.filter(({ type }) => type === 'inlineCode').map(({ value = '' }) => value.replaceAll('\n', ' '));
  }

  /** Links, and pictures. */
  get links(): readonly string[] {
    return this.nodes.filter(({ type }) => type === 'link' || type === 'image').map(({ url = '' }) => url);
  }

  /** What a link may name behind a #, as GitHub makes it of the headings. */
  get anchors(): readonly string[] {
    const seen = new Map<string, number>();
    return this.nodes
      .filter(({ type }) => type === 'heading')
      .map((heading) => {
        const slug = textOf(heading)
          .toLowerCase()
          .replaceAll(/[^\p{L}\p{M}\p{N}_\- ]/gu, '')
          .replaceAll(' ', '-');
        const times = seen.get(slug) ?? 0;
        seen.set(slug, times + 1);
        return times === 0 ? slug : `${slug}-${times}`;
      });
  }
}

function* nodesOf(node: Node): Generator<Node> {
  yield node;
  for (const child of node.children ?? []) yield* nodesOf(child);
}

function textOf({ value, children = [] }: Node): string {
  return value ?? children.map(textOf).join('');
}
