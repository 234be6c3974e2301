import { Button, Center, Group, Loader, Skeleton, Stack, Text, ThemeIcon, Title } from '@mantine/core'
import { IconCloudOff, IconError404, IconInbox, IconLock, IconMoodSad } from '@tabler/icons-react'
import { type ReactNode, useId, useLayoutEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { ApiError, OfflineError } from '#web/lib/api.ts'
import { paths } from '#web/lib/paths.ts'
import { LinkButton } from './app-link.tsx'
import { usePageTitle } from './page-header.tsx'
import { useProblemWords } from './problem-words.ts'

interface FrameProps {
  icon: ReactNode
  tone?: 'green' | 'gray' | 'red' | 'gold'
  title: string
  children?: ReactNode
  actions?: ReactNode
  alert?: boolean
}

function Frame({ icon, tone = 'gray', title, children, actions, alert }: FrameProps) {
  const id = useId()
  const [alone, setAlone] = useState(false)
  // In place of a whole page the message is the page's heading.
  useLayoutEffect(() => setAlone(document.querySelector('h1') === null), [])
  return (
    <Center py={48} px="md" component="section" aria-labelledby={id} role={alert ? 'alert' : undefined}>
      <Stack align="center" gap="sm" maw="30rem" ta="center">
        <ThemeIcon size={56} radius="xl" variant="light" color={tone} aria-hidden>
          {icon}
        </ThemeIcon>
        {alone ? (
          <PageTitle id={id} title={title} />
        ) : (
          <Title order={2} id={id}>
            {title}
          </Title>
        )}
        {children && (
          <Text c="dimmed" component="div">
            {children}
          </Text>
        )}
        {actions && (
          <Group gap="xs" justify="center" mt="xs">
            {actions}
          </Group>
        )}
      </Stack>
    </Center>
  )
}

function PageTitle({ id, title }: { id: string; title: string }) {
  const heading = usePageTitle(title)
  return (
    <Title order={1} size="h2" id={id} ref={heading} tabIndex={-1}>
      {title}
    </Title>
  )
}

/** While data is on its way. `rows` draws the outline of a list. */
export function Loading({ rows = 0 }: { rows?: number }) {
  const { t } = useTranslation('shell')
  return (
    <div role="status" aria-label={t('state.loading')}>
      {rows > 0 ? (
        <Stack gap="sm" py="sm">
          {Array.from({ length: rows }, (_, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: outlines have no identity
            <Skeleton key={index} height={40} />
          ))}
        </Stack>
      ) : (
        <Center py={64}>
          <Loader aria-hidden />
        </Center>
      )}
    </div>
  )
}

/** Nothing there, and what to do about it. */
export const Empty = ({ title, children, actions, icon }: Omit<FrameProps, 'icon'> & { icon?: ReactNode }) => (
  <Frame icon={icon ?? <IconInbox size={28} />} title={title} actions={actions}>
    {children}
  </Frame>
)

export function Offline({ onRetry }: { onRetry?: () => void }) {
  const { t } = useTranslation('shell')
  return (
    <Frame
      icon={<IconCloudOff size={28} />}
      tone="gold"
      title={t('state.offline.title')}
      alert
      actions={onRetry && <Button onClick={onRetry}>{t('action.retry')}</Button>}
    >
      {t('state.offline.body')}
    </Frame>
  )
}

export function Forbidden() {
  const { t } = useTranslation('shell')
  return (
    <Frame
      icon={<IconLock size={28} />}
      tone="gold"
      title={t('state.forbidden.title')}
      actions={
        <LinkButton href={paths.home()} variant="default">
          {t('action.home')}
        </LinkButton>
      }
    >
      {t('state.forbidden.body')}
    </Frame>
  )
}

export function NotFound() {
  const { t } = useTranslation('shell')
  return (
    <Frame
      icon={<IconError404 size={28} />}
      title={t('state.notFound.title')}
      actions={
        <LinkButton href={paths.home()} variant="default">
          {t('action.home')}
        </LinkButton>
      }
    >
      {t('state.notFound.body')}
    </Frame>
  )
}

/** Any failed query: says so, names the reason, offers another try. Never a zero in place of an answer. */
export function ErrorState({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const { t } = useTranslation('shell')
  const words = useProblemWords()
  if (error instanceof OfflineError) return <Offline onRetry={onRetry} />
  if (error instanceof ApiError) {
    if (error.problem.code === 'forbidden') return <Forbidden />
    if (error.problem.code === 'not_found') return <NotFound />
  }
  return (
    <Frame
      icon={<IconMoodSad size={28} />}
      tone="red"
      title={t('state.error.title')}
      alert
      actions={onRetry && <Button onClick={onRetry}>{t('action.retry')}</Button>}
    >
      {words(error)}
      {error instanceof ApiError && (
        <Text size="xs" mt="xs">
          {t('state.error.number', { id: error.problem.requestId })}
        </Text>
      )}
    </Frame>
  )
}
