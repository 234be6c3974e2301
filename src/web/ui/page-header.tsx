import { Breadcrumbs, Group, Stack, Text, Title } from '@mantine/core'
import { useRouterState } from '@tanstack/react-router'
import { type ReactNode, useEffect, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import { AppLink } from './app-link.tsx'
import classes from './page-header.module.css'

let lastPath: string | undefined

/** Names the browser tab and moves the focus to the heading after a change of page. */
export function usePageTitle(title: string) {
  const heading = useRef<HTMLHeadingElement>(null)
  // The address of the page that stands here, not of the one that is being loaded.
  const pathname = useRouterState({ select: (state) => state.resolvedLocation?.pathname })
  useEffect(() => {
    document.title = `${title} · OBCMS`
  }, [title])
  useEffect(() => {
    if (pathname === undefined) return
    // A page that puts the cursor into its first field knows better.
    const typing = document.activeElement?.matches('#content :is(input, textarea)') ?? false
    if (lastPath !== undefined && lastPath !== pathname && !typing) heading.current?.focus({ preventScroll: true })
    lastPath = pathname
  }, [pathname])
  return heading
}

export interface Crumb {
  label: string
  href: string
}

interface Props {
  title: string
  /** One sentence: what this page is for, or where the record belongs. */
  sub?: ReactNode
  /** Status and marks beside the title. */
  badges?: ReactNode
  actions?: ReactNode
  /** The way here, without the page itself. */
  breadcrumbs?: Crumb[]
}

export function PageHeader({ title, sub, badges, actions, breadcrumbs = [] }: Props) {
  const { t } = useTranslation('shell')
  const heading = usePageTitle(title)
  return (
    <header className={classes.header}>
      {breadcrumbs.length > 0 && (
        <nav aria-label={t('page.breadcrumbs')} className="no-print">
          <Breadcrumbs separator="›" separatorMargin={6} classNames={{ root: classes.crumbs }}>
            {breadcrumbs.map((crumb) => (
              <AppLink key={crumb.href} href={crumb.href} size="sm">
                {crumb.label}
              </AppLink>
            ))}
          </Breadcrumbs>
        </nav>
      )}
      <Group justify="space-between" align="flex-start" gap="md">
        <Stack gap={4} className={classes.words}>
          <Group gap="sm">
            <Title order={1} ref={heading} tabIndex={-1}>
              {title}
            </Title>
            {badges}
          </Group>
          {sub && (
            <Text c="dimmed" component="div" maw="44rem">
              {sub}
            </Text>
          )}
        </Stack>
        {actions && (
          <Group gap="xs" className="no-print">
            {actions}
          </Group>
        )}
      </Group>
    </header>
  )
}
