import { Button, CloseButton, Group, Menu, Modal, Stack, Text } from '@mantine/core'
import { IconArrowsMove, IconLink } from '@tabler/icons-react'
import { useMutation } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { newOnceKey } from '#web/lib/once-key.ts'
import { AppLink } from '#web/ui/app-link.tsx'
import { FormProblem } from '#web/ui/field-problems.tsx'
import { notify } from '#web/ui/notices.tsx'
import { Panel } from '#web/ui/panel.tsx'
import { addressOfRecord } from './file-words.ts'
import { changeFile, type FileRecord, type FileView, linkFile, unlinkFile } from './files.queries.ts'
import classes from './rows.module.css'

/** Chooses a record of any kind; it belongs to the page, since communities, places and organisations are other features. */
export type RecordPicker = (props: {
  value: FileRecord | null
  onChange: (record: FileRecord | null) => void
  withFolders: boolean
}) => ReactNode

interface Props {
  file: FileView
  recordPicker: RecordPicker
}

/** Where the file belongs, which says who may see it, and what else it is about. */
export function RecordPanel({ file, recordPicker }: Props) {
  const { t } = useTranslation('files')
  const [doing, setDoing] = useState<'move' | 'link'>()
  const unlink = useMutation({ mutationFn: (linkId: string) => unlinkFile(file.id, linkId) })
  const mayEdit = file.can.edit && !file.archived
  return (
    <Panel
      title={t('record.title')}
      sub={t('record.sub')}
      actions={
        mayEdit && (
          <Menu position="bottom-end">
            <Menu.Target>
              <Button variant="default" size="compact-sm">
                {t('record.change')}
              </Button>
            </Menu.Target>
            <Menu.Dropdown>
              <Menu.Item leftSection={<IconLink size={16} aria-hidden />} onClick={() => setDoing('link')}>
                {t('record.link')}
              </Menu.Item>
              <Menu.Item leftSection={<IconArrowsMove size={16} aria-hidden />} onClick={() => setDoing('move')}>
                {t('record.move')}
              </Menu.Item>
            </Menu.Dropdown>
          </Menu>
        )
      }
    >
      <FormProblem error={unlink.error} />
      <ul className={classes.rows}>
        <li className={classes.row}>
          <div className={classes.words}>
            <AppLink href={addressOfRecord(file.record)} fw={550} className={classes.whole}>
              {file.record.name}
            </AppLink>
            <Text size="xs" c="dimmed">
              {t('record.home', { kind: t(`recordType.${file.record.type}`) })}
            </Text>
          </div>
        </li>
        {file.links.map((link) => (
          <li key={link.linkId} className={classes.row}>
            <div className={classes.words}>
              <AppLink href={addressOfRecord(link)} className={classes.whole}>
                {link.name}
              </AppLink>
              <Text size="xs" c="dimmed">
                {t('record.about', { kind: t(`recordType.${link.type}`) })}
              </Text>
            </div>
            {mayEdit && (
              <CloseButton
                size="sm"
                aria-label={t('record.unlink', { name: link.name })}
                onClick={() => unlink.mutate(link.linkId)}
              />
            )}
          </li>
        ))}
      </ul>
      {doing && (
        <RecordDialog file={file} doing={doing} recordPicker={recordPicker} onClose={() => setDoing(undefined)} />
      )}
    </Panel>
  )
}

function RecordDialog({ file, doing, recordPicker, onClose }: Props & { doing: 'move' | 'link'; onClose: () => void }) {
  const { t } = useTranslation(['files', 'shell'])
  const [record, setRecord] = useState<FileRecord | null>(null)
  const [onceKey] = useState(newOnceKey)
  const save = useMutation({
    mutationFn: (chosen: FileRecord) =>
      doing === 'move'
        ? changeFile(file.id, { record: chosen, version: file.version })
        : linkFile(file.id, chosen, onceKey),
    onSuccess: () => {
      notify(t(doing === 'move' ? 'record.moved' : 'record.linked'))
      onClose()
    },
  })
  return (
    <Modal
      opened
      onClose={onClose}
      title={t(`record.${doing}`)}
      closeButtonProps={{ 'aria-label': t('shell:action.close') }}
    >
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault()
          if (record) save.mutate(record)
        }}
      >
        <Stack>
          <Text size="sm">{t(doing === 'move' ? 'record.moveHelp' : 'record.linkHelp')}</Text>
          <FormProblem error={save.error} />
          {recordPicker({ value: record, onChange: setRecord, withFolders: doing === 'move' })}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              {t('shell:action.cancel')}
            </Button>
            <Button type="submit" disabled={!record} loading={save.isPending}>
              {t(`record.${doing}Verb`)}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}
