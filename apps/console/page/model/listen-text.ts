/** Where a door listens: `:80` for an address and its IPv6 twin that mean everywhere, else as it is. */
export function listenText(listen: readonly string[]): string {
  const texts = listen.map((each) => each.replace(/^(?:0\.0\.0\.0|\[::\])(?=:)/u, ''));
  return [...new Set(texts)].join(', ');
}
