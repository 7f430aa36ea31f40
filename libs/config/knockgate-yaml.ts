import { Document, type Node, Pair, Scalar, YAMLMap } from 'yaml';

/** A key with its value, and the comments that stand above it; the last of them may be none of the file's own. */
export interface YamlEntry {
  readonly key: string;
  readonly value: string | number | boolean | readonly string[];
  /** Lines, without the `#`. */
  readonly above?: readonly string[];
  /** At the end of its line. */
  readonly beside?: string | undefined;
}

export interface YamlDoor {
  readonly name: string;
  readonly above: readonly string[];
  readonly entries: readonly YamlEntry[];
  /** Comment lines at its end. */
  readonly below: readonly string[];
}

export interface KnockgateYaml {
  readonly above: readonly string[];
  readonly entries: readonly YamlEntry[];
  readonly aboveDoors: readonly string[];
  readonly doors: readonly YamlDoor[];
  readonly below: readonly string[];
}

/** The text of a knockgate.yaml. Values come back as they are given, whatever characters are in them. */
export function knockgateYaml({ above, entries, aboveDoors, doors, below }: KnockgateYaml): string {
  const document = new Document(null);
  const list = doors.map((door, index) => section(door, index > 0));
  const keys = entries.map((each) => pair(each, document));
  document.contents = mapOf([...keys, paired({ key: 'doors', above: aboveDoors, space: true }, mapOf(list))]);
  document.commentBefore = comment(above);
  document.comment = comment(below);
  // a folded command line is a puzzle
  return document.toString({ lineWidth: 0, singleQuote: true, flowCollectionPadding: false });
}

function section({ name, above, entries, below }: YamlDoor, space: boolean): Pair {
  const map = mapOf(entries.map((each) => pair(each, new Document(null))));
  map.comment = comment(below);
  return paired({ key: name, above, space }, map);
}

function pair({ key, value, above = [], beside }: YamlEntry, document: Document): Pair {
  const node = document.createNode(value, { flow: true });
  if (beside !== undefined) node.comment = ` ${beside}`;
  return paired({ key, above, space: false }, node);
}

interface Key {
  readonly key: string;
  readonly above: readonly string[];
  /** An empty line above it. */
  readonly space: boolean;
}

function paired({ key, above, space }: Key, value: Node): Pair {
  const scalar = new Scalar(key);
  scalar.commentBefore = comment(above);
  scalar.spaceBefore = space;
  return new Pair(scalar, value);
}

function mapOf(pairs: readonly Pair[]): YAMLMap {
  const map = new YAMLMap();
  map.items.push(...pairs);
  return map;
}

/** An empty line would stand in the file as such, without its `#`; one blank makes a bare `#`. */
function comment(lines: readonly string[]): string | null {
  return lines.length === 0 ? null : lines.map((line) => (line === '' ? ' ' : line)).join('\n');
}
