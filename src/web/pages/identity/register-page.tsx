import { Button, Radio, Select, Stack, Textarea, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { type RegistrationRole, registrationRoles } from '#contract/accounts.options.ts'
import { NewPasswordField, tooShort } from '#web/features/account/password-field.tsx'
import { call } from '#web/lib/api.ts'
import { currentLanguage } from '#web/lib/i18n.ts'
import { paths } from '#web/lib/paths.ts'
import { useGo } from '#web/lib/routing.ts'
import { AppLink } from '#web/ui/app-link.tsx'
import { FormProblem, useFieldProblems, useProblemWords } from '#web/ui/field-problems.tsx'
import { OpenPage } from './open-page.tsx'

const shownFields = ['role', 'name', 'email', 'organisationId', 'position', 'phone', 'note', 'password']

export function RegisterPage() {
  const { t } = useTranslation(['account', 'shell'])
  const fieldsOf = useFieldProblems()
  const words = useProblemWords()
  const go = useGo()
  const missing = t('shell:form.required')
  const filled = (value: string) => (value.trim() ? null : missing)
  const form = useForm({
    initialValues: {
      role: '' as RegistrationRole | '',
      name: '',
      email: '',
      organisationId: null as string | null,
      position: '',
      phone: '',
      note: '',
      password: '',
    },
    validate: {
      role: (role) => (role ? null : t('account:register.roleMissing')),
      name: filled,
      email: filled,
      position: filled,
      phone: filled,
      organisationId: (id, values) => (values.role === 'moa_focal' && !id ? missing : null),
      note: (note, values) => (values.role === 'moa_focal' ? null : filled(note)),
      password: (value) => (tooShort(value) ? t('account:password.tooShort') : null),
    },
  })
  const { role } = form.values
  const organisations = useQuery({
    queryKey: ['registration', 'organisations'],
    queryFn: ({ signal }) => call('GET /api/v1/registrations/organisations', { signal }),
    enabled: role === 'moa_focal',
  })
  const register = useMutation({
    mutationFn: () => {
      const { note, organisationId, ...rest } = form.values
      return call('POST /api/v1/registrations', {
        body: {
          ...rest,
          role: role as RegistrationRole,
          organisationId: role === 'moa_focal' ? organisationId : undefined,
          note: role === 'moa_focal' ? undefined : note,
          language: currentLanguage(),
        },
      })
    },
    onSuccess: () => go(`${paths.registered()}?role=${role}`, { replace: true }),
    onError: (error) => form.setErrors(fieldsOf(error)),
  })

  return (
    <OpenPage wide title={t('account:register.title')} sub={t('account:register.sub')}>
      <form noValidate onSubmit={form.onSubmit(() => register.mutate())}>
        <Stack gap="lg">
          <FormProblem error={register.error} shown={shownFields} />
          <Radio.Group label={t('account:register.role')} required {...form.getInputProps('role')}>
            <Stack gap="xs" mt="xs">
              {registrationRoles.map((option) => (
                <Radio
                  key={option}
                  value={option}
                  label={t(`shell:role.${option}`)}
                  description={t(`account:register.roleHint.${option}`)}
                />
              ))}
            </Stack>
          </Radio.Group>
          {role === 'moa_focal' && (
            <Select
              label={t('account:register.ministry')}
              placeholder={t('account:register.ministryPlaceholder')}
              searchable
              required
              nothingFoundMessage={t('account:register.ministryNone')}
              data={(organisations.data?.items ?? []).map(({ id, name, acronym }) => ({
                value: id,
                label: acronym ? `${acronym} – ${name}` : name,
              }))}
              disabled={!organisations.data}
              {...form.getInputProps('organisationId')}
              error={organisations.error ? words(organisations.error) : form.errors.organisationId}
            />
          )}
          {role && role !== 'moa_focal' && (
            <Textarea
              label={t(`account:register.note.${role}.label`)}
              description={t(`account:register.note.${role}.hint`)}
              autosize
              minRows={2}
              maxLength={500}
              required
              {...form.getInputProps('note')}
            />
          )}
          <TextInput label={t('account:field.name')} autoComplete="name" required {...form.getInputProps('name')} />
          <TextInput
            label={t('account:field.position')}
            description={t('account:field.positionHint')}
            autoComplete="organization-title"
            required
            {...form.getInputProps('position')}
          />
          <TextInput
            type="email"
            label={t('account:field.email')}
            description={t('account:field.emailHint')}
            autoComplete="username"
            required
            {...form.getInputProps('email')}
          />
          <TextInput
            type="tel"
            label={t('account:field.phone')}
            description={t('account:field.phoneHint')}
            autoComplete="tel"
            required
            {...form.getInputProps('phone')}
          />
          <NewPasswordField {...form.getInputProps('password')} />
          <Button type="submit" size="md" loading={register.isPending}>
            {t('account:register.submit')}
          </Button>
        </Stack>
      </form>
      <AppLink href={paths.signIn()} size="sm">
        {t('account:register.haveAccount')}
      </AppLink>
    </OpenPage>
  )
}
