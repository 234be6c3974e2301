import { Text, ThemeIcon, Title } from '@mantine/core'
import { IconAlertTriangle, IconCircleCheck, IconCloudOff } from '@tabler/icons-react'
import { useId } from 'react'
import { useTranslation } from 'react-i18next'
import type { FindingView, SystemView } from '#contract/system.ts'
import { formatBytes, formatNumber, formatTime } from '#web/ui/formats.ts'
import { useProblemWords } from '#web/ui/problem-words.ts'
import classes from './status-band.module.css'
import { usePartWords } from './use-part-words.ts'
import { useSpanWords } from './use-span-words.ts'
import { type Concern, concernsOf } from './verdict.ts'

function useConcernWords(): (concern: Concern) => string {
  const { t } = useTranslation('status')
  const partWords = usePartWords()
  return (concern) => {
    switch (concern.kind) {
      case 'notReady':
        return t('concern.notReady', { name: partWords(concern.name), why: concern.why })
      case 'errors':
      case 'findings':
        return t(`concern.${concern.kind}`, { count: concern.count })
      case 'space':
        return t('concern.space', { free: formatBytes(concern.freeBytes) })
      case 'connections':
        return t('concern.connections', { used: formatNumber(concern.used), allowed: formatNumber(concern.allowed) })
      case 'versions':
        return t('concern.versions', { versions: concern.versions.join(', ') })
      default:
        return t(`concern.${concern.kind}`)
    }
  }
}

interface Props {
  system: SystemView
  findings: readonly FindingView[] | undefined
  /** Why the last question got no answer, while an older answer is still shown. */
  error: unknown
}

/** All is well, or what needs a look; and of when that is. */
export function StatusBand({ system, findings, error }: Props) {
  const { t } = useTranslation('status')
  const id = useId()
  const words = useProblemWords()
  const concernWords = useConcernWords()
  const spanWords = useSpanWords()
  const concerns = concernsOf(system, findings)
  const state = error ? 'unknown' : concerns.length > 0 ? 'look' : 'well'
  const oldest = system.processes.map(({ startedAt }) => startedAt).sort()[0]
  const [tone, Icon] = {
    well: ['green', IconCircleCheck] as const,
    look: ['gold', IconAlertTriangle] as const,
    unknown: ['gray', IconCloudOff] as const,
  }[state]
  return (
    <section className={classes.band} data-state={state} aria-labelledby={id}>
      <ThemeIcon size={44} radius="xl" variant="light" color={tone} aria-hidden>
        <Icon size={24} />
      </ThemeIcon>
      <div className={classes.words}>
        <div role="status">
          <Title order={2} size="h3" id={id}>
            {t(`band.${state}`)}
          </Title>
        </div>
        {error ? (
          <Text size="sm">{words(error)}</Text>
        ) : concerns.length > 0 ? (
          <ul className={classes.concerns}>
            {concerns.map((concern) => (
              <li key={concernWords(concern)}>{concernWords(concern)}</li>
            ))}
          </ul>
        ) : null}
        <Text size="sm" c="dimmed" className="tabular">
          {[
            t('band.version', { version: system.version }),
            oldest && t('band.up', { span: spanWords(oldest, system.now) }),
            t('band.asOf', { time: formatTime(system.now, true) }),
          ]
            .filter(Boolean)
            .join(' · ')}
        </Text>
      </div>
    </section>
  )
}
