import { Button, PasswordInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { call } from '#web/lib/api.ts'
import { FormProblem, useFieldProblems } from '#web/ui/field-problems.tsx'
import { FormSection } from '#web/ui/form-section.tsx'
import { notify } from '#web/ui/notices.tsx'
import { ownSessionsQuery } from './account.queries.ts'
import { NewPasswordField, tooShort } from './password-field.tsx'

export function PasswordSection({ email }: { email: string }) {
  const { t } = useTranslation(['account', 'shell'])
  const queries = useQueryClient()
  const fieldsOf = useFieldProblems()
  const form = useForm({
    initialValues: { current: '', password: '' },
    validate: {
      current: (value) => (value ? null : t('account:signIn.passwordMissing')),
      password: (value) => (tooShort(value) ? t('account:password.tooShort') : null),
    },
  })
  const change = useMutation({
    mutationFn: () => call('PUT /api/v1/account/password', { body: form.values }),
    onSuccess: () => {
      form.reset()
      notify(t('account:password.changed'))
      void queries.invalidateQueries({ queryKey: ownSessionsQuery.queryKey })
    },
    onError: (error) => form.setErrors(fieldsOf(error)),
  })
  return (
    <form noValidate onSubmit={form.onSubmit(() => change.mutate())}>
      <FormSection
        title={t('account:password.title')}
        description={t('account:password.about')}
        footer={
          <Button type="submit" loading={change.isPending} disabled={!form.isDirty()}>
            {t('account:password.change')}
          </Button>
        }
      >
        <FormProblem error={change.error} shown={['current', 'password']} />
        <input type="email" autoComplete="username" value={email} readOnly hidden />
        <PasswordInput
          label={t('account:password.current')}
          autoComplete="current-password"
          required
          visibilityToggleButtonProps={{ 'aria-label': t('account:field.showPassword') }}
          {...form.getInputProps('current')}
        />
        <NewPasswordField {...form.getInputProps('password')} />
      </FormSection>
    </form>
  )
}
