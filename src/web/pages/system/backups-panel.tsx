import { Alert, Button, Text } from '@mantine/core'
import { IconAlertTriangle } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { BackupStanding } from '#web/features/system/backup-standing.tsx'
import { backupsQuery, startBackup } from '#web/features/system/backups.queries.ts'
import { useCan } from '#web/lib/session.ts'
import { ConfirmDialog } from '#web/ui/confirm-dialog.tsx'
import { formatTime } from '#web/ui/formats.ts'
import { notify } from '#web/ui/notices.tsx'
import { Panel } from '#web/ui/panel.tsx'
import { Answer } from './answer.tsx'
import classes from './system-page.module.css'

/** The last backup and the proof that it can be restored. */
export function BackupsPanel() {
  const { t } = useTranslation('status')
  const query = useQuery(backupsQuery)
  const mayStart = useCan('system.edit')
  const [what, setWhat] = useState<'make' | 'prove' | null>(null)
  const running = query.data?.running[0]
  const asked = what ?? 'make'
  return (
    <Panel
      title={t('backups.title')}
      sub={running ? t('backups.running', { time: formatTime(running.startedAt, true) }) : t('backups.sub')}
      actions={
        mayStart &&
        query.data?.target && (
          <>
            <Button variant="default" size="sm" disabled={running !== undefined} onClick={() => setWhat('make')}>
              {t('backups.make')}
            </Button>
            <Button variant="default" size="sm" disabled={running !== undefined} onClick={() => setWhat('prove')}>
              {t('backups.prove')}
            </Button>
          </>
        )
      }
    >
      <Answer query={query}>
        {({ target, made, proved }) =>
          target === null ? (
            <Text size="sm" c="dimmed">
              {t('backups.off')}
            </Text>
          ) : (
            <>
              {!target.encrypted && (
                <Alert color="gold" icon={<IconAlertTriangle size={20} aria-hidden />} mb="md">
                  {t('backups.plain')}
                </Alert>
              )}
              <div className={classes.columns}>
                <BackupStanding kind="made" standing={made} />
                <BackupStanding kind="proved" standing={proved} />
              </div>
            </>
          )
        }
      </Answer>
      <ConfirmDialog
        opened={what !== null}
        onClose={() => setWhat(null)}
        title={t(`backups.${asked}Title`)}
        confirmLabel={t(`backups.${asked}`)}
        onConfirm={async () => {
          await startBackup(asked)
          notify(t(`backups.${asked}Done`))
        }}
      >
        {t(`backups.${asked}Body`)}
      </ConfirmDialog>
    </Panel>
  )
}
