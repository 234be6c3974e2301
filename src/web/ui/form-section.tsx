import { Text, Title } from '@mantine/core'
import { type ReactNode, useId } from 'react'
import classes from './form-section.module.css'

interface Props {
  title: string
  /** What belongs here, in one sentence. */
  description?: ReactNode
  children: ReactNode
  /** Buttons of the section, when it saves on its own. */
  footer?: ReactNode
}

/** A part of a form or record: its name on the left, its content in a card; below each other on a narrow page. */
export function FormSection({ title, description, children, footer }: Props) {
  const id = useId()
  return (
    <section className={classes.section} aria-labelledby={id}>
      <div className={classes.about}>
        <Title order={2} size="h3" id={id}>
          {title}
        </Title>
        {description && (
          <Text size="sm" c="dimmed" component="div">
            {description}
          </Text>
        )}
      </div>
      <div className={classes.card}>
        <div className={classes.fields}>{children}</div>
        {footer && <div className={classes.footer}>{footer}</div>}
      </div>
    </section>
  )
}
