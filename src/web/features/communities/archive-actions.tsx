import { Button, Text } from '@mantine/core'
import { IconArchive, IconArchiveOff } from '@tabler/icons-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { ConfirmDialog } from '#web/ui/confirm-dialog.tsx'
import { archiveCommunity, type CommunityView, restoreCommunity } from './communities.queries.ts'

/** Nothing is deleted: a record is archived with a reason and can be brought back. */
export function ArchiveAction({ community }: { community: CommunityView }) {
  const { t } = useTranslation('registry')
  const [opened, setOpened] = useState(false)
  if (!community.can.archive) return null
  const { archived, id, version, name } = community
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
        reason={archived ? undefined : { label: t('archive.reason'), description: t('archive.reasonHelp') }}
        onConfirm={(reason) =>
          archived ? restoreCommunity(id, { version }) : archiveCommunity(id, { reason, version })
        }
      >
        <Text size="sm">{archived ? t('archive.restoreBody') : t('archive.archiveBody')}</Text>
      </ConfirmDialog>
    </>
  )
}
