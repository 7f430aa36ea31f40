import { defineConfig } from 'vitest/config';

// `source` is the condition under which package.json's "imports" (#wire, #knock, …) name the TypeScript files.
const source = { resolve: { conditions: ['source'] }, ssr: { resolve: { conditions: ['source'] } } };

export default defineConfig({
  test: {
    projects: [
      {
        ...source,
        test: {
          name: 'unit',
          include: ['{apps,libs}/**/*.spec.ts'],
          // A hundred random configs are a second's work, and several on a busy machine.
          testTimeout: 30_000,
        },
      },
      {
        ...source,
        test: {
          name: 'e2e',
          include: ['test/**/*.spec.ts'],
          // One machine, one set of namespaces and ports: a file at a time.
          fileParallelism: false,
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
