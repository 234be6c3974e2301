import { type DeployCheck, hasAtLeast, runChecks, sorted, table } from '../platform/checks/check.ts'
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

/** Audits the settings as production takes them, and what they lead to; exit code 1 when something must be mended. */
export async function check({ json, failLevel }: CheckOptions): Promise<void> {
  const { rows, config } = auditSettings(process.env)
  const checks = [...settingsChecks(process.env), ...liveChecks, built]
  const found = sorted([...rows, ...(config ? await runChecks(checks, config) : [])])
  const failed = hasAtLeast(found, failLevel)
  console.log(json ? JSON.stringify({ ok: !failed, findings: found }, null, 2) : table(found, checks.length))
  if (failed) process.exitCode = 1
}
