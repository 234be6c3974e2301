import { Badge, Text } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import type { FindingLevel } from '#contract/system.options.ts'
import type { FindingView } from '#contract/system.ts'
import classes from './findings-list.module.css'

const colours: Record<FindingLevel, string> = { error: 'red', warning: 'gold', info: 'gray' }

/** What the checks found, the worst first; what they say is in English, as on the command line. */
export function FindingsList({ findings }: { findings: readonly FindingView[] }) {
  const { t } = useTranslation('status')
  return (
    <ul className={classes.list}>
      {findings.map(({ id, level, what, mend }) => (
        <li key={`${id} ${what}`}>
          <Badge variant="light" color={colours[level]} className={classes.level}>
            {t(`level.${level}`)}
          </Badge>
          <div className={classes.words} lang="en">
            <Text size="sm" fw={500}>
              {what}
            </Text>
            <Text size="sm" c="dimmed">
              {mend}
            </Text>
          </div>
          <Text size="xs" c="dimmed" ff="monospace" className={classes.id}>
            {id}
          </Text>
        </li>
      ))}
    </ul>
  )
}
