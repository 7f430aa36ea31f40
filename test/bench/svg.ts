export interface Drawing {
  readonly width: number;
  readonly height: number;
  readonly title: string;
  /** What is drawn below the title, which takes the first 20 of the height. */
  readonly body: string;
}

/** A picture for a page. Readable on a light and on a dark one. */
export function svg({ width, height, title, body }: Drawing): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12">
<style>text{fill:#1f2328}@media(prefers-color-scheme:dark){text{fill:#e6edf3}}</style>
<text x="0" y="14" font-weight="bold">${escapeXml(title)}</text>
${body}
</svg>
`;
}

export function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** Three digits, or all before the point; for people. */
export function shown(value: number): string {
  return Math.abs(value) >= 1000 ? Math.round(value).toLocaleString('en') : plain(value);
}

/** Three digits, or all before the point; for programs to read. */
export function plain(value: number): string {
  return String(Math.abs(value) >= 1000 ? Math.round(value) : Number(value.toPrecision(3)));
}
