import { Button, Text } from '@mantine/core'
import { IconArchive, IconArchiveOff } from '@tabler/icons-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { ConfirmDialog } from '#web/ui/confirm-dialog.tsx'
import { archiveFile, type FileView, restoreFile } from './files.queries.ts'

export function ArchiveFile({ file }: { file: FileView }) {
  const { t } = useTranslation('files')
  const [opened, setOpened] = useState(false)
  if (!file.can.archive) return null
  const { archived, id, version, name } = file
  return (
    <>
      <Button
        variant="default"
        leftSection={archived ? <IconArchiveOff size={16} aria-hidden /> : <IconArchive size={16} aria-hidden />}
        onClick={() => setOpened(true)}
      >
        {archived ? t('archive.restore') : t('archive.archive')}
      </Button>
      <ConfirmDialog
        opened={opened}
        onClose={() => setOpened(false)}
        title={archived ? t('archive.restoreTitle', { name }) : t('archive.archiveTitle', { name })}
        confirmLabel={archived ? t('archive.restore') : t('archive.archive')}
        reason={archived ? undefined : { label: t('archive.reason'), maxLength: 500 }}
        onConfirm={(reason) => (archived ? restoreFile(id, { version }) : archiveFile(id, { reason, version }))}
      >
        <Text size="sm">{archived ? t('archive.restoreBody') : t('archive.archiveBody')}</Text>
      </ConfirmDialog>
    </>
  )
}
