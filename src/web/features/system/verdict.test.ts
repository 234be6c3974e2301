import { expect, test } from 'vitest'
import type { ProcessView, SystemView } from '#contract/system.ts'
import { concernsOf } from './verdict.ts'

const process: ProcessView = {
  id: '00000000-0000-7000-8000-000000000000',
  kind: 'all',
  host: 'h',
  pid: 1,
  version: '1',
  startedAt: '2026-01-02T00:00:00Z',
  seenAt: '2026-01-02T00:00:00Z',
  requests: 1,
  errors: 0,
  p95Ms: 1,
  loopMs: 1,
  memoryMb: 100,
  pool: null,
}
const well: SystemView = {
  now: '2026-01-02T00:00:00Z',
  version: '1',
  production: true,
  processes: [process],
  ready: [{ name: 'database', ok: true, ms: 1, why: null }],
  database: { version: '18', bytes: 1, connections: { used: 10, allowed: 97 }, migration: null },
  cache: { shared: false, up: true },
  files: { freeBytes: 5e10, totalBytes: 1e11 },
}

test.each<[string, Partial<SystemView>]>([
  ['notReady', { ready: [{ name: 'storage', ok: false, ms: 1, why: 'EROFS' }] }],
  ['cacheDown', { cache: { shared: true, up: false } }],
  ['notReady', { cache: { shared: true, up: false }, ready: [{ name: 'cache', ok: false, ms: 1, why: 'away' }] }],
  ['noWorker', { processes: [{ ...process, kind: 'web' }] }],
  ['noWorker', { processes: [] }],
  ['errors', { processes: [process, { ...process, errors: 2 }] }],
  ['space', { files: { freeBytes: 4e9, totalBytes: 1e11 } }],
  ['space', { files: { freeBytes: 9e8, totalBytes: 1e9 } }],
  ['connections', { database: { ...well.database, connections: { used: 90, allowed: 97 } } }],
  ['versions', { processes: [process, { ...process, version: '2' }] }],
])('%s', (kind, change) => {
  expect(concernsOf({ ...well, ...change }).map((concern) => concern.kind)).toEqual([kind])
})

test('nothing to look at, also when the volume is unknown or the checks only warn', () => {
  expect(concernsOf(well)).toEqual([])
  expect(concernsOf({ ...well, files: null })).toEqual([])
  expect(concernsOf(well, [{ id: 'a.b', level: 'warning', what: 'w', mend: 'm' }])).toEqual([])
})

test('errors of the checks count in production', () => {
  const findings = [{ id: 'a.b', level: 'error', what: 'w', mend: 'm' } as const]
  expect(concernsOf(well, findings)).toEqual([{ kind: 'findings', count: 1 }])
  expect(concernsOf({ ...well, production: false }, findings)).toEqual([])
})
