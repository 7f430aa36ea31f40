import { STATUS_CODES, type ServerResponse } from 'node:http';

/** An answer of our own. SECURITY: it names neither this product nor the upstream. */
export function plainAnswer(response: ServerResponse, status: number): void {
  const text = `${STATUS_CODES[status]}\n`;
  // the phrase said anew: a failed attempt to pass an answer on may have left its own
  response.writeHead(status, STATUS_CODES[status], { 'Content-Type': 'text/plain', 'Content-Length': text.length });
  response.end(text);
}

/** The same as bytes, where there is no response object: before a request is parsed, or at an upgrade. The last one. */
export function plainAnswerText(status: number): string {
  return `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`;
}
