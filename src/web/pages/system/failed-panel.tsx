import { Button, Select, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { DecisionDialog } from '#web/features/jobs/decision-dialog.tsx'
import { FailedTable } from '#web/features/jobs/failed-table.tsx'
import { useJobWords } from '#web/features/jobs/job-name.tsx'
import {
  type Decision,
  failedJobs,
  failedPageSize,
  queuesQuery,
  type Subject,
} from '#web/features/jobs/jobs.queries.ts'
import { searchOf, text, useUrlSearch } from '#web/lib/routing.ts'
import { useCan } from '#web/lib/session.ts'
import { Pager } from '#web/ui/pager.tsx'
import { Panel } from '#web/ui/panel.tsx'
import { ErrorState, Loading } from '#web/ui/state-views.tsx'
import classes from './jobs-page.module.css'

const readSearch = searchOf({ job: text, cursor: text, page: text })

/** Jobs that were tried in vain: run them again or throw them away, one or all of a kind. */
export function FailedPanel() {
  const { t } = useTranslation('system')
  const words = useJobWords()
  const [{ job, cursor, page }, setSearch] = useUrlSearch(readSearch)
  const mayDecide = useCan('system.edit')
  const [decision, setDecision] = useState<{ what: Decision; subject: Subject } | null>(null)
  const queues = useQuery(queuesQuery).data?.items ?? []
  const { data, error, refetch, isPlaceholderData } = useQuery(failedJobs(job, cursor))
  const kinds = queues.filter((queue) => queue.failed > 0 || queue.job === job)
  const count = queues.find((queue) => queue.job === job)?.failed ?? 0
  const decideAll = (what: Decision) => job && setDecision({ what, subject: { allOf: job, count } })

  return (
    <Panel
      title={t('failed.title')}
      sub={t('failed.sub')}
      flush
      actions={
        kinds.length > 0 && (
          <>
            <Select
              aria-label={t('failed.kind')}
              placeholder={t('failed.anyKind')}
              clearable
              size="sm"
              data={kinds.map((queue) => ({ value: queue.job, label: words(queue.job) }))}
              value={job ?? null}
              onChange={(value) => setSearch({ job: value ?? undefined })}
            />
            {mayDecide && job && count > 0 && (
              <>
                <Button variant="default" size="sm" onClick={() => decideAll('retry')}>
                  {t('retry.all', { count })}
                </Button>
                <Button variant="subtle" color="red" size="sm" onClick={() => decideAll('discard')}>
                  {t('discard.all', { count })}
                </Button>
              </>
            )}
          </>
        )
      }
    >
      {error && !data ? (
        <ErrorState error={error} onRetry={() => void refetch()} />
      ) : !data ? (
        <Loading rows={3} />
      ) : data.items.length === 0 ? (
        <Text c="dimmed" className={classes.none}>
          {t('failed.none')}
        </Text>
      ) : (
        <>
          <FailedTable
            jobs={data.items}
            stale={isPlaceholderData}
            onDecide={(what, row) => setDecision({ what, subject: { jobId: row.id, job: row.job } })}
          />
          <div className={classes.pager}>
            <Pager cursor={cursor} page={page} data={data} pageSize={failedPageSize} onMove={setSearch} />
          </div>
        </>
      )}
      <DecisionDialog decision={decision} onClose={() => setDecision(null)} />
    </Panel>
  )
}
