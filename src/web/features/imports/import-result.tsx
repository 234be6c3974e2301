import { Alert, Badge, Button, Group, SimpleGrid, Text } from '@mantine/core'
import { IconAlertTriangle, IconCircleCheck, IconCircleX, IconDownload, IconInfoCircle } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { addressOf } from '#web/lib/api.ts'
import { paths } from '#web/lib/paths.ts'
import { LinkButton } from '#web/ui/app-link.tsx'
import { ConfirmDialog } from '#web/ui/confirm-dialog.tsx'
import { DataTable } from '#web/ui/data-table.tsx'
import { FormProblem } from '#web/ui/field-problems.tsx'
import { formatMoment, formatNumber } from '#web/ui/formats.ts'
import { Pager } from '#web/ui/pager.tsx'
import { Panel } from '#web/ui/panel.tsx'
import { StatCard } from '#web/ui/stat-card.tsx'
import { ErrorState, Loading } from '#web/ui/state-views.tsx'
import {
  applyImport,
  cancelImport,
  type ImportView,
  importProblems,
  problemsPageSize,
  retryImport,
} from './imports.queries.ts'

interface Props {
  view: ImportView
}

/** What became of the file, and the one thing to do next. */
export function ImportOutcome({ view }: Props) {
  const { t } = useTranslation('registry')
  const [asking, setAsking] = useState<'apply' | 'cancel'>()
  const [error, setError] = useState<unknown>()
  const { rows, state } = view
  const ready = { count: rows.ready, formatted: formatNumber(rows.ready) }
  const another = (
    <LinkButton href={paths.imports()} variant="default">
      {t('imports.another')}
    </LinkButton>
  )

  return (
    <>
      <FormProblem error={error} />
      {state === 'checked' && rows.wrong > 0 && (
        <Alert
          color="red"
          role="status"
          icon={<IconCircleX aria-hidden />}
          title={t('outcome.wrongTitle', { count: rows.wrong, formatted: formatNumber(rows.wrong) })}
        >
          <Text size="sm" mb="sm">
            {t('outcome.wrongBody')}
          </Text>
          <Group gap="xs">
            <MarkedFile view={view} />
            {another}
          </Group>
        </Alert>
      )}
      {state === 'checked' && rows.wrong === 0 && rows.ready > 0 && (
        <Alert
          color="green"
          role="status"
          icon={<IconCircleCheck aria-hidden />}
          title={t('outcome.readyTitle', ready)}
        >
          <Text size="sm" mb="sm">
            {rows.warned > 0
              ? t('outcome.readyWarned', { count: rows.warned, formatted: formatNumber(rows.warned) })
              : t('outcome.readyBody')}
          </Text>
          <Group gap="xs">
            {view.can.apply && <Button onClick={() => setAsking('apply')}>{t('outcome.register', ready)}</Button>}
            {rows.warned > 0 && <MarkedFile view={view} />}
            {view.can.cancel && (
              <Button variant="subtle" color="gray" onClick={() => setAsking('cancel')}>
                {t('outcome.dropIt')}
              </Button>
            )}
          </Group>
        </Alert>
      )}
      {state === 'checked' && rows.total === 0 && (
        <Alert color="gold" icon={<IconInfoCircle aria-hidden />} title={t('outcome.emptyTitle')}>
          <Text size="sm" mb="sm">
            {t('outcome.emptyBody')}
          </Text>
          {another}
        </Alert>
      )}
      {state === 'applied' && (
        <Alert
          color="green"
          role="status"
          icon={<IconCircleCheck aria-hidden />}
          title={t('outcome.appliedTitle', ready)}
        >
          <Text size="sm" mb="sm">
            {t('outcome.appliedBody', { moment: formatMoment(view.finishedAt) })}
          </Text>
          <Group gap="xs">
            <LinkButton href={paths.communities({ sort: '-updated', columns: 'updated' })}>
              {t('outcome.openList')}
            </LinkButton>
            {another}
          </Group>
        </Alert>
      )}
      {state === 'cancelled' && (
        <Alert color="gray" icon={<IconInfoCircle aria-hidden />} title={t('outcome.cancelledTitle')}>
          <Text size="sm" mb="sm">
            {t('outcome.cancelledBody')}
          </Text>
          {another}
        </Alert>
      )}
      {state === 'refused' && (
        <Alert color="red" role="alert" icon={<IconCircleX aria-hidden />} title={t('outcome.refusedTitle')}>
          <Text size="sm" mb="sm">
            {view.refusal}
          </Text>
          {another}
        </Alert>
      )}
      {state === 'failed' && (
        <Alert color="red" role="alert" icon={<IconAlertTriangle aria-hidden />} title={t('outcome.failedTitle')}>
          <Text size="sm" mb="sm">
            {t('outcome.failedBody')}
          </Text>
          <Group gap="xs">
            {view.can.retry && (
              <Button
                onClick={() => {
                  setError(undefined)
                  retryImport(view.id).catch(setError)
                }}
              >
                {t('outcome.again')}
              </Button>
            )}
            {another}
          </Group>
        </Alert>
      )}
      <ConfirmDialog
        opened={asking === 'apply'}
        onClose={() => setAsking(undefined)}
        title={t('outcome.confirmTitle', ready)}
        confirmLabel={t('outcome.register', ready)}
        onConfirm={() => applyImport(view.id)}
      >
        {t('outcome.confirmBody')}
      </ConfirmDialog>
      <ConfirmDialog
        opened={asking === 'cancel'}
        onClose={() => setAsking(undefined)}
        title={t('imports.cancelTitle')}
        confirmLabel={t('outcome.dropIt')}
        danger
        onConfirm={() => cancelImport(view.id)}
      >
        {t('imports.cancelBody')}
      </ConfirmDialog>
    </>
  )
}

function MarkedFile({ view }: Props) {
  const { t } = useTranslation('registry')
  return (
    <Button
      component="a"
      href={addressOf('GET /api/v1/imports/:importId/marked-file', { params: { importId: view.id } })}
      download
      variant={view.rows.wrong > 0 ? 'filled' : 'default'}
      leftSection={<IconDownload size={16} aria-hidden />}
    >
      {t('outcome.marked')}
    </Button>
  )
}

export function ImportCounts({ view }: Props) {
  const { t } = useTranslation('registry')
  const { total, ready, wrong, warned } = view.rows
  return (
    <SimpleGrid cols={{ base: 2, sm: 4 }} spacing="sm">
      <StatCard label={t('outcome.rows')} value={total} />
      <StatCard label={t(view.state === 'applied' ? 'outcome.registered' : 'outcome.readyRows')} value={ready} />
      <StatCard label={t('outcome.wrongRows')} value={wrong} />
      <StatCard label={t('outcome.warnedRows')} value={warned} />
    </SimpleGrid>
  )
}

export function ColumnMapping({ view }: Props) {
  const { t, i18n } = useTranslation('registry')
  if (view.columns.length === 0) return null
  const field = (name: string) => {
    const key = `importField.${name}`
    return i18n.exists(key, { ns: 'registry' }) ? (t(key as never) as string) : name
  }
  const unused = view.columns.filter((column) => column.field === null)
  return (
    <Panel
      title={t('outcome.columns')}
      sub={unused.length > 0 ? t('outcome.unused', { count: unused.length }) : t('outcome.allUsed')}
      flush
    >
      <DataTable
        bare
        label={t('tableOf', { what: t('outcome.columns') })}
        rows={view.columns.map((column, index) => ({ ...column, index }))}
        rowKey={(column) => String(column.index)}
        columns={[
          { key: 'header', header: t('outcome.header'), cell: (column) => column.header || t('outcome.noHeader') },
          {
            key: 'field',
            header: t('outcome.becomes'),
            cell: (column) =>
              column.field === null ? (
                <Badge variant="light" color="gray" tt="none" fw={500}>
                  {t('outcome.notUsed')}
                </Badge>
              ) : (
                field(column.field)
              ),
          },
        ]}
      />
    </Panel>
  )
}

interface ProblemsProps extends Props {
  cursor: string | undefined
  page: string | undefined
  onMove: (to: { cursor: string | undefined; page: string | undefined }) => void
}

export function ImportProblems({ view, cursor, page, onMove }: ProblemsProps) {
  const { t } = useTranslation('registry')
  const query = useQuery(importProblems(view.id, cursor))
  if (query.isError) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />
  if (!query.data) return <Loading rows={4} />
  if (query.data.items.length === 0) return null
  return (
    <Panel title={t('outcome.problems')} sub={t('outcome.problemsSub')} flush>
      <DataTable
        bare
        label={t('tableOf', { what: t('outcome.problems') })}
        rows={query.data.items.map((problem, index) => ({ ...problem, index }))}
        rowKey={(problem) => `${problem.row}.${problem.index}`}
        stale={query.isPlaceholderData}
        columns={[
          {
            key: 'row',
            header: t('outcome.line'),
            cell: (problem) => t('outcome.lineNumber', { row: formatNumber(problem.row) }),
          },
          {
            key: 'severity',
            header: t('outcome.severity'),
            cell: (problem) => (
              <Badge
                variant="light"
                color={problem.severity === 'error' ? 'red' : 'gold'}
                tt="none"
                autoContrast
                leftSection={
                  problem.severity === 'error' ? (
                    <IconCircleX size={13} aria-hidden />
                  ) : (
                    <IconAlertTriangle size={13} aria-hidden />
                  )
                }
              >
                {t(problem.severity === 'error' ? 'outcome.error' : 'outcome.warning')}
              </Badge>
            ),
          },
          { key: 'column', header: t('outcome.column'), cell: (problem) => problem.column ?? '—' },
          { key: 'value', header: t('outcome.value'), cell: (problem) => problem.value ?? '—' },
          { key: 'message', header: t('outcome.reason'), cell: (problem) => problem.message },
        ]}
      />
      <div style={{ padding: '0 16px 16px' }}>
        <Pager cursor={cursor} page={page} data={query.data} pageSize={problemsPageSize} onMove={onMove} />
      </div>
    </Panel>
  )
}
