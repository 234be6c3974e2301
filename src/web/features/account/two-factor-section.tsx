import { Alert, Badge, Button, Group, Modal, PasswordInput, Stack, Text, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import { IconAlertTriangle, IconShieldCheck } from '@tabler/icons-react'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { lazy, Suspense, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { ProfileView } from '#contract/account.ts'
import { call } from '#web/lib/api.ts'
import { loadPart } from '#web/lib/load-part.ts'
import { sessionQuery } from '#web/lib/session.ts'
import { FormProblem, useFieldProblems } from '#web/ui/field-problems.tsx'
import { FormSection } from '#web/ui/form-section.tsx'
import { formatMoment } from '#web/ui/formats.ts'
import { notify } from '#web/ui/notices.tsx'
import { Loading } from '#web/ui/state-views.tsx'
import { profileQuery } from './account.queries.ts'
import { RecoveryCodes } from './recovery-codes.tsx'

const TwoFactorSetup = lazy(async () => ({
  default: (await loadPart(() => import('./two-factor-setup.tsx'))).TwoFactorSetup,
}))

const fewCodes = 3
type Task = 'set-up' | 'renew' | 'switch-off'

export function TwoFactorSection({ profile }: { profile: ProfileView }) {
  const { t } = useTranslation(['account', 'shell'])
  const queries = useQueryClient()
  const [task, setTask] = useState<Task | null>(null)
  const [codes, setCodes] = useState<string[] | null>(null)
  const { since, demanded, recoveryCodesLeft } = profile.twoFactor

  function finish() {
    setTask(null)
    setCodes(null)
    void queries.invalidateQueries({ queryKey: profileQuery.queryKey })
    void queries.invalidateQueries({ queryKey: sessionQuery.queryKey })
  }

  return (
    <FormSection
      title={t('account:twoFactor.title')}
      description={t('account:twoFactor.about')}
      footer={
        since ? (
          <>
            <Button variant="default" onClick={() => setTask('renew')}>
              {t('account:twoFactor.renew')}
            </Button>
            {!demanded && (
              <Button variant="default" onClick={() => setTask('switch-off')}>
                {t('account:twoFactor.switchOff')}
              </Button>
            )}
          </>
        ) : (
          <Button leftSection={<IconShieldCheck size={18} aria-hidden />} onClick={() => setTask('set-up')}>
            {t('account:twoFactor.setUp')}
          </Button>
        )
      }
    >
      <div>
        {since ? (
          <Badge color="green" variant="light">
            {t('account:twoFactor.on')}
          </Badge>
        ) : (
          <Badge color="gray" variant="light">
            {t('account:twoFactor.off')}
          </Badge>
        )}
        <Text mt="xs">
          {since ? t('account:twoFactor.since', { moment: formatMoment(since) }) : t('account:twoFactor.offBody')}
        </Text>
        {since && <Text c="dimmed">{t('account:twoFactor.codesLeft', { count: recoveryCodesLeft })}</Text>}
        {demanded && <Text c="dimmed">{t('account:twoFactor.demandedShort')}</Text>}
      </div>
      {since && recoveryCodesLeft <= fewCodes && (
        <Alert color="gold" icon={<IconAlertTriangle aria-hidden />}>
          {t('account:twoFactor.fewCodes')}
        </Alert>
      )}

      <Modal
        opened={task !== null}
        onClose={finish}
        closeOnClickOutside={false}
        // The codes are shown once: nobody loses them to a stray key.
        closeOnEscape={codes === null}
        withCloseButton={codes === null}
        size="lg"
        title={
          task === 'set-up'
            ? t('account:twoFactor.setUp')
            : task === 'renew'
              ? t('account:twoFactor.renew')
              : t('account:twoFactor.switchOff')
        }
        closeButtonProps={{ 'aria-label': t('shell:action.close') }}
      >
        {codes ? (
          <RecoveryCodes codes={codes} account={profile.email} onDone={finish} />
        ) : task === 'set-up' ? (
          <Suspense fallback={<Loading />}>
            <TwoFactorSetup onDone={setCodes} />
          </Suspense>
        ) : task ? (
          <BothFactors
            task={task}
            onDone={(renewed) => {
              if (renewed) return setCodes(renewed)
              notify(t('account:twoFactor.switchedOff'))
              finish()
            }}
          />
        ) : null}
      </Modal>
    </FormSection>
  )
}

/** Password and code once more, before the lock is changed. */
function BothFactors({
  task,
  onDone,
}: {
  task: 'renew' | 'switch-off'
  onDone: (codes: string[] | undefined) => void
}) {
  const { t } = useTranslation('account')
  const fieldsOf = useFieldProblems()
  const form = useForm({ initialValues: { password: '', code: '' } })
  const send = useMutation({
    mutationFn: async () => {
      if (task === 'renew')
        return (await call('POST /api/v1/account/two-factor/recovery-codes', { body: form.values })).recoveryCodes
      await call('POST /api/v1/account/two-factor/switch-off', { body: form.values })
      return undefined
    },
    onSuccess: onDone,
    onError: (error) => form.setErrors(fieldsOf(error)),
  })
  return (
    <form noValidate onSubmit={form.onSubmit(() => send.mutate())}>
      <Stack>
        <Text>{t(task === 'renew' ? 'twoFactor.renewBody' : 'twoFactor.switchOffBody')}</Text>
        <FormProblem error={send.error} shown={['password', 'code']} />
        <PasswordInput
          data-autofocus
          label={t('field.password')}
          autoComplete="current-password"
          required
          visibilityToggleButtonProps={{ 'aria-label': t('field.showPassword') }}
          {...form.getInputProps('password')}
        />
        <TextInput
          label={t('field.codeOrRecovery')}
          autoComplete="one-time-code"
          required
          maxLength={40}
          {...form.getInputProps('code')}
        />
        <Group justify="flex-end">
          <Button type="submit" color={task === 'switch-off' ? 'red' : undefined} loading={send.isPending}>
            {t(task === 'renew' ? 'twoFactor.renew' : 'twoFactor.switchOff')}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
