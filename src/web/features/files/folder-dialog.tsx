import { Button, Group, Modal, Stack, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import { useMutation } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { newOnceKey } from '#web/lib/once-key.ts'
import { paths } from '#web/lib/paths.ts'
import { useGo } from '#web/lib/routing.ts'
import { FormProblem, useFieldProblems } from '#web/ui/field-problems.tsx'
import { notify } from '#web/ui/notices.tsx'
import { changeFolder, createFolder, type FolderView } from './files.queries.ts'
import { FolderPicker } from './folder-picker.tsx'

interface NewProps {
  parent?: Pick<FolderView, 'id' | 'name'>
  organisationId?: string
  /** At the top: whose it is. The picker of organisations belongs to another feature; the page brings it. */
  organisationPicker?: (props: { value: string | null; onChange: (id: string | null) => void }) => ReactNode
  onClose: () => void
}

export function NewFolderDialog({ parent, organisationId, organisationPicker, onClose }: NewProps) {
  const { t } = useTranslation(['files', 'shell'])
  const go = useGo()
  const fieldsOf = useFieldProblems()
  const [onceKey] = useState(newOnceKey)
  const [owner, setOwner] = useState<string | null>(organisationId ?? null)
  const form = useForm({
    initialValues: { name: '' },
    validate: { name: (name) => (name.trim() ? null : t('shell:form.required')) },
  })
  const make = useMutation({
    mutationFn: () =>
      createFolder(
        { name: form.values.name, ...(parent ? { parentId: parent.id } : owner && { organisationId: owner }) },
        onceKey,
      ),
    onSuccess: (made) => {
      onClose()
      void go(paths.files({ folder: made.id }))
    },
    onError: (error) => form.setErrors(fieldsOf(error)),
  })
  return (
    <Modal
      opened
      onClose={onClose}
      title={parent ? t('folder.newIn', { name: parent.name }) : t('folder.new')}
      closeButtonProps={{ 'aria-label': t('shell:action.close') }}
    >
      <form noValidate onSubmit={form.onSubmit(() => make.mutate())}>
        <Stack>
          <FormProblem error={make.error} shown={['name']} />
          <TextInput
            data-autofocus
            label={t('field.folderName')}
            required
            maxLength={100}
            {...form.getInputProps('name')}
          />
          {!parent && !organisationId && organisationPicker?.({ value: owner, onChange: setOwner })}
          <Buttons onClose={onClose} busy={make.isPending} label={t('folder.create')} />
        </Stack>
      </form>
    </Modal>
  )
}

interface ChangeProps {
  folder: FolderView
  onClose: () => void
}

/** Another name, or another place among the folders of the same owner. */
export function ChangeFolderDialog({ folder, onClose }: ChangeProps) {
  const { t } = useTranslation(['files', 'shell'])
  const fieldsOf = useFieldProblems()
  const form = useForm({
    initialValues: { name: folder.name, parentId: folder.parentId },
    validate: { name: (name) => (name.trim() ? null : t('shell:form.required')) },
  })
  const save = useMutation({
    mutationFn: () =>
      changeFolder(folder.id, {
        ...(form.isDirty('name') && { name: form.values.name }),
        ...(form.isDirty('parentId') && { parentId: form.values.parentId }),
        version: folder.version,
      }),
    onSuccess: () => {
      notify(t('shell:form.saved'))
      onClose()
    },
    onError: (error) => form.setErrors(fieldsOf(error)),
  })
  return (
    <Modal
      opened
      onClose={onClose}
      title={t('folder.changeTitle', { name: folder.name })}
      closeButtonProps={{ 'aria-label': t('shell:action.close') }}
    >
      <form noValidate onSubmit={form.onSubmit(() => save.mutate())}>
        <Stack>
          <FormProblem error={save.error} shown={['name', 'parentId']} />
          <TextInput
            data-autofocus
            label={t('field.folderName')}
            required
            maxLength={100}
            {...form.getInputProps('name')}
          />
          <FolderPicker
            label={t('folder.lies')}
            organisationId={folder.organisation?.id}
            ownerName={folder.organisation?.name ?? t('folder.office')}
            without={folder.id}
            value={form.values.parentId}
            path={folder.path}
            onChange={(parentId) => form.setFieldValue('parentId', parentId)}
            error={form.errors.parentId}
            top
          />
          <Buttons onClose={onClose} busy={save.isPending} disabled={!form.isDirty()} label={t('shell:action.save')} />
        </Stack>
      </form>
    </Modal>
  )
}

interface ButtonsProps {
  onClose: () => void
  busy: boolean
  disabled?: boolean
  label: string
}

function Buttons({ onClose, busy, disabled, label }: ButtonsProps) {
  const { t } = useTranslation('shell')
  return (
    <Group justify="flex-end" gap="xs">
      <Button variant="default" onClick={onClose}>
        {t('action.cancel')}
      </Button>
      <Button type="submit" loading={busy} disabled={disabled}>
        {label}
      </Button>
    </Group>
  )
}
