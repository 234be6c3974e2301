import { Anchor, Button, FileButton, Group, Loader, Text } from '@mantine/core'
import { IconDownload, IconFileSpreadsheet } from '@tabler/icons-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { maxImportBytes } from '#contract/imports.options.ts'
import { addressOf } from '#web/lib/api.ts'
import { newOnceKey } from '#web/lib/once-key.ts'
import { paths } from '#web/lib/paths.ts'
import { useGo } from '#web/lib/routing.ts'
import { DropZone } from '#web/ui/drop-zone.tsx'
import { FormProblem } from '#web/ui/field-problems.tsx'
import { formatBytes } from '#web/ui/formats.ts'
import { Panel } from '#web/ui/panel.tsx'
import { errorColour } from '#web/ui/theme.ts'
import { uploadImport } from './imports.queries.ts'
import classes from './new-import.module.css'

const accepted = '.csv,.tsv,.txt,.xlsx,text/csv,application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'

const most = `${Math.floor(maxImportBytes / 2 ** 20)} MB`

/** Drop or choose a file; it is checked at once and nothing is registered before the person says so. */
export function NewImport() {
  const { t } = useTranslation('registry')
  const go = useGo()
  const [sending, setSending] = useState<File>()
  const [error, setError] = useState<unknown>()
  const [tooLarge, setTooLarge] = useState<File>()

  async function send(file: File | null | undefined) {
    if (!file || sending) return
    setError(undefined)
    setTooLarge(undefined)
    if (file.size > maxImportBytes) return setTooLarge(file)
    setSending(file)
    try {
      const made = await uploadImport(file, newOnceKey())
      await go(paths.import(made.id))
    } catch (failure) {
      setError(failure)
      setSending(undefined)
    }
  }

  return (
    <Panel title={t('imports.newTitle')} sub={t('imports.newSub')}>
      <FormProblem error={error} title={t('imports.notTaken')} />
      {tooLarge && (
        <Text role="alert" c={errorColour} size="sm" mb="xs">
          {t('imports.tooLarge', {
            name: tooLarge.name,
            size: formatBytes(tooLarge.size),
            most,
          })}
        </Text>
      )}
      <DropZone onDrop={([file]) => void send(file)}>
        {sending ? (
          <Group gap="sm" role="status">
            <Loader size="sm" aria-hidden />
            {t('imports.sending', { name: sending.name, size: formatBytes(sending.size) })}
          </Group>
        ) : (
          <>
            <IconFileSpreadsheet size={32} stroke={1.4} aria-hidden />
            <Text>{t('imports.drop')}</Text>
            <FileButton onChange={(file) => void send(file)} accept={accepted}>
              {(props) => <Button {...props}>{t('imports.choose')}</Button>}
            </FileButton>
            <Text size="sm" c="dimmed">
              {t('imports.kinds', { most })}
            </Text>
          </>
        )}
      </DropZone>
      <Group mt="md">
        <Anchor href={addressOf('GET /api/v1/imports/template')} download size="sm">
          <Group gap={6}>
            <IconDownload size={16} aria-hidden />
            {t('imports.template')}
          </Group>
        </Anchor>
      </Group>
    </Panel>
  )
}

const understood = [
  'name',
  'place',
  'status',
  'statusSource',
  'statusDate',
  'population',
  'groups',
  'position',
  'officeId',
  'others',
] as const

/** What a file may hold, in the office's words. */
export function ColumnGuide() {
  const { t } = useTranslation('registry')
  return (
    <Panel title={t('imports.columnsTitle')} sub={t('imports.columnsSub')}>
      <table className={classes.columns}>
        <tbody>
          {understood.map((column) => (
            <tr key={column}>
              <th scope="row">{t(`importColumn.${column}.name`)}</th>
              <td>{t(`importColumn.${column}.about`)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Panel>
  )
}
