/** Name and value of each line of a raw header: name, value, name, value, … as Node hands it over. */
export function headerLines(raw: readonly string[]): [name: string, value: string][] {
  return raw.flatMap((name, i) => (i % 2 === 0 ? [[name, raw[i + 1]!] as [string, string]] : []));
}

const NAME = /^[!#$%&'*+.^_`|~\w-]+$/u;
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/u;

/**
 * Whether a line can be sent on (RFC 9110, 5.1 and 5.5). SECURITY: some versions of Node's parser let through an empty
 * name, at which its writer throws.
 */
export function isField([name, value]: readonly [name: string, value: string]): boolean {
  return NAME.test(name) && VALUE.test(value);
}

/** Header fields by lower-case name, each in the case and at the place of its first line. */
export class HeaderFields {
  private readonly fields = new Map<string, { readonly name: string; values: string[] }>();

  constructor(raw: readonly string[] = []) {
    for (const [name, value] of headerLines(raw)) this.add(name, value);
  }

  add(name: string, value: string): void {
    const field = this.fields.get(name.toLowerCase());
    if (field === undefined) this.fields.set(name.toLowerCase(), { name, values: [value] });
    else field.values.push(value);
  }

  set(name: string, value: string): void {
    const field = this.fields.get(name.toLowerCase());
    if (field === undefined) this.add(name, value);
    else field.values = [value];
  }

  /** A field's lines in one, as a list may be written (RFC 9110, 5.3). The name in lower case. */
  joined(name: string): string | undefined {
    return this.fields.get(name)?.values.join(', ');
  }

  /** A list where a field has more than one line. */
  toObject(): Record<string, string | string[]> {
    const all = [...this.fields.values()];
    return Object.fromEntries(all.map(({ name, values }) => [name, values.length === 1 ? values[0]! : values]));
  }
}
