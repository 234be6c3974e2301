import { Badge, Text, Title } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import type { BackupRunKind, BackupVerdict } from '#contract/backups.options.ts'
import type { BackupsView } from '#contract/backups.ts'
import { Facts } from '#web/ui/facts.tsx'
import { formatBytes, formatMeasure, formatMoment, formatNumber } from '#web/ui/formats.ts'
import classes from './backup-standing.module.css'

const colours: Record<BackupVerdict, string> = { off: 'gray', none: 'gold', failed: 'red', old: 'red', good: 'green' }

interface Props {
  kind: BackupRunKind
  standing: BackupsView['made']
}

/** How backups, or their proofs, stand: the last one with its figures, and the last good one when that is another. */
export function BackupStanding({ kind, standing: { verdict, last, lastGood } }: Props) {
  const { t } = useTranslation('status')
  const isBad = verdict === 'failed' || verdict === 'old'
  return (
    <section className={classes.standing}>
      <div className={classes.head}>
        <Title order={3} size="h5">
          {t(`backups.${kind}.title`)}
        </Title>
        <Badge variant="light" color={colours[verdict]}>
          {t(`backups.verdict.${verdict}`)}
        </Badge>
      </div>
      {last && (
        <Facts
          items={[
            { label: t('backups.fact.at'), value: formatMoment(last.startedAt) },
            {
              label: t('backups.fact.took'),
              value: last.seconds === null ? null : t('backups.seconds', { value: formatMeasure(last.seconds) }),
            },
            {
              label: t('backups.fact.rows'),
              value:
                last.rows === null
                  ? null
                  : t('backups.fact.rowsOf', { rows: formatNumber(last.rows), tables: formatNumber(last.tables) }),
            },
            {
              label: t('backups.fact.files'),
              value:
                last.objects === null
                  ? null
                  : t(kind === 'made' ? 'backups.fact.filesNew' : 'backups.fact.filesCompared', {
                      all: formatNumber(last.objects),
                      done: formatNumber(last.objectsDone),
                    }),
            },
            {
              label: t(kind === 'made' ? 'backups.fact.bytes' : 'backups.fact.bytesRead'),
              value: last.bytes === null ? null : formatBytes(last.bytes),
            },
            ...(isBad
              ? [
                  {
                    label: t('backups.fact.lastGood'),
                    value: lastGood ? formatMoment(lastGood.startedAt) : t('backups.never'),
                  },
                ]
              : []),
          ]}
        />
      )}
      {last?.problem && (
        <div role="alert" className={classes.problem}>
          <Text size="sm" fw={500}>
            {t('backups.fact.problem')}
          </Text>
          <Text size="sm" lang="en">
            {last.problem}
          </Text>
        </div>
      )}
    </section>
  )
}
