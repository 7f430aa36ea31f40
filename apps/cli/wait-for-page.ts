import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { setTimeout as delay } from 'node:timers/promises';

const RETRY_MS = 100;
const TRY_MS = 2000;

/** Asks for the page until it answers, whatever its status; resolves with the milliseconds it took, or undefined. */
export async function waitForPage(url: string, withinMs: number): Promise<number | undefined> {
  const startedMs = performance.now();
  while (performance.now() - startedMs < withinMs) {
    if (await answers(url)) return performance.now() - startedMs;
    await delay(RETRY_MS);
  }
  return undefined;
}

function answers(url: string): Promise<boolean> {
  const request = url.startsWith('https:') ? httpsRequest : httpRequest;
  return new Promise((resolve) => {
    const asked = request(url, { agent: false, timeout: TRY_MS });
    asked.on('response', (response) => {
      response.destroy();
      resolve(true);
    });
    asked.on('timeout', () => asked.destroy());
    asked.on('error', () => resolve(false));
    asked.on('close', () => resolve(false));
    asked.end();
  });
}
