import { Group, Text, Title } from '@mantine/core'
import { type ReactNode, useId } from 'react'
import classes from './panel.module.css'

interface Props {
  title: string
  sub?: ReactNode
  actions?: ReactNode
  children: ReactNode
  /** Content runs to the edges (a table, a map). */
  flush?: boolean
}

/** A titled card on a page that is read, not filled in. */
export function Panel({ title, sub, actions, children, flush }: Props) {
  const id = useId()
  return (
    <section className={classes.panel} aria-labelledby={id}>
      <Group justify="space-between" align="flex-start" gap="sm" className={classes.head}>
        <div>
          <Title order={2} size="h3" id={id}>
            {title}
          </Title>
          {sub && (
            <Text size="sm" c="dimmed" component="div">
              {sub}
            </Text>
          )}
        </div>
        {actions && (
          <Group gap="xs" className="no-print">
            {actions}
          </Group>
        )}
      </Group>
      <div className={classes.body} data-flush={flush || undefined}>
        {children}
      </div>
    </section>
  )
}
