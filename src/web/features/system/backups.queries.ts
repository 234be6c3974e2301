import { queryOptions } from '@tanstack/react-query'
import { call } from '#web/lib/api.ts'
import { queryClient } from '#web/lib/query.ts'
import { refreshMs } from './system.queries.ts'

export const backupsQuery = queryOptions({
  queryKey: ['system', 'backups'],
  queryFn: ({ signal }) => call('GET /api/v1/backups', { signal }),
  refetchInterval: refreshMs,
})

export async function startBackup(what: 'make' | 'prove'): Promise<void> {
  if (what === 'make') await call('POST /api/v1/backups', {})
  else await call('POST /api/v1/backups/prove', {})
  await queryClient.invalidateQueries({ queryKey: ['system', 'backups'] })
}
