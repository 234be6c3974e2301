import { Badge, Button, Stack, Text, Title } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { approvalStages } from '#contract/accounts.options.ts'
import type { AccountView, ApprovalRow } from '#contract/accounts.ts'
import { approvalsQuery, keepPerson } from '#web/features/people/people.queries.ts'
import { call } from '#web/lib/api.ts'
import { paths } from '#web/lib/paths.ts'
import { oneOf, searchOf, text, useUrlSearch } from '#web/lib/routing.ts'
import { AppLink } from '#web/ui/app-link.tsx'
import { ConfirmDialog } from '#web/ui/confirm-dialog.tsx'
import { Facts } from '#web/ui/facts.tsx'
import { formatDay, formatNumber, manilaDay } from '#web/ui/formats.ts'
import { notify } from '#web/ui/notices.tsx'
import { PageHeader } from '#web/ui/page-header.tsx'
import { PageTabs } from '#web/ui/page-tabs.tsx'
import { Pager } from '#web/ui/pager.tsx'
import { Empty, ErrorState, Loading } from '#web/ui/state-views.tsx'
import classes from './approvals-page.module.css'
import { ApproveDialog } from './approve-dialog.tsx'

const pageSize = 25
const readSearch = searchOf({ stage: oneOf(approvalStages), cursor: text, page: text })

export function ApprovalsPage() {
  const { t } = useTranslation('people')
  const queries = useQueryClient()
  const [{ stage, cursor, page }, setSearch] = useUrlSearch(readSearch)
  const [task, setTask] = useState<{ kind: 'endorse' | 'approve' | 'refuse'; row: ApprovalRow } | null>(null)
  const { data, error, refetch } = useQuery(approvalsQuery({ stage, cursor, limit: String(pageSize) }))
  const close = () => setTask(null)
  const done = (person: AccountView, words: string) => {
    keepPerson(queries, person)
    notify(words)
  }
  const row = task?.row
  const name = row?.name ?? ''
  const count = (of: 'endorsement' | 'approval') => (data ? formatNumber(data.counts[of]) : undefined)

  return (
    <>
      <PageHeader title={t('approvals.title')} sub={t('approvals.sub')} />
      <PageTabs
        label={t('approvals.stages')}
        tabs={[
          { label: t('approvals.all'), href: paths.approvals(), current: !stage },
          ...approvalStages.map((of) => ({
            label: t(`approvals.${of}`),
            href: paths.approvals({ stage: of }),
            current: stage === of,
            count: count(of),
          })),
        ]}
      />
      {error && !data ? (
        <ErrorState error={error} onRetry={() => void refetch()} />
      ) : !data ? (
        <Loading rows={4} />
      ) : data.items.length === 0 ? (
        <Empty title={t('approvals.none')}>{t('approvals.noneBody')}</Empty>
      ) : (
        <>
          <ul className={classes.queue}>
            {data.items.map((item) => (
              <Request key={item.id} row={item} onTask={(kind) => setTask({ kind, row: item })} />
            ))}
          </ul>
          <Pager cursor={cursor} page={page} data={data} pageSize={pageSize} onMove={setSearch} />
        </>
      )}
      <ConfirmDialog
        opened={task?.kind === 'endorse'}
        onClose={close}
        title={t('approvals.endorseTitle', { name })}
        confirmLabel={t('approvals.endorse')}
        onConfirm={async () => {
          if (!row) return
          const person = await call('POST /api/v1/accounts/:accountId/endorse', {
            params: { accountId: row.id },
            body: { version: row.version },
          })
          done(person, t('approvals.endorsed'))
        }}
      >
        {t('approvals.endorseBody')}
      </ConfirmDialog>
      <ConfirmDialog
        opened={task?.kind === 'refuse'}
        onClose={close}
        danger
        title={t('approvals.refuseTitle', { name })}
        confirmLabel={t('approvals.refuse')}
        reason={{ label: t('person.reason'), description: t('approvals.refuseBody'), maxLength: 500 }}
        onConfirm={async (reason) => {
          if (!row) return
          const person = await call('POST /api/v1/accounts/:accountId/refuse', {
            params: { accountId: row.id },
            body: { version: row.version, reason },
          })
          done(person, t('approvals.refused', { name }))
        }}
      />
      {task?.kind === 'approve' && (
        <ApproveDialog
          row={task.row}
          onClose={close}
          onDone={(person) => done(person, t('approvals.approved', { name: person.name }))}
        />
      )}
    </>
  )
}

interface RequestProps {
  row: ApprovalRow
  onTask: (kind: 'endorse' | 'approve' | 'refuse') => void
}

function Request({ row, onTask }: RequestProps) {
  const { t } = useTranslation(['people', 'shell'])
  return (
    <li className={classes.request}>
      <div className={classes.head}>
        <div>
          <Title order={2} size="h3">
            <AppLink href={paths.person(row.id)} c="inherit">
              {row.name}
            </AppLink>
          </Title>
          <Text size="sm" c="dimmed">
            {[
              t(`shell:role.${row.role}`),
              row.organisation?.name,
              t('people:approvals.asked', { day: formatDay(manilaDay(row.createdAt)) }),
            ]
              .filter(Boolean)
              .join(' · ')}
          </Text>
        </div>
        <Badge variant="light" color="gold">
          {t(`people:approvals.${row.stage}`)}
        </Badge>
      </div>
      <Facts
        items={[
          { label: t('people:field.email'), value: row.email },
          { label: t('people:field.phone'), value: row.phone },
          { label: t('people:field.position'), value: row.position },
          ...(row.note ? [{ label: t('people:field.note'), value: row.note }] : []),
        ]}
      />
      <div className={classes.foot}>
        <Stack gap={0}>
          {row.endorsedBy && row.endorsedAt ? (
            <Text size="sm">
              {t('people:approvals.endorsedBy', {
                name: row.endorsedBy,
                day: formatDay(manilaDay(row.endorsedAt)),
              })}
            </Text>
          ) : (
            row.stage === 'endorsement' && (
              <Text size="sm" c="dimmed">
                {t('people:approvals.notEndorsed')}
              </Text>
            )
          )}
        </Stack>
        <div className={classes.actions}>
          {row.can.refuse && (
            <Button variant="default" onClick={() => onTask('refuse')}>
              {t('people:approvals.refuse')}
            </Button>
          )}
          {row.can.approve && (
            <Button variant={row.stage === 'endorsement' ? 'default' : 'filled'} onClick={() => onTask('approve')}>
              {t('people:approvals.approve')}
            </Button>
          )}
          {row.can.endorse && <Button onClick={() => onTask('endorse')}>{t('people:approvals.endorse')}</Button>}
        </div>
      </div>
    </li>
  )
}
