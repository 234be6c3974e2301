import { Button, Stack, TextInput } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { call } from '#web/lib/api.ts'
import { paths } from '#web/lib/paths.ts'
import { localAddress, searchOf, useGo, useUrlSearch } from '#web/lib/routing.ts'
import { enter } from '#web/lib/session.ts'
import { AppLink } from '#web/ui/app-link.tsx'
import { FormProblem, useFieldProblems } from '#web/ui/field-problems.tsx'
import { OpenPage } from './open-page.tsx'

const readSearch = searchOf({ returnTo: localAddress })

export function SecondStepPage() {
  const { t } = useTranslation('account')
  const [{ returnTo }] = useUrlSearch(readSearch)
  const go = useGo()
  const fieldsOf = useFieldProblems()
  const [recovery, setRecovery] = useState(false)
  const [code, setCode] = useState('')
  const check = useMutation({
    mutationFn: () => call('POST /api/v1/session/two-factor', { body: { code: code.trim() } }),
    onSuccess: ({ session }) => {
      enter(session)
      return go(returnTo ?? paths.home(), { replace: true })
    },
  })

  return (
    <OpenPage title={t('secondStep.title')} sub={t(recovery ? 'secondStep.subRecovery' : 'secondStep.sub')}>
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault()
          check.mutate()
        }}
      >
        <Stack>
          <FormProblem error={check.error} shown={['code']} />
          <TextInput
            key={String(recovery)}
            label={t(recovery ? 'field.recoveryCode' : 'field.code')}
            autoComplete="one-time-code"
            inputMode={recovery ? 'text' : 'numeric'}
            spellCheck={false}
            autoFocus
            required
            maxLength={40}
            value={code}
            error={fieldsOf(check.error).code}
            onChange={(event) => setCode(event.currentTarget.value)}
          />
          <Button type="submit" size="md" loading={check.isPending}>
            {t('secondStep.submit')}
          </Button>
          <Button
            variant="subtle"
            onClick={() => {
              setRecovery(!recovery)
              setCode('')
              check.reset()
            }}
          >
            {t(recovery ? 'secondStep.useApp' : 'secondStep.useRecovery')}
          </Button>
        </Stack>
      </form>
      <AppLink href={paths.signIn(returnTo)} size="sm">
        {t('secondStep.startAgain')}
      </AppLink>
    </OpenPage>
  )
}
