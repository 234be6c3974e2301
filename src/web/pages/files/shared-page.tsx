import { Alert, Anchor, Button, Group, Loader, Stack, Text } from '@mantine/core'
import { IconDownload, IconExternalLink, IconLinkOff } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useLocation } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import type { ErrorCode } from '#contract/errors.ts'
import { Shown } from '#web/features/files/file-preview.tsx'
import { kindOf } from '#web/features/files/file-words.ts'
import { sharedAddress, sharedFile } from '#web/features/files/files.queries.ts'
import { ApiError } from '#web/lib/api.ts'
import { formatBytes, formatMoment } from '#web/ui/formats.ts'
import { ErrorState } from '#web/ui/state-views.tsx'
import { OpenPage } from '../identity/open-page.tsx'

const over: ReadonlySet<ErrorCode> = new Set(['link_expired', 'not_found', 'invalid_input'])

/** What somebody sees who has a link. The secret stands behind `#`: no log and no other site ever has it. */
export function SharedPage() {
  const { t } = useTranslation('files')
  const secret = useLocation({ select: ({ hash }) => hash })
  const query = useQuery({ ...sharedFile(secret), enabled: secret !== '' })
  const ended = !secret || (query.error instanceof ApiError && over.has(query.error.problem.code))
  if (ended)
    return (
      <OpenPage title={t('shared.endedTitle')}>
        <Alert color="gold" icon={<IconLinkOff aria-hidden />}>
          {t('shared.ended')}
        </Alert>
      </OpenPage>
    )
  if (query.isError) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />
  if (!query.data)
    return (
      <OpenPage title={t('shared.title')}>
        <Loader aria-label={t('preview.loading')} />
      </OpenPage>
    )
  const file = query.data
  const kind = kindOf(file.mediaType)
  const content = sharedAddress(secret, false)
  return (
    <OpenPage
      title={file.name}
      wide
      sub={
        <Stack gap={2}>
          <Text inherit>{t('shared.from')}</Text>
          <Text size="sm" className="tabular">
            {[
              kind && t(`kind.${kind}`),
              formatBytes(file.bytes),
              t('shared.until', { moment: formatMoment(file.expiresAt) }),
            ]
              .filter(Boolean)
              .join(' · ')}
          </Text>
        </Stack>
      }
    >
      {file.hasPreview && (
        <Shown
          kind={kind}
          mediaType={file.mediaType}
          name={file.name}
          content={content}
          picture={kind === 'picture' ? content : undefined}
          thumbnails="none"
        />
      )}
      <Group gap="sm">
        <Button
          component="a"
          href={sharedAddress(secret, true)}
          download
          leftSection={<IconDownload size={16} aria-hidden />}
        >
          {t('file.download', { size: formatBytes(file.bytes) })}
        </Button>
        {kind === 'pdf' && navigator.pdfViewerEnabled && (
          <Anchor href={content} target="_blank" rel="noreferrer">
            <Group gap={6} component="span">
              <IconExternalLink size={16} aria-hidden />
              {t('preview.openPdf')}
            </Group>
          </Anchor>
        )}
      </Group>
    </OpenPage>
  )
}
