import { basename } from 'node:path'
import type { Reporter, TestCase, TestModule } from 'vitest/node'
import { rows } from './rows.ts'

interface Count {
  passed: number
  failed: number
  skipped: number
}

function count(module: TestModule): Count {
  const states = [...module.children.allTests()].map((one: TestCase) => one.result().state)
  const of = (state: string) => states.filter((one) => one === state).length
  const broken = [module, ...module.children.allSuites()].filter((one) => one.errors().length > 0).length
  return { passed: of('passed'), failed: of('failed') + broken, skipped: states.length - of('passed') - of('failed') }
}

/** What the counts mean for an operator. A row without a test that ran proves nothing. */
function verdict({ passed, failed, skipped }: Count): string {
  if (failed > 0) return 'NOT IN ORDER'
  if (passed === 0) return 'not proved here'
  return skipped > 0 ? 'in part: components are missing' : 'in order'
}

/** Ends the output with the ten production issues: what ran for each, and what came out. Nothing here is written by hand. */
export default class RowsReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const lines = rows.map(({ row, issue, file }) => {
      const found = modules.filter(({ moduleId }) =>
        new RegExp(`^${file}(-[a-z]+)*\\.test\\.ts$`).test(basename(moduleId)),
      )
      const sum: Count = { passed: 0, failed: 0, skipped: 0 }
      for (const module of found) {
        const { passed, failed, skipped } = count(module)
        sum.passed += passed
        sum.failed += failed
        sum.skipped += skipped
      }
      const seconds = found.reduce((all, module) => all + module.diagnostic().duration, 0) / 1_000
      const counts = `${sum.passed} passed, ${sum.failed} failed, ${sum.skipped} skipped`
      const ran = found.length === 0 ? 'nothing ran' : `${counts} in ${seconds.toFixed(0)} s`
      return `${row.padStart(2)}  ${issue.padEnd(20)}  ${verdict(sum).padEnd(31)}  ${ran.padEnd(44)}  production/${file}.test.ts`
    })
    console.log(['', 'The ten production issues, and what goes beyond them', ...lines, ''].join('\n'))
  }
}
