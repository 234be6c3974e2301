import { defineConfig } from 'vitest/config'

const shared = { globalSetup: ['src/testing/global-setup.ts'], testTimeout: 30_000, hookTimeout: 60_000 }

/** `house`: rules, modules, pages, journeys (npm test). `production`: real components and faults (npm run verify:production). */
export default defineConfig({
  test: {
    reporters: ['default', './src/testing/plain-line-reporter.ts'],
    maxWorkers: 2,
    experimental: { viteModuleRunner: false },
    projects: [
      {
        extends: true,
        test: { ...shared, name: 'house', include: ['src/**/*.test.ts', 'src/**/*.test.tsx', 'e2e/**/*.test.ts'] },
      },
      { extends: true, test: { ...shared, name: 'production', include: ['production/**/*.test.ts'] } },
    ],
  },
})
