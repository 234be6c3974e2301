import { Group, Text } from '@mantine/core'
import { IconFiles } from '@tabler/icons-react'
import { type DragEvent, type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useCan } from '#web/lib/session.ts'
import { Empty } from '#web/ui/state-views.tsx'
import classes from './file-list.module.css'
import { FileList } from './file-list.tsx'
import type { FileRecord } from './files.queries.ts'
import type { LibrarySearch } from './list-search.ts'
import { UploadButton, useUploadDialog } from './upload-button.tsx'

interface Props {
  record: FileRecord
  recordName: string
  search: LibrarySearch
  onChange: (change: Partial<LibrarySearch>) => void
  /** Of this record, where the page knows more than the role says. */
  canUpload?: boolean
  /** Words or buttons of the page beside “Add files”. */
  beside?: ReactNode
}

const holdsFiles = (event: DragEvent) => event.dataTransfer.types.includes('Files')

/** The files of one record, and how to add more: the same on every record. */
export function FilesPanel({ record, recordName, search, onChange, canUpload, beside }: Props) {
  const { t } = useTranslation('files')
  const mayUpload = useCan('file.upload') && canUpload !== false
  const target = { record, recordName }
  const { open, dialog } = useUploadDialog(target)
  const [over, setOver] = useState(false)
  const add = mayUpload && <UploadButton target={target}>{t('panel.add')}</UploadButton>
  const drops = mayUpload && {
    onDragOver: (event: DragEvent) => {
      if (!holdsFiles(event)) return
      event.preventDefault()
      setOver(true)
    },
    onDragLeave: () => setOver(false),
    onDrop: (event: DragEvent) => {
      if (!holdsFiles(event)) return
      event.preventDefault()
      setOver(false)
      void open([...event.dataTransfer.files])
    },
  }
  return (
    <section
      className={classes.drop}
      data-over={over || undefined}
      aria-label={t('panel.of', { record: recordName })}
      {...drops}
    >
      {(add || beside) && (
        <Group justify="space-between" mb="md" gap="sm" className="no-print">
          <Text size="sm" c="dimmed" maw="36rem">
            {mayUpload && t('panel.hint')}
          </Text>
          <Group gap="xs">
            {beside}
            {add}
          </Group>
        </Group>
      )}
      <FileList
        search={search}
        onChange={onChange}
        about={record}
        empty={
          <Empty icon={<IconFiles size={28} />} title={t('panel.none')}>
            {t(mayUpload ? 'panel.noneHelp' : 'panel.noneSeen')}
          </Empty>
        }
      />
      {dialog}
    </section>
  )
}
