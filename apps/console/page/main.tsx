import { options, render } from 'preact';
import { ConsoleClient } from './io/console-client.js';
import { App } from './view/app.js';
import { ClientProvider } from './view/client-context.js';
import { applyTheme, readTheme } from './view/theme.js';

// However much is told, it is drawn once a frame at most, and not at all while nobody sees it.
options.debounceRendering = requestAnimationFrame;
applyTheme(readTheme());
const client = new ConsoleClient();
render(
  <ClientProvider value={client}>
    <App />
  </ClientProvider>,
  document.body,
);
void client.start();
