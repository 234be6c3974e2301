import { Anchor, Paper, Stack, Text, Title } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { ApiError, call } from '#web/lib/api.ts'
import { paths } from '#web/lib/paths.ts'
import { AppLink } from '#web/ui/app-link.tsx'
import { formatMoment } from '#web/ui/formats.ts'
import { Empty, ErrorState, Loading } from '#web/ui/state-views.tsx'
import { OpenPage } from '../identity/open-page.tsx'

const refreshMs = 5_000

/** Links of a letter can be followed; the rest stays as it was sent. */
const withLinks = (words: string) =>
  words.split(/(https?:\/\/\S+)/).map((part, index) =>
    index % 2 === 1 ? (
      // biome-ignore lint/suspicious/noArrayIndexKey: parts of a fixed text
      <Anchor key={index} href={part} underline="always" style={{ overflowWrap: 'anywhere' }}>
        {part}
      </Anchor>
    ) : (
      part
    ),
  )

export function DevMailPage() {
  const { t } = useTranslation(['people', 'shell'])
  const { data, error, refetch } = useQuery({
    queryKey: ['dev-mail'],
    queryFn: ({ signal }) => call('GET /api/v1/dev/mail', { signal }),
    refetchInterval: refreshMs,
  })
  if (error instanceof ApiError && error.problem.code === 'not_found')
    return <OpenPage title={t('people:devMail.off')}>{t('people:devMail.offBody')}</OpenPage>
  return (
    <OpenPage
      wide
      title={t('people:devMail.title')}
      sub={
        <>
          {t('people:devMail.sub')}{' '}
          <AppLink href={paths.home()} underline="always">
            {t('shell:action.home')}
          </AppLink>
        </>
      }
    >
      {error && !data ? (
        <ErrorState error={error} onRetry={() => void refetch()} />
      ) : !data ? (
        <Loading rows={3} />
      ) : data.items.length === 0 ? (
        <Empty title={t('people:devMail.none')}>{t('people:devMail.noneBody')}</Empty>
      ) : (
        <Stack>
          {data.items.map((letter) => (
            <Paper key={letter.id} component="article" withBorder p="md">
              <Title order={2} size="h3">
                {letter.subject}
              </Title>
              <Text size="sm" c="dimmed" mb="xs" style={{ overflowWrap: 'anywhere' }}>
                {`${t('people:devMail.to', { address: letter.to })} · ${formatMoment(letter.at)}`}
              </Text>
              <Text size="sm" style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}>
                {withLinks(letter.text)}
              </Text>
            </Paper>
          ))}
        </Stack>
      )}
    </OpenPage>
  )
}
