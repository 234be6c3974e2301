import { Button, Group, Modal, Select, Stack, Switch, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { type OrganisationType, organisationTypes } from '#contract/organisations.options.ts'
import type { OrganisationView } from '#contract/organisations.ts'
import { call } from '#web/lib/api.ts'
import { FormProblem, useFieldProblems } from '#web/ui/field-problems.tsx'
import { notify } from '#web/ui/notices.tsx'

interface Props {
  /** Undefined adds a new one. */
  organisation: OrganisationView | undefined
  onClose: () => void
}

export function OrganisationDialog({ organisation, onClose }: Props) {
  const { t } = useTranslation(['people', 'shell'])
  const queries = useQueryClient()
  const fieldsOf = useFieldProblems()
  const [onceKey] = useState(() => crypto.randomUUID())
  const form = useForm({
    initialValues: {
      name: organisation?.name ?? '',
      acronym: organisation?.acronym ?? '',
      type: (organisation?.type ?? '') as OrganisationType | '',
      active: organisation?.active ?? true,
    },
    validate: {
      name: (name) => (name.trim() ? null : t('shell:form.required')),
      type: (type) => (type ? null : t('shell:form.required')),
    },
  })
  const save = useMutation({
    mutationFn: () => {
      const { name, active } = form.values
      const type = form.values.type as OrganisationType
      const acronym = form.values.acronym.trim() || null
      if (!organisation) return call('POST /api/v1/organisations', { body: { name, acronym, type }, onceKey })
      return call('PATCH /api/v1/organisations/:organisationId', {
        params: { organisationId: organisation.id },
        body: {
          ...(form.isDirty('name') && { name }),
          ...(form.isDirty('acronym') && { acronym }),
          ...(form.isDirty('type') && { type }),
          ...(form.isDirty('active') && { active }),
          version: organisation.version,
        },
      })
    },
    onSuccess: async () => {
      notify(t('people:organisations.saved'))
      await queries.invalidateQueries({ queryKey: ['organisations'] })
      onClose()
    },
    onError: (error) => form.setErrors(fieldsOf(error)),
  })
  return (
    <Modal
      opened
      onClose={onClose}
      closeOnClickOutside={!form.isDirty()}
      title={
        organisation
          ? t('people:organisations.editTitle', { name: organisation.acronym ?? organisation.name })
          : t('people:organisations.addTitle')
      }
      closeButtonProps={{ 'aria-label': t('shell:action.close') }}
    >
      <form noValidate onSubmit={form.onSubmit(() => save.mutate())}>
        <Stack>
          <FormProblem error={save.error} shown={['name', 'acronym', 'type', 'active']} />
          <TextInput
            data-autofocus
            label={t('people:organisations.name')}
            description={t('people:organisations.nameHint')}
            required
            maxLength={300}
            {...form.getInputProps('name')}
          />
          <TextInput
            label={t('people:organisations.acronym')}
            description={t('people:organisations.acronymHint')}
            maxLength={30}
            {...form.getInputProps('acronym')}
          />
          <Select
            label={t('people:organisations.type')}
            required
            allowDeselect={false}
            data={organisationTypes.map((type) => ({ value: type, label: t(`people:organisationType.${type}`) }))}
            {...form.getInputProps('type')}
          />
          {organisation && (
            <Switch
              label={t('people:organisations.active')}
              description={t('people:organisations.activeHint')}
              {...form.getInputProps('active', { type: 'checkbox' })}
            />
          )}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              {t('shell:action.cancel')}
            </Button>
            <Button type="submit" loading={save.isPending} disabled={!form.isDirty()}>
              {t('shell:action.save')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}
