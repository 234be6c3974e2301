import { Button, Stack } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useMailedToken } from '#web/features/account/mailed-link.ts'
import { NewPasswordField } from '#web/features/account/password-field.tsx'
import { call } from '#web/lib/api.ts'
import { paths } from '#web/lib/paths.ts'
import { useGo } from '#web/lib/routing.ts'
import { AppLink } from '#web/ui/app-link.tsx'
import { FormProblem, useFieldProblems } from '#web/ui/field-problems.tsx'
import { DeadLink } from './dead-link.tsx'
import { OpenPage } from './open-page.tsx'

export function ResetPasswordPage() {
  const { t } = useTranslation('account')
  const fieldsOf = useFieldProblems()
  const go = useGo()
  const token = useMailedToken()
  const [password, setPassword] = useState('')
  const reset = useMutation({
    mutationFn: () => call('POST /api/v1/password-resets/complete', { body: { token, password } }),
    onSuccess: () => go(`${paths.signIn()}?done=password`, { replace: true }),
  })
  const fields = fieldsOf(reset.error)

  if (!token) return <DeadLink action={<AppLink href={paths.forgot()}>{t('reset.askAgain')}</AppLink>} />
  return (
    <OpenPage title={t('reset.title')} sub={t('reset.sub')}>
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault()
          reset.mutate()
        }}
      >
        <Stack>
          <FormProblem error={reset.error} shown={['password']} />
          <NewPasswordField
            autoFocus
            value={password}
            error={fields.password}
            onChange={(event) => setPassword(event.currentTarget.value)}
          />
          <Button type="submit" size="md" loading={reset.isPending}>
            {t('reset.submit')}
          </Button>
        </Stack>
      </form>
      <AppLink href={paths.forgot()} size="sm">
        {t('reset.askAgain')}
      </AppLink>
    </OpenPage>
  )
}
