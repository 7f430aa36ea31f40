const PORT = /^\d{1,5}$/;
const MAX_PORT = 65_535;

/** A port from 1 to 65535 in decimal, or undefined. Strict: no sign, no words, nothing that wraps. */
export function parsePort(text: string): number | undefined {
  const port = PORT.test(text) ? Number(text) : 0;
  return port >= 1 && port <= MAX_PORT ? port : undefined;
}
