import { Button, Center, Stack, Text, Title } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { ApiError, OfflineError } from '#web/lib/api.ts'
import { usePageTitle } from '#web/ui/page-header.tsx'
import { ErrorState } from '#web/ui/state-views.tsx'

/** A page that threw. A missing answer gets its own words; anything else is ours to be sorry for. */
export function CrashPage({ error, reset }: { error: unknown; reset?: () => void }) {
  const { t } = useTranslation('shell')
  const heading = usePageTitle(t('state.crash.title'))
  if (error instanceof ApiError || error instanceof OfflineError) return <ErrorState error={error} onRetry={reset} />
  return (
    <Center py={64} px="md">
      <Stack maw="30rem" align="center" ta="center" role="alert">
        <Title order={1} ref={heading} tabIndex={-1}>
          {t('state.crash.title')}
        </Title>
        <Text c="dimmed">{t('state.crash.body')}</Text>
        <Button onClick={() => location.reload()}>{t('action.reload')}</Button>
      </Stack>
    </Center>
  )
}
