import { Button, Group, Modal, Stack, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import type { AccountView } from '#contract/accounts.ts'
import { keepPerson } from '#web/features/people/people.queries.ts'
import { type Placement, placementBody, placementPaths } from '#web/features/people/placement.ts'
import { call } from '#web/lib/api.ts'
import { FormProblem, useFieldProblems } from '#web/ui/field-problems.tsx'
import { notify } from '#web/ui/notices.tsx'
import { PlacementFields } from './placement-fields.tsx'

export const placementOf = (person: Pick<AccountView, 'role' | 'team' | 'organisation'>): Placement => ({
  role: person.role,
  team: person.team,
  organisation: person.organisation,
  places: [],
  communities: [],
})

/** Sends only what differs from what was shown. */
export function EditAccess({ person, onClose }: { person: AccountView; onClose: () => void }) {
  const { t } = useTranslation(['people', 'shell'])
  const queries = useQueryClient()
  const fieldsOf = useFieldProblems()
  const before: Placement & { role: AccountView['role'] } = {
    ...placementOf(person),
    role: person.role,
    places: person.places,
    communities: person.communities,
  }
  const form = useForm({
    initialValues: {
      name: person.name,
      position: person.position ?? '',
      phone: person.phone ?? '',
      placement: before as Placement,
    },
    validate: { name: (name) => (name.trim() ? null : t('shell:form.required')) },
  })
  const save = useMutation({
    mutationFn: () => {
      const { name, position, phone, placement } = form.values
      const shown = Object.entries(placementBody(before))
      const wanted = placementBody({ ...placement, role: placement.role ?? person.role })
      const changed = shown.filter(([key, value]) => {
        const next = wanted[key as keyof typeof wanted]
        return JSON.stringify(value) !== JSON.stringify(next)
      })
      return call('PATCH /api/v1/accounts/:accountId', {
        params: { accountId: person.id },
        body: {
          ...(form.isDirty('name') && { name }),
          ...(form.isDirty('position') && { position: position.trim() || null }),
          ...(form.isDirty('phone') && { phone: phone.trim() || null }),
          ...Object.fromEntries(changed.map(([key]) => [key, wanted[key as keyof typeof wanted]])),
          version: person.version,
        },
      })
    },
    onSuccess: (saved) => {
      keepPerson(queries, saved)
      notify(t('people:person.saved'))
      onClose()
    },
    onError: (error) => form.setErrors(fieldsOf(error)),
  })

  return (
    <Modal
      opened
      onClose={onClose}
      size="lg"
      closeOnClickOutside={!form.isDirty()}
      title={t('people:person.editTitle', { name: person.name })}
      closeButtonProps={{ 'aria-label': t('shell:action.close') }}
    >
      <form noValidate onSubmit={form.onSubmit(() => save.mutate())}>
        <Stack>
          <FormProblem error={save.error} shown={['name', 'position', 'phone', ...placementPaths]} />
          <TextInput label={t('people:field.fullName')} required maxLength={200} {...form.getInputProps('name')} />
          <TextInput label={t('people:field.position')} maxLength={200} {...form.getInputProps('position')} />
          <TextInput type="tel" label={t('people:field.phone')} {...form.getInputProps('phone')} />
          <PlacementFields
            value={form.values.placement}
            onChange={(placement) => form.setFieldValue('placement', placement)}
            errors={fieldsOf(save.error)}
          />
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
