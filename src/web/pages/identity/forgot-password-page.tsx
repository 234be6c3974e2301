import { Button, Stack, TextInput } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { call } from '#web/lib/api.ts'
import { paths } from '#web/lib/paths.ts'
import { AppLink } from '#web/ui/app-link.tsx'
import { FormProblem, useFieldProblems } from '#web/ui/field-problems.tsx'
import { OpenPage } from './open-page.tsx'
import { SuccessNote } from './success-note.tsx'

export function ForgotPasswordPage() {
  const { t } = useTranslation('account')
  const fieldsOf = useFieldProblems()
  const [email, setEmail] = useState('')
  const ask = useMutation({ mutationFn: () => call('POST /api/v1/password-resets', { body: { email } }) })

  return (
    <OpenPage title={t('forgot.title')} sub={t('forgot.sub')}>
      {ask.isSuccess ? (
        <SuccessNote>{t('forgot.sent', { email: email.trim() })}</SuccessNote>
      ) : (
        <form
          noValidate
          onSubmit={(event) => {
            event.preventDefault()
            ask.mutate()
          }}
        >
          <Stack>
            <FormProblem error={ask.error} shown={['email']} />
            <TextInput
              type="email"
              label={t('field.email')}
              autoComplete="username"
              required
              autoFocus
              value={email}
              error={fieldsOf(ask.error).email}
              onChange={(event) => setEmail(event.currentTarget.value)}
            />
            <Button type="submit" size="md" loading={ask.isPending}>
              {t('forgot.submit')}
            </Button>
          </Stack>
        </form>
      )}
      <AppLink href={paths.signIn()} size="sm">
        {t('link.signIn')}
      </AppLink>
    </OpenPage>
  )
}
