import type { FindingView, SystemView } from '#contract/system.ts'

/** Something that an administrator should look at, in the order of its weight. */
export type Concern =
  | { kind: 'notReady'; name: string; why: string }
  | { kind: 'cacheDown' }
  | { kind: 'noWorker' }
  | { kind: 'errors'; count: number }
  | { kind: 'space'; freeBytes: number }
  | { kind: 'connections'; used: number; allowed: number }
  | { kind: 'versions'; versions: string[] }
  | { kind: 'findings'; count: number }

const leastFree = { bytes: 1_000_000_000, share: 0.05 }
const connectionsBusy = 0.9

/** @param findings of the checks, once they are known; outside production they are advice */
export function concernsOf(system: SystemView, findings: readonly FindingView[] = []): Concern[] {
  const { processes, ready, cache, files, database, production } = system
  const errors = processes.reduce((sum, process) => sum + process.errors, 0)
  const versions = [...new Set(processes.map(({ version }) => version))].sort()
  const away = ready.filter(({ ok }) => !ok)
  const { used, allowed } = database.connections
  const bad = findings.filter(({ level }) => level === 'error').length
  const concerns: (Concern | false)[] = [
    ...away.map(({ name, why }) => ({ kind: 'notReady' as const, name, why: why ?? '' })),
    // The readiness of the cache says the same, and why.
    cache.shared && !cache.up && !away.some(({ name }) => name === 'cache') && { kind: 'cacheDown' },
    !processes.some(({ kind }) => kind !== 'web') && { kind: 'noWorker' },
    errors > 0 && { kind: 'errors', count: errors },
    files !== null &&
      (files.freeBytes < leastFree.bytes || files.freeBytes < files.totalBytes * leastFree.share) && {
        kind: 'space',
        freeBytes: files.freeBytes,
      },
    used >= allowed * connectionsBusy && { kind: 'connections', used, allowed },
    versions.length > 1 && { kind: 'versions', versions },
    production && bad > 0 && { kind: 'findings', count: bad },
  ]
  return concerns.filter((concern) => concern !== false)
}
