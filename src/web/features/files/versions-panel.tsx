import { Anchor, Badge, Group, Text } from '@mantine/core'
import { IconDownload, IconMapPin } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import { formatBytes, formatMoment } from '#web/ui/formats.ts'
import { Panel } from '#web/ui/panel.tsx'
import { kindOf } from './file-words.ts'
import { contentAddress, type FileView, originalAddress } from './files.queries.ts'
import classes from './rows.module.css'
import { UploadButton } from './upload-button.tsx'

/** Every version stays. A new one takes the place of the newest in lists, and the older ones can still be had. */
export function VersionsPanel({ file }: { file: FileView }) {
  const { t } = useTranslation('files')
  const mayUpload = file.can.addVersion && !file.archived
  const cleared = file.scan !== 'infected' && file.scan !== 'unscanned'
  const isPicture = kindOf(file.mediaType) === 'picture'
  return (
    <Panel
      title={t('versions.title')}
      actions={
        mayUpload && (
          <UploadButton variant="default" size="compact-sm" target={{ fileId: file.id, recordName: file.name }}>
            {t('versions.add')}
          </UploadButton>
        )
      }
    >
      <ul className={classes.rows}>
        {file.versions.map((version) => (
          <li key={version.number} className={classes.row}>
            <div className={classes.words}>
              <Group gap={8}>
                <Text size="sm" fw={550}>
                  {t('versions.number', { number: version.number })}
                </Text>
                {version.number === file.versionNumber && (
                  <Badge size="sm" variant="light" color="green">
                    {t('versions.newest')}
                  </Badge>
                )}
              </Group>
              <Text size="sm" className={classes.whole}>
                {version.name}
              </Text>
              {version.note && <Text size="sm">{version.note}</Text>}
              <Text size="xs" c="dimmed" className="tabular">
                {[formatBytes(version.bytes), formatMoment(version.createdAt), version.createdBy?.name]
                  .filter(Boolean)
                  .join(' · ')}
              </Text>
            </div>
            {cleared && (
              <Group gap={12} wrap="nowrap">
                {isPicture && file.can.readOriginal && (
                  <Anchor
                    href={originalAddress(file.id, version.number)}
                    download
                    aria-label={t('versions.originalNumber', { number: version.number })}
                    title={t('file.originalHelp')}
                  >
                    <IconMapPin size={18} aria-hidden />
                  </Anchor>
                )}
                <Anchor
                  href={contentAddress(file.id, { version: version.number, download: true })}
                  download
                  aria-label={t('versions.downloadNumber', { number: version.number })}
                  title={isPicture ? t('file.downloadPictureHelp') : undefined}
                >
                  <IconDownload size={18} aria-hidden />
                </Anchor>
              </Group>
            )}
          </li>
        ))}
      </ul>
    </Panel>
  )
}
