import { Alert, Button, Group, Modal, Select, Stack, TagsInput, Text, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import { IconArrowsSplit2 } from '@tabler/icons-react'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { longestFileName, mostTags } from '#contract/files.options.ts'
import { ApiError } from '#web/lib/api.ts'
import { FormProblem, useFieldProblems } from '#web/ui/field-problems.tsx'
import { formatMoment } from '#web/ui/formats.ts'
import { notify } from '#web/ui/notices.tsx'
import { useFileWords } from './file-words.ts'
import { changeFile, type FileView, findTags, freshFile } from './files.queries.ts'

const fields = ['name', 'type', 'confidentiality', 'tags'] as const
type Field = (typeof fields)[number]
type Values = Pick<FileView, Field>

const valuesOf = ({ name, type, confidentiality, tags }: FileView): Values => ({ name, type, confidentiality, tags })
const same = (a: Values[Field], b: Values[Field]) => JSON.stringify(a) === JSON.stringify(b)

/** Sends what was changed and nothing else. When somebody else changed the same field meanwhile, both values are shown. */
export function EditFileDialog({ file, onClose }: { file: FileView; onClose: () => void }) {
  const { t } = useTranslation(['files', 'shell'])
  const words = useFileWords()
  const fieldsOf = useFieldProblems()
  const tags = useQuery(findTags(''))
  const [seen, setSeen] = useState(file)
  const [theirs, setTheirs] = useState<FileView>()
  const form = useForm<Values>({
    initialValues: valuesOf(file),
    validate: { name: (name) => (name.trim() ? null : t('shell:form.required')) },
  })
  const mine = (from: FileView) => fields.filter((field) => !same(form.values[field], from[field]))

  async function send(from: FileView, changed: readonly Field[]) {
    const body = Object.fromEntries(changed.map((field) => [field, form.values[field]]))
    return changeFile(file.id, { ...body, version: from.version })
  }

  const save = useMutation({
    mutationFn: async () => {
      const changed = mine(seen)
      try {
        return await send(seen, changed)
      } catch (error) {
        if (!(error instanceof ApiError) || error.problem.code !== 'stale_version') throw error
        const now = await freshFile(file.id)
        const both = changed.filter((field) => !same(now[field], seen[field]) && !same(now[field], form.values[field]))
        if (both.length === 0) return send(now, changed)
        setTheirs(now)
        return undefined
      }
    },
    onSuccess: (saved) => {
      if (!saved) return
      notify(t('shell:form.saved'))
      onClose()
    },
    onError: (error) => form.setErrors(fieldsOf(error)),
  })

  const collisions = theirs
    ? fields.filter(
        (field) =>
          !same(theirs[field], seen[field]) &&
          !same(theirs[field], form.values[field]) &&
          !same(form.values[field], seen[field]),
      )
    : []

  /** The other’s change becomes what this one starts from. */
  function settle(keepMine: boolean) {
    if (!theirs) return
    const merged = { ...valuesOf(theirs) }
    for (const field of fields)
      if (!same(form.values[field], seen[field]) && (keepMine || !collisions.includes(field)))
        Object.assign(merged, { [field]: form.values[field] })
    form.setValues(merged)
    setSeen(theirs)
    setTheirs(undefined)
  }

  function say(field: Field, values: Values): string {
    if (field === 'type') return words.type(values.type)
    if (field === 'confidentiality') return words.confidentiality(values.confidentiality)
    if (field === 'tags') return values.tags.join(', ') || '—'
    return values.name
  }

  return (
    <Modal
      opened
      onClose={onClose}
      closeOnClickOutside={!form.isDirty()}
      title={t('edit.title')}
      closeButtonProps={{ 'aria-label': t('shell:action.close') }}
    >
      <form noValidate onSubmit={form.onSubmit(() => save.mutate())}>
        <Stack>
          {theirs && (
            <Alert color="gold" role="alert" icon={<IconArrowsSplit2 aria-hidden />} title={t('edit.staleTitle')}>
              <Stack gap="xs">
                <Text size="sm">{t('edit.stale', { moment: formatMoment(theirs.updatedAt) })}</Text>
                {collisions.map((field) => (
                  <div key={field}>
                    <Text size="sm" fw={600}>
                      {t(`field.${field}`)}
                    </Text>
                    <Text size="sm">{t('edit.theirs', { value: say(field, theirs) })}</Text>
                    <Text size="sm">{t('edit.mine', { value: say(field, form.values) })}</Text>
                  </div>
                ))}
                <Group gap="xs">
                  <Button size="compact-sm" variant="default" onClick={() => settle(false)}>
                    {t('edit.takeTheirs')}
                  </Button>
                  <Button size="compact-sm" variant="default" onClick={() => settle(true)}>
                    {t('edit.keepMine')}
                  </Button>
                </Group>
              </Stack>
            </Alert>
          )}
          <FormProblem error={save.error} shown={fields} />
          <TextInput
            data-autofocus
            label={t('field.name')}
            required
            maxLength={longestFileName}
            {...form.getInputProps('name')}
          />
          <Select
            label={t('field.type')}
            data={words.typeOptions}
            allowDeselect={false}
            {...form.getInputProps('type')}
          />
          <Select
            label={t('field.confidentiality')}
            description={t(`confidentialityHelp.${form.values.confidentiality}`)}
            data={words.confidentialityOptions}
            allowDeselect={false}
            {...form.getInputProps('confidentiality')}
          />
          <TagsInput
            label={t('field.tags')}
            description={t('upload.tagsHelp')}
            data={tags.data?.items.map(({ tag }) => tag) ?? []}
            maxTags={mostTags}
            clearable={false}
            {...form.getInputProps('tags')}
          />
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              {t('shell:action.cancel')}
            </Button>
            <Button type="submit" loading={save.isPending} disabled={Boolean(theirs) || mine(seen).length === 0}>
              {t('shell:action.save')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}
