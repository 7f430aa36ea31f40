import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const folder = (path) => fileURLToPath(new URL(path, import.meta.url));

/** The console's page: files only, no inline script, style or data: URL, as its Content-Security-Policy wants it. */
export default defineConfig({
  root: folder('.'),
  base: './',
  publicDir: false,
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: folder('../../../dist/apps/console/page'),
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // of what is built in, as their licences want it
    license: { fileName: 'licenses.md' },
    // light-dark(), which the page is coloured with; what browsers must be able to do anyway.
    target: ['chrome123', 'firefox120', 'safari17.5'],
  },
});
