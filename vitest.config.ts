import { join } from 'node:path'
import { defineConfig } from 'vitest/config'

// Every file of tests reads much the same modules in a process of its own: what one has compiled, the next one finds.
process.env.NODE_COMPILE_CACHE ??= join(import.meta.dirname, 'node_modules/.cache/vitest')

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
