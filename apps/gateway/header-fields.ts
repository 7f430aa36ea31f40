/** Name and value of each line of a raw header: name, value, name, value, … as Node hands it over. */
export function headerLines(raw: readonly string[]): [name: string, value: string][] {
  return raw.flatMap((name, i) => (i % 2 === 0 ? [[name, raw[i + 1]!] as [string, string]] : []));
}

const NAME = /^[!#$%&'*+.^_`|~\w-]+$/u;
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/u;

const COMMON_NAMES = internalized(
  `
  Accept Accept-Encoding Accept-Language Accept-Ranges Access-Control-Allow-Origin Age Allow Authorization
  Cache-Control Connection Content-Disposition Content-Encoding Content-Language Content-Length Content-Range
  Content-Security-Policy Content-Type Cookie DNT Date ETag Expect Expires Host If-Modified-Since If-None-Match
  Keep-Alive Last-Modified Link Location Origin Permissions-Policy Pragma Priority Range Referer Referrer-Policy
  Sec-Fetch-Dest Sec-Fetch-Mode Sec-Fetch-Site Sec-Fetch-User Server Set-Cookie Strict-Transport-Security TE
  Transfer-Encoding Upgrade Upgrade-Insecure-Requests User-Agent Vary Via X-Content-Type-Options X-Forwarded-For
  X-Forwarded-Host X-Forwarded-Proto X-Frame-Options X-Powered-By X-Requested-With sec-ch-ua sec-ch-ua-mobile
  sec-ch-ua-platform`
    .trim()
    .split(/\s+/u),
);
const LOWER_CASE = internalized(COMMON_NAMES.map((name) => name.toLowerCase()));

/**
 * As most clients and servers write them, and what each is in lower case. Every message brings its names as new strings; one that is
 * found here need not be made or checked anew, and is soon found wherever it is looked for from then on.
 */
const COMMON: ReadonlyMap<string, string> = new Map(
  LOWER_CASE.flatMap((name, i) => [[COMMON_NAMES[i]!, name] as const, [name, name] as const]),
);

/** The same as keys of an object: V8 holds each of them once, and tells them apart without a look at their letters. */
function internalized(names: readonly string[]): readonly string[] {
  return Object.keys(Object.fromEntries(names.map((name) => [name, true])));
}

/**
 * Whether a line can be sent on (RFC 9110, 5.1 and 5.5). SECURITY: some versions of Node's parser let through an empty
 * name, at which its writer throws.
 */
export function isField([name, value]: readonly [name: string, value: string]): boolean {
  return NAME.test(name) && VALUE.test(value);
}

/** The lines of a raw header, and their names in lower case. */
export class HeaderLines {
  constructor(
    /** name, value, name, value, … */
    readonly raw: readonly string[],
    /** In lower case, one for each line. */
    readonly names: readonly string[] = lowerCaseNames(raw),
  ) {}

  /** @param name in lower case, as below */
  has(name: string): boolean {
    return this.names.includes(name);
  }

  /** A field's values, line by line. */
  values(name: string): readonly string[] {
    let at = this.names.indexOf(name);
    if (at === -1) return NONE;
    const values = [this.raw[at * 2 + 1]!]; // an array that begins empty takes room for 17
    while ((at = this.names.indexOf(name, at + 1)) !== -1) values.push(this.raw[at * 2 + 1]!);
    return values;
  }

  /** A field's lines in one, as a list may be written (RFC 9110, 5.3). */
  joined(name: string): string | undefined {
    const at = this.names.indexOf(name);
    if (at === -1) return undefined;
    return this.names.includes(name, at + 1) ? this.values(name).join(', ') : this.raw[at * 2 + 1]!;
  }

  /** Whether each line can be sent on. */
  get areFields(): boolean {
    const { raw } = this;
    for (let i = 0; i < raw.length; i += 2) {
      if (!COMMON.has(raw[i]!) && !NAME.test(raw[i]!)) return false;
      if (!VALUE.test(raw[i + 1]!)) return false;
    }
    return true;
  }
}

const NONE: readonly string[] = [];

function lowerCaseNames(raw: readonly string[]): string[] {
  const names: string[] = [];
  for (let i = 0; i < raw.length; i += 2) names.push(lowerCase(raw[i]!));
  return names;
}

/** A field's name in lower case. */
export function lowerCase(name: string): string {
  return COMMON.get(name) ?? name.toLowerCase();
}

/** The fields of a raw header as Node's writer takes them: each by the name of its first line, a list where it has more. */
export function headerObject(raw: readonly string[]): Record<string, string | string[]> {
  const fields = new Map<string, { readonly name: string; readonly values: string[] }>();
  for (const [name, value] of headerLines(raw)) {
    const field = fields.get(name.toLowerCase());
    if (field === undefined) fields.set(name.toLowerCase(), { name, values: [value] });
    else field.values.push(value);
  }
  fields.delete('__proto__'); // it would be no name in an object
  const all = [...fields.values()];
  return Object.fromEntries(all.map(({ name, values }) => [name, values.length === 1 ? values[0]! : values]));
}
