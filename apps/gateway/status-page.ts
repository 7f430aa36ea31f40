import { createHash } from 'node:crypto';

const STYLE =
  'body{font:1.2rem/1.6 system-ui,sans-serif;max-width:32rem;margin:20vh auto;padding:0 1rem}button{font:inherit}';
/** Counts by the time of day: timers of a page in the background are late. */
const SCRIPT = `
const shown = document.getElementById('left');
const until = Date.now() + 1000 * shown.textContent;
const timer = setInterval(() => {
  const left = Math.ceil((until - Date.now()) / 1000);
  if (left > 0) return void (shown.textContent = left);
  clearInterval(timer);
  document.querySelector('main').textContent = 'The door is closed.';
}, 250);
`;

/**
 * Nothing but what is in the page, and the form back to where it came from. SECURITY: in another site's frame the button
 * could be pressed by who does not see it.
 */
export const STATUS_PAGE_POLICY = [
  "default-src 'none'",
  `script-src ${hash(SCRIPT)}`,
  `style-src ${hash(STYLE)}`,
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** How long the door stays open, and a button that closes it. @param ip canonical */
export function openPage(ip: string, secondsLeft: number): string {
  const main = `<p>The door is open for ${ip}, for another <b id="left">${secondsLeft}</b> seconds.</p>
<form method="post"><button>Close the door</button></form>`;
  return page(main, `<script>${SCRIPT}</script>\n`);
}

/** What pressing the button came to. */
export function closingPage(text: string): string {
  return page(`<p>${text}</p>`);
}

/** SECURITY: it names neither this product nor the upstream. */
function page(main: string, script = ''): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>The door</title>
<style>${STYLE}</style>
<main>
${main}
</main>
${script}</html>
`;
}

function hash(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}
