import { Anchor, Button, Code, CopyButton, Group, PasswordInput, Stack, Text, TextInput } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { type Answer, call } from '#web/lib/api.ts'
import { FormProblem, useFieldProblems } from '#web/ui/field-problems.tsx'
import { QrCode } from './qr-code.tsx'

type Secret = Answer<'POST /api/v1/account/two-factor'>

/** Password, then the QR code and a first code. Hands over the recovery codes. */
export function TwoFactorSetup({ onDone }: { onDone: (codes: string[]) => void }) {
  const [secret, setSecret] = useState<Secret | null>(null)
  return secret ? <FirstCode secret={secret} onDone={onDone} /> : <ConfirmPassword onDone={setSecret} />
}

function ConfirmPassword({ onDone }: { onDone: (secret: Secret) => void }) {
  const { t } = useTranslation(['account', 'shell'])
  const fieldsOf = useFieldProblems()
  const [password, setPassword] = useState('')
  const start = useMutation({
    mutationFn: () => call('POST /api/v1/account/two-factor', { body: { password } }),
    onSuccess: onDone,
  })
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault()
        start.mutate()
      }}
    >
      <Stack>
        <Text>{t('account:twoFactor.stepPassword')}</Text>
        <FormProblem error={start.error} shown={['password']} />
        <PasswordInput
          data-autofocus
          label={t('account:field.password')}
          autoComplete="current-password"
          required
          visibilityToggleButtonProps={{ 'aria-label': t('account:field.showPassword') }}
          value={password}
          error={fieldsOf(start.error).password}
          onChange={(event) => setPassword(event.currentTarget.value)}
        />
        <Group justify="flex-end">
          <Button type="submit" loading={start.isPending}>
            {t('account:twoFactor.next')}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}

function FirstCode({ secret, onDone }: { secret: Secret; onDone: (codes: string[]) => void }) {
  const { t } = useTranslation(['account', 'shell'])
  const fieldsOf = useFieldProblems()
  const [code, setCode] = useState('')
  const confirm = useMutation({
    mutationFn: () => call('POST /api/v1/account/two-factor/confirm', { body: { code: code.trim() } }),
    onSuccess: (answer) => onDone(answer.recoveryCodes),
  })
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault()
        confirm.mutate()
      }}
    >
      <Stack>
        <Text>{t('account:twoFactor.stepScan')}</Text>
        <Group align="flex-start" gap="lg">
          <QrCode text={secret.uri} label={t('account:twoFactor.qr')} />
          <Stack gap="xs" flex="1 1 14rem" align="flex-start">
            <Text size="sm">{t('account:twoFactor.byHand')}</Text>
            <Code block style={{ whiteSpace: 'pre-wrap' }}>
              {secret.secret.match(/.{1,4}/g)?.join(' ')}
            </Code>
            <CopyButton value={secret.secret}>
              {({ copied, copy }) => (
                <Button variant="default" size="xs" onClick={copy}>
                  {t(copied ? 'shell:action.copied' : 'shell:action.copy')}
                </Button>
              )}
            </CopyButton>
            <Anchor href={secret.uri} size="sm">
              {t('account:twoFactor.openApp')}
            </Anchor>
          </Stack>
        </Group>
        <FormProblem error={confirm.error} shown={['code']} />
        <TextInput
          label={t('account:field.code')}
          description={t('account:twoFactor.codeHint')}
          autoComplete="one-time-code"
          inputMode="numeric"
          required
          maxLength={10}
          value={code}
          error={fieldsOf(confirm.error).code}
          onChange={(event) => setCode(event.currentTarget.value)}
        />
        <Group justify="flex-end">
          <Button type="submit" loading={confirm.isPending}>
            {t('account:twoFactor.switchOn')}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
