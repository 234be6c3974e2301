import { Button, Select, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { teams } from '#contract/access.ts'
import type { ProfileView } from '#contract/account.ts'
import { profileQuery } from '#web/features/account/account.queries.ts'
import { call } from '#web/lib/api.ts'
import { type Language, languages, switchLanguage } from '#web/lib/i18n.ts'
import { sessionQuery, useSession } from '#web/lib/session.ts'
import { Facts } from '#web/ui/facts.tsx'
import { FormProblem, useFieldProblems } from '#web/ui/field-problems.tsx'
import { FormSection } from '#web/ui/form-section.tsx'
import { notify } from '#web/ui/notices.tsx'
import { ErrorState, Loading } from '#web/ui/state-views.tsx'
import { AccountFrame } from './account-frame.tsx'

export function ProfilePage() {
  const { t } = useTranslation('account')
  const { data, error, refetch } = useQuery(profileQuery)
  return (
    <AccountFrame title={t('profile.title')} sub={t('profile.sub')}>
      {error && !data ? (
        <ErrorState error={error} onRetry={() => void refetch()} />
      ) : data ? (
        <ProfileSections key={data.version} profile={data} />
      ) : (
        <Loading rows={4} />
      )}
    </AccountFrame>
  )
}

function ProfileSections({ profile }: { profile: ProfileView }) {
  const { t } = useTranslation(['account', 'shell'])
  const queries = useQueryClient()
  const { places, communities } = useSession()
  const fieldsOf = useFieldProblems()
  const form = useForm({
    initialValues: {
      name: profile.name,
      position: profile.position ?? '',
      phone: profile.phone ?? '',
      language: profile.language as Language,
    },
    validate: { name: (name) => (name.trim() ? null : t('shell:form.required')) },
  })
  const save = useMutation({
    mutationFn: () => {
      const { name, position, phone, language } = form.values
      const changed = {
        ...(form.isDirty('name') && { name }),
        ...(form.isDirty('position') && { position: position.trim() || null }),
        ...(form.isDirty('phone') && { phone: phone.trim() || null }),
        ...(form.isDirty('language') && { language }),
      }
      return call('PATCH /api/v1/account', { body: { ...changed, version: profile.version } })
    },
    onSuccess: async (saved) => {
      queries.setQueryData(profileQuery.queryKey, saved)
      await switchLanguage(saved.language)
      void queries.invalidateQueries({ queryKey: sessionQuery.queryKey })
      notify(t('shell:form.saved'))
    },
    onError: (error) => form.setErrors(fieldsOf(error)),
  })
  const names = (rows: { name: string }[]) => rows.map((row) => row.name).join('\n')

  return (
    <>
      <form noValidate onSubmit={form.onSubmit(() => save.mutate())}>
        <FormSection
          title={t('account:profile.about')}
          description={t('account:profile.aboutHint')}
          footer={
            <Button type="submit" loading={save.isPending} disabled={!form.isDirty()}>
              {t('shell:action.save')}
            </Button>
          }
        >
          <FormProblem error={save.error} shown={['name', 'position', 'phone', 'language']} />
          <TextInput label={t('account:field.name')} autoComplete="name" required {...form.getInputProps('name')} />
          <TextInput
            label={t('account:field.position')}
            description={t('account:field.positionHint')}
            autoComplete="organization-title"
            {...form.getInputProps('position')}
          />
          <TextInput
            type="tel"
            label={t('account:field.phone')}
            description={t('account:field.phoneHint')}
            autoComplete="tel"
            {...form.getInputProps('phone')}
          />
          <Select
            label={t('account:field.language')}
            allowDeselect={false}
            data={Object.entries(languages).map(([value, label]) => ({ value, label }))}
            {...form.getInputProps('language')}
          />
        </FormSection>
      </form>
      <FormSection title={t('account:profile.access')} description={t('account:profile.accessHint')}>
        <Facts
          items={[
            { label: t('account:field.email'), value: profile.email },
            { label: t('account:field.role'), value: t(`shell:role.${profile.role}`) },
            ...(profile.team ? [{ label: t('account:field.team'), value: teams[profile.team] }] : []),
            { label: t('account:field.organisation'), value: profile.organisation?.name },
            ...(places.length > 0 ? [{ label: t('account:field.places'), value: names(places) }] : []),
            ...(communities.length > 0 ? [{ label: t('account:field.communities'), value: names(communities) }] : []),
          ]}
        />
      </FormSection>
    </>
  )
}
