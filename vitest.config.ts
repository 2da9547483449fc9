import { defineConfig } from 'vitest/config';

const cloud = ['test/e2e/**/*.test.ts', 'test/integration/**/*.test.ts'];

/** `fast` needs nothing running; `cloud` gets a synthesized stack and a local cloud before its first test. */
export default defineConfig({
  test: {
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    projects: [
      { extends: true, test: { name: 'fast', include: ['test/**/*.test.ts'], exclude: cloud } },
      { extends: true, test: { name: 'cloud', include: cloud, globalSetup: 'test/support/global-cloud.ts' } },
    ],
  },
});
