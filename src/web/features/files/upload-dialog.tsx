import {
  Alert,
  Button,
  CloseButton,
  FileButton,
  Group,
  Modal,
  Select,
  Stack,
  TagsInput,
  Text,
  Textarea,
} from '@mantine/core'
import { IconAlertTriangle, IconCamera, IconCloudUpload, IconFiles } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { longestFileName, mostTags } from '#contract/files.options.ts'
import type { FileRecord } from '#contract/files.ts'
import { uploadBytesOf } from '#contract/uploads.options.ts'
import type { UploadIntent } from '#contract/uploads.ts'
import { useCan, useSession } from '#web/lib/session.ts'
import { DropZone } from '#web/ui/drop-zone.tsx'
import { formatBytes, formatNumber } from '#web/ui/formats.ts'
import { notify } from '#web/ui/notices.tsx'
import { errorColour } from '#web/ui/theme.ts'
import { type Confidentiality, type FileType, useFileWords } from './file-words.ts'
import { findTags, uploadRoom } from './files.queries.ts'
import classes from './upload-dialog.module.css'
import { openTray } from './upload-door.ts'
import { acceptedFiles, type Fault, faultOf } from './upload-rules.ts'
import { uploadsOf } from './uploads.ts'

/** New files of a record, or one new version of a file. */
export type UploadTarget = { record: FileRecord; recordName: string } | { fileId: string; recordName: string }

interface Props {
  target: UploadTarget
  /** Dropped already. */
  files?: readonly File[]
  onClose: () => void
}

const lineOf = (text: string): string => text.replace(/\p{Cc}+/gu, ' ').trim()
const sameFile = (a: File, b: File) => a.name === b.name && a.size === b.size && a.lastModified === b.lastModified
const touch = () => window.matchMedia('(pointer: coarse)').matches

/** Chooses files and says once what they are; sending goes on in the tray while the person goes on working. */
export function UploadDialog({ target, files: dropped = [], onClose }: Props) {
  const { t } = useTranslation(['files', 'shell'])
  const words = useFileWords()
  const { user } = useSession()
  const version = 'fileId' in target
  const [files, setFiles] = useState<readonly File[]>(version ? dropped.slice(0, 1) : dropped)
  const [type, setType] = useState<FileType | null>(null)
  const [confidentiality, setConfidentiality] = useState<Confidentiality>('internal')
  const [tags, setTags] = useState<string[]>([])
  const [note, setNote] = useState('')
  const levels: Record<Confidentiality, boolean> = {
    public: true,
    internal: useCan('file.read_internal'),
    restricted: useCan('file.read_restricted'),
  }
  const room = useQuery(uploadRoom)
  const knownTags = useQuery({ ...findTags(''), enabled: !version })
  const mostOfRole = uploadBytesOf(user.role)
  const good = files.filter((file) => !faultOf(file, mostOfRole))
  const bytes = good.reduce((sum, { size }) => sum + size, 0)
  const left = room.data && roomLeft(room.data)
  const tooMuch = left !== undefined && left !== null && bytes > left

  function choose(more: readonly File[]) {
    if (version) return setFiles(more.slice(0, 1))
    setFiles((before) => [...before, ...more.filter((file) => !before.some((one) => sameFile(one, file)))])
  }

  async function send() {
    const intent: UploadIntent = version
      ? { fileId: target.fileId, note: lineOf(note) || null }
      : { record: target.record, confidentiality, ...(type && { type }), ...(tags.length > 0 && { tags }) }
    openTray(user.id)
    onClose()
    const taken = await uploadsOf(user.id).add(good, intent, target.recordName)
    if (taken < good.length) notify(t('upload.already', { count: good.length - taken }), 'info')
  }

  return (
    <Modal
      opened
      onClose={onClose}
      size="lg"
      closeOnClickOutside={files.length === 0}
      title={t(version ? 'upload.versionTitle' : 'upload.title', { record: target.recordName })}
      closeButtonProps={{ 'aria-label': t('shell:action.close') }}
    >
      <Stack>
        {room.data?.full && (
          <Alert color="red" icon={<IconAlertTriangle aria-hidden />} title={t('upload.fullTitle')}>
            {t('upload.full')}
          </Alert>
        )}
        <DropZone compact onDrop={choose}>
          <IconCloudUpload size={30} stroke={1.4} aria-hidden className={classes.wide} />
          <Text className={classes.wide}>{t(version ? 'upload.dropOne' : 'upload.drop')}</Text>
          <Group gap="xs" justify="center">
            <FileButton multiple accept={acceptedFiles} onChange={choose}>
              {(props) => (
                <Button {...props} data-autofocus leftSection={<IconFiles size={16} aria-hidden />}>
                  {t(version ? 'upload.chooseOne' : 'upload.choose')}
                </Button>
              )}
            </FileButton>
            {touch() && (
              <FileButton accept="image/*" capture="environment" onChange={(file) => file && choose([file])}>
                {(props) => (
                  <Button {...props} variant="default" leftSection={<IconCamera size={16} aria-hidden />}>
                    {t('upload.camera')}
                  </Button>
                )}
              </FileButton>
            )}
          </Group>
          <Text size="xs" c="dimmed">
            {t('upload.kinds')}
          </Text>
        </DropZone>
        {files.length > 0 && (
          <ul className={classes.files} aria-label={t('upload.chosen')}>
            {[...files.filter((file) => !good.includes(file)), ...good].map((file) => (
              <Chosen
                key={`${file.name} ${file.size} ${file.lastModified}`}
                file={file}
                fault={faultOf(file, mostOfRole)}
                onRemove={() => setFiles((before) => before.filter((one) => one !== file))}
              />
            ))}
          </ul>
        )}
        {version ? (
          <Textarea
            label={t('upload.note')}
            description={t('upload.noteHelp')}
            maxLength={500}
            autosize
            minRows={1}
            value={note}
            onChange={(event) => setNote(event.currentTarget.value)}
          />
        ) : (
          <>
            <Group grow align="flex-start" className={classes.fields}>
              <Select
                label={t('field.confidentiality')}
                description={t(`confidentialityHelp.${confidentiality}`)}
                inputWrapperOrder={['label', 'input', 'description']}
                data={words.confidentialityOptions.filter(({ value }) => levels[value])}
                allowDeselect={false}
                value={levels[confidentiality] ? confidentiality : 'public'}
                onChange={(value) => value && setConfidentiality(value)}
              />
              <Select
                label={t('field.type')}
                description={t('upload.typeHelp')}
                inputWrapperOrder={['label', 'input', 'description']}
                placeholder={t('upload.typeLater')}
                data={words.typeOptions}
                clearable
                searchable
                clearButtonProps={{ 'aria-label': t('upload.clearType') }}
                value={type}
                onChange={setType}
              />
            </Group>
            <TagsInput
              label={t('field.tags')}
              description={t('upload.tagsHelp')}
              inputWrapperOrder={['label', 'input', 'description']}
              data={knownTags.data?.items.map(({ tag }) => tag) ?? []}
              maxTags={mostTags}
              value={tags}
              onChange={setTags}
              clearable={false}
            />
          </>
        )}
        {tooMuch && (
          <Text size="sm" c={errorColour} role="alert">
            {t('upload.tooMuch', { bytes: formatBytes(bytes), left: formatBytes(Math.max(0, left)) })}
          </Text>
        )}
        <Group justify="space-between" gap="xs">
          <Text size="sm" c="dimmed" className="tabular">
            {left !== undefined && left !== null && t('upload.room', { left: formatBytes(Math.max(0, left)) })}
          </Text>
          <Group gap="xs">
            <Button variant="default" onClick={onClose}>
              {t('shell:action.cancel')}
            </Button>
            <Button disabled={good.length === 0 || room.data?.full || tooMuch} onClick={() => void send()}>
              {good.length === 0
                ? t('upload.send')
                : t('upload.sendCount', {
                    count: good.length,
                    formatted: formatNumber(good.length),
                    size: formatBytes(bytes),
                  })}
            </Button>
          </Group>
        </Group>
      </Stack>
    </Modal>
  )
}

interface Room {
  organisation: { used: number; allowed: number } | null
  total: { used: number; allowed: number | null }
}

/** Bytes that may still be added; null has no limit. */
function roomLeft({ organisation, total }: Room): number | null {
  const lefts = [organisation, total].flatMap((one) => (one && one.allowed !== null ? [one.allowed - one.used] : []))
  return lefts.length > 0 ? Math.min(...lefts) : null
}

function Chosen({ file, fault, onRemove }: { file: File; fault: Fault | undefined; onRemove: () => void }) {
  const { t } = useTranslation('files')
  return (
    <li className={classes.file}>
      <div className={classes.about}>
        <Text size="sm" className={classes.name}>
          {file.name}
        </Text>
        <Text size="xs" c={fault ? errorColour : 'dimmed'}>
          {fault ? <FaultWords fault={fault} /> : formatBytes(file.size)}
          {file.name.length > longestFileName && ` · ${t('upload.longName', { most: longestFileName })}`}
        </Text>
      </div>
      <CloseButton size="sm" aria-label={t('upload.leaveOut', { name: file.name })} onClick={onRemove} />
    </li>
  )
}

function FaultWords({ fault }: { fault: Fault }) {
  const { t } = useTranslation('files')
  if (fault.kind === 'empty') return t('fault.empty')
  if (fault.kind === 'unknown') return t('fault.unknown')
  return t(`fault.${fault.kind}`, { most: formatBytes(fault.most) })
}
