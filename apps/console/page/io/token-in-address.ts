const TOKEN = /^#token=([^&]+)$/u;

/** The token of the link that `knockgate console` prints; a fragment, so that it is sent to nobody. */
export function tokenInAddress(hash: string): string | undefined {
  const token = TOKEN.exec(hash)?.[1];
  if (token === undefined) return undefined;
  try {
    return decodeURIComponent(token);
  } catch {
    return token;
  }
}
