import { Button, Select, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { type Placement, placementBody, placementPaths } from '#web/features/people/placement.ts'
import { call } from '#web/lib/api.ts'
import { type Language, languages } from '#web/lib/i18n.ts'
import { paths } from '#web/lib/paths.ts'
import { useGo } from '#web/lib/routing.ts'
import { LinkButton } from '#web/ui/app-link.tsx'
import { FormProblem, useFieldProblems } from '#web/ui/field-problems.tsx'
import { FormSection } from '#web/ui/form-section.tsx'
import { notify } from '#web/ui/notices.tsx'
import { PageHeader } from '#web/ui/page-header.tsx'
import { PlacementFields } from './placement-fields.tsx'

const nowhere: Placement = { role: null, team: null, organisation: null, places: [], communities: [] }

export function InvitePage() {
  const { t } = useTranslation(['people', 'shell'])
  const queries = useQueryClient()
  const go = useGo()
  const fieldsOf = useFieldProblems()
  const [onceKey] = useState(() => crypto.randomUUID())
  const missing = t('shell:form.required')
  const form = useForm({
    initialValues: { name: '', email: '', position: '', language: 'en' as Language, placement: nowhere },
    validate: {
      name: (name) => (name.trim() ? null : missing),
      email: (email) => (email.trim() ? null : missing),
      placement: (placement) => (placement.role ? null : missing),
    },
  })
  const invite = useMutation({
    mutationFn: () => {
      const { name, email, position, language, placement } = form.values
      const { role } = placement
      if (!role) throw new Error('A role is chosen before the form is sent.')
      return call('POST /api/v1/invitations', {
        body: { name, email, position: position.trim() || null, language, ...placementBody({ ...placement, role }) },
        onceKey,
      })
    },
    onSuccess: async (person) => {
      notify(t('people:invite.sent', { name: person.name }))
      await queries.invalidateQueries({ queryKey: ['people', 'list'] })
      await go(paths.person(person.id))
    },
    onError: (error) => form.setErrors(fieldsOf(error)),
  })
  const errors = fieldsOf(invite.error)

  return (
    <form noValidate onSubmit={form.onSubmit(() => invite.mutate())}>
      <PageHeader
        title={t('people:invite.title')}
        sub={t('people:invite.sub')}
        breadcrumbs={[{ label: t('people:people.title'), href: paths.people() }]}
      />
      <FormProblem error={invite.error} shown={['name', 'email', 'position', 'language', ...placementPaths]} />
      <FormSection title={t('people:invite.who')} description={t('people:invite.whoHint')}>
        <TextInput label={t('people:field.fullName')} required maxLength={200} {...form.getInputProps('name')} />
        <TextInput type="email" label={t('people:field.email')} required {...form.getInputProps('email')} />
        <TextInput label={t('people:field.position')} maxLength={200} {...form.getInputProps('position')} />
        <Select
          label={t('people:invite.language')}
          allowDeselect={false}
          data={Object.entries(languages).map(([value, label]) => ({ value, label }))}
          {...form.getInputProps('language')}
        />
      </FormSection>
      <FormSection
        title={t('people:invite.access')}
        description={t('people:invite.accessHint')}
        footer={
          <>
            <LinkButton href={paths.people()} variant="default">
              {t('shell:action.cancel')}
            </LinkButton>
            <Button type="submit" loading={invite.isPending}>
              {t('people:invite.submit')}
            </Button>
          </>
        }
      >
        <PlacementFields
          value={form.values.placement}
          onChange={(placement) => form.setFieldValue('placement', placement)}
          errors={{ ...errors, role: errors.role ?? (form.errors.placement as string | undefined) }}
        />
      </FormSection>
    </form>
  )
}
