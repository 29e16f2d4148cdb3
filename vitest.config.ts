import { defineConfig } from 'vitest/config'

/** One project per kind of test, so that `npm run check` can run the lint-rule tests alone. */
export default defineConfig({
  test: {
    // Peers and databases start once a run; tests of one file share what they start.
    testTimeout: 60_000,
    hookTimeout: 120_000,
    setupFiles: ['./vitest.setup.ts'],
    pool: 'forks',
    maxWorkers: 2,
    projects: [
      { extends: true, test: { name: 'lint-rules', include: ['tools/lint/**/*.test.ts'] } },
      { extends: true, test: { name: 'all', include: ['**/*.test.ts'], exclude: ['**/node_modules/**', 'tools/lint/**'] } },
    ],
  },
})
