import { Alert, Button, Group, Stack } from '@mantine/core'
import { IconArchive, IconDownload, IconMapPin } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { ArchiveFile } from '#web/features/files/archive-file.tsx'
import { FileFacts } from '#web/features/files/file-facts.tsx'
import { ConfidentialityBadge, FileMarks } from '#web/features/files/file-marks.tsx'
import { FilePreview } from '#web/features/files/file-preview.tsx'
import { addressOfRecord, kindOf } from '#web/features/files/file-words.ts'
import { contentAddress, fileById, originalAddress } from '#web/features/files/files.queries.ts'
import { RecordPanel } from '#web/features/files/record-panel.tsx'
import { SharesPanel } from '#web/features/files/shares-panel.tsx'
import { UsesPanel } from '#web/features/files/uses-panel.tsx'
import { VersionsPanel } from '#web/features/files/versions-panel.tsx'
import { paths } from '#web/lib/paths.ts'
import { usePathParam } from '#web/lib/routing.ts'
import { formatBytes } from '#web/ui/formats.ts'
import { PageHeader } from '#web/ui/page-header.tsx'
import { ErrorState, Loading } from '#web/ui/state-views.tsx'
import classes from './file-page.module.css'
import { RecordPicker } from './record-picker.tsx'

export function FilePage() {
  const { t } = useTranslation('files')
  const fileId = usePathParam('fileId')
  const query = useQuery(fileById(fileId))
  if (query.isError && !query.data) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />
  if (!query.data) return <Loading />
  const file = query.data
  const isPicture = kindOf(file.mediaType) === 'picture'
  const cleared = file.scan !== 'infected' && file.scan !== 'unscanned'
  return (
    <>
      <PageHeader
        title={file.name}
        breadcrumbs={[
          { label: t('library.title'), href: paths.files() },
          {
            label: file.record.name,
            href:
              file.record.type === 'community'
                ? `${addressOfRecord(file.record)}?tab=files`
                : addressOfRecord(file.record),
          },
        ]}
        badges={
          <Group gap={8}>
            <ConfidentialityBadge value={file.confidentiality} size="lg" />
            <FileMarks file={file} />
          </Group>
        }
        actions={
          <>
            <ArchiveFile file={file} />
            {file.can.readOriginal && cleared && isPicture && (
              <Button
                component="a"
                href={originalAddress(file.id)}
                download
                variant="default"
                leftSection={<IconMapPin size={16} aria-hidden />}
                title={t('file.originalHelp')}
              >
                {t('file.original', { size: formatBytes(file.bytes) })}
              </Button>
            )}
            {cleared && (!isPicture || file.thumbnails === 'ready') && (
              <Button
                component="a"
                href={contentAddress(file.id, { download: true })}
                download
                leftSection={<IconDownload size={16} aria-hidden />}
                title={isPicture ? t('file.downloadPictureHelp') : undefined}
              >
                {isPicture ? t('file.downloadPicture') : t('file.download', { size: formatBytes(file.bytes) })}
              </Button>
            )}
          </>
        }
      />
      {file.archived && (
        <Alert color="gray" icon={<IconArchive aria-hidden />} title={t('file.archivedTitle')} mb="md">
          {t('file.archived', { reason: file.archiveReason ?? '—' })}
        </Alert>
      )}
      <div className={classes.page}>
        <div className={classes.main}>
          <FilePreview file={file} />
        </div>
        <Stack gap="md" className={classes.aside}>
          <FileFacts file={file} />
          <VersionsPanel file={file} />
          <RecordPanel file={file} recordPicker={RecordPicker} />
          {file.can.share && <SharesPanel file={file} />}
          {file.can.readUses && <UsesPanel fileId={file.id} />}
        </Stack>
      </div>
    </>
  )
}
