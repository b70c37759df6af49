import { readdirSync } from 'node:fs';
import { defineConfig } from 'vitest/config';
import { RunReporter } from './test/run-reporter.js';

// Tests run on the sources: no build is needed first, and a stack trace points at the line that was written.
const sourceOf = (path: string) => new URL(`./packages/${path}`, import.meta.url).pathname;
const alias = [
  { find: /^@shiplog\/core\/plugin$/, replacement: sourceOf('core/src/plugin-api.ts') },
  { find: /^@shiplog\/conformance\/rules$/, replacement: sourceOf('conformance/src/rules.ts') },
  ...readdirSync(new URL('./packages/', import.meta.url)).map((name) => ({
    find: new RegExp(`^@shiplog/${name}$`),
    replacement: sourceOf(`${name}/src/index.ts`),
  })),
];

const hostTests = ['{packages,examples}/*/test/**/*.host.test.ts', 'test/{e2e,crash,races,load}/**/*.test.ts'];

export default defineConfig({
  test: {
    reporters: ['default', new RunReporter()],
    // What a test has found is said whole: who reads it later has nothing else.
    chaiConfig: { truncateThreshold: 0 },
    coverage: {
      provider: 'v8',
      include: ['packages/*/src/**/*.ts'],
      exclude: ['packages/*/src/**/index.ts'],
      reporter: ['text', 'html', 'json-summary'],
      reportsDirectory: 'coverage',
    },
    projects: [
      {
        resolve: { alias },
        test: {
          name: 'unit',
          include: ['{packages,examples,packages/*/templates}/*/test/**/*.test.ts'],
          exclude: ['**/*.host.test.ts', '**/node_modules/**', '**/dist/**'],
          // The first test of a file pays for its imports, on a machine that may have other work.
          testTimeout: 30_000,
          // Group 0 would be put last on a machine whose cores allow one worker only.
          maxWorkers: '100%',
          sequence: { groupOrder: 1 },
        },
      },
      {
        // Real containers: root, runc, crun and conmon. One file at a time: two cores, and timings are part of what is
        // tested. A test that cannot run on this host skips itself and says why.
        resolve: { alias },
        test: {
          name: 'host',
          include: hostTests,
          exclude: ['**/node_modules/**', '**/dist/**'],
          testTimeout: 30_000,
          hookTimeout: 30_000,
          fileParallelism: false,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
