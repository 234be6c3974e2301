import { Button, PasswordInput, Stack, Text, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import { useMutation } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { call } from '#web/lib/api.ts'
import { paths } from '#web/lib/paths.ts'
import { localAddress, oneOf, searchOf, useGo, useUrlSearch } from '#web/lib/routing.ts'
import { enter } from '#web/lib/session.ts'
import { AppLink } from '#web/ui/app-link.tsx'
import { FormProblem, useFieldProblems } from '#web/ui/field-problems.tsx'
import { OpenPage } from './open-page.tsx'
import { SuccessNote } from './success-note.tsx'

const readSearch = searchOf({ returnTo: localAddress, done: oneOf(['password', 'invitation']) })

export function SignInPage() {
  const { t } = useTranslation('account')
  const [{ returnTo, done }] = useUrlSearch(readSearch)
  const go = useGo()
  const fieldsOf = useFieldProblems()
  const form = useForm({
    initialValues: { email: '', password: '' },
    validate: {
      email: (value) => (value.trim() ? null : t('signIn.emailMissing')),
      password: (value) => (value ? null : t('signIn.passwordMissing')),
    },
  })
  const signIn = useMutation({
    mutationFn: () => call('POST /api/v1/session', { body: form.values }),
    onSuccess: (answer) => {
      if (answer.step === 'two_factor') return go(paths.secondStep(returnTo))
      enter(answer.session)
      return go(returnTo ?? paths.home(), { replace: true })
    },
    onError: (error) => form.setErrors(fieldsOf(error)),
  })

  return (
    <OpenPage title={t('signIn.title')} sub={returnTo && t('signIn.returning')}>
      {done && <SuccessNote>{t(`signIn.done.${done}`)}</SuccessNote>}
      <form noValidate onSubmit={form.onSubmit(() => signIn.mutate())}>
        <Stack>
          <FormProblem error={signIn.error} shown={['email', 'password']} />
          <TextInput
            type="email"
            label={t('field.email')}
            autoComplete="username"
            required
            autoFocus
            {...form.getInputProps('email')}
          />
          <PasswordInput
            label={t('field.password')}
            autoComplete="current-password"
            required
            visibilityToggleButtonProps={{ 'aria-label': t('field.showPassword') }}
            {...form.getInputProps('password')}
          />
          <Button type="submit" size="md" loading={signIn.isPending}>
            {t('signIn.submit')}
          </Button>
        </Stack>
      </form>
      <AppLink href={paths.forgot()} size="sm">
        {t('signIn.forgot')}
      </AppLink>
      <Text size="sm" c="dimmed">
        {t('signIn.noAccount')}{' '}
        <AppLink href={paths.register()} size="sm" underline="always">
          {t('signIn.register')}
        </AppLink>
      </Text>
    </OpenPage>
  )
}
