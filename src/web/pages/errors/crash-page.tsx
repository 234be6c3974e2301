import { Button, Center, Stack, Text, Title } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { ApiError, OfflineError } from '#web/lib/api.ts'
import { serverAnswers } from '#web/lib/load-part.ts'
import { usePageTitle } from '#web/ui/page-header.tsx'
import { ErrorState } from '#web/ui/state-views.tsx'

/** Loads the page again, but not while that would end at the browser's own error page. */
const reloadWhenBack = async () => {
  if (await serverAnswers()) location.reload()
}

/** A page that threw. A missing answer gets its own words; anything else is ours to be sorry for. */
export function CrashPage({ error }: { error: unknown }) {
  if (error instanceof ApiError || error instanceof OfflineError)
    return <ErrorState error={error} onRetry={() => void reloadWhenBack()} />
  return <Crashed />
}

function Crashed() {
  const { t } = useTranslation('shell')
  const heading = usePageTitle(t('state.crash.title'))
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
