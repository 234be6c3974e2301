import { type DeployCheck, hasAtLeast, type Row, runChecks, sorted, table } from '../platform/checks/check.ts'
import { liveChecks } from '../platform/checks/live-checks.ts'
import { auditSettings, settingsChecks } from '../platform/checks/settings-checks.ts'
import { hasBuiltSite } from './site.ts'

const built: DeployCheck = {
  id: 'web.built',
  run: () =>
    hasBuiltSite()
      ? undefined
      : { level: 'error', what: 'The web pages are not built', mend: 'Run obcms build; the container image has them.' },
}

export interface CheckOptions {
  json: boolean
  failLevel: 'error' | 'warning'
}

/** Audits the settings as production takes them, and what they lead to. */
export async function deployChecks(env: NodeJS.ProcessEnv): Promise<{ asked: number; found: Row[] }> {
  const { rows, config } = auditSettings(env)
  const checks = [...settingsChecks(env), ...liveChecks, built]
  return { asked: checks.length, found: sorted([...rows, ...(config ? await runChecks(checks, config) : [])]) }
}

/** Exit code 1 when something must be mended. */
export async function check({ json, failLevel }: CheckOptions): Promise<void> {
  const { asked, found } = await deployChecks(process.env)
  const failed = hasAtLeast(found, failLevel)
  console.log(json ? JSON.stringify({ ok: !failed, findings: found }, null, 2) : table(found, asked))
  if (failed) process.exitCode = 1
}
