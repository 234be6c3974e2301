import { Button, Stack, Text, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { useMailedToken } from '#web/features/account/mailed-link.ts'
import { NewPasswordField } from '#web/features/account/password-field.tsx'
import { type Answer, ApiError, call } from '#web/lib/api.ts'
import { currentLanguage } from '#web/lib/i18n.ts'
import { paths } from '#web/lib/paths.ts'
import { useGo } from '#web/lib/routing.ts'
import { AppLink } from '#web/ui/app-link.tsx'
import { FormProblem, useFieldProblems } from '#web/ui/field-problems.tsx'
import { formatMoment } from '#web/ui/formats.ts'
import { ErrorState, Loading } from '#web/ui/state-views.tsx'
import { DeadLink } from './dead-link.tsx'
import { OpenPage } from './open-page.tsx'

const deadLink = new Set(['link_expired', 'not_found', 'invalid_input'])

export function AcceptInvitationPage() {
  const { t } = useTranslation('account')
  const token = useMailedToken()
  const invitation = useQuery({
    queryKey: ['invitation', token],
    queryFn: ({ signal }) => call('POST /api/v1/invitations/check', { body: { token }, signal }),
    enabled: token !== '',
    staleTime: Number.POSITIVE_INFINITY,
  })

  if (!token || (invitation.error instanceof ApiError && deadLink.has(invitation.error.problem.code)))
    return <DeadLink action={<AppLink href={paths.signIn()}>{t('link.signIn')}</AppLink>} />
  if (invitation.error) return <ErrorState error={invitation.error} onRetry={() => void invitation.refetch()} />
  if (!invitation.data) return <Loading />
  return <AcceptForm token={token} invitation={invitation.data} />
}

interface FormProps {
  token: string
  invitation: Answer<'POST /api/v1/invitations/check'>
}

function AcceptForm({ token, invitation }: FormProps) {
  const { t } = useTranslation(['account', 'shell'])
  const fieldsOf = useFieldProblems()
  const go = useGo()
  const form = useForm({ initialValues: { name: invitation.name, position: '', phone: '', password: '' } })
  const accept = useMutation({
    mutationFn: () =>
      call('POST /api/v1/invitations/accept', {
        body: {
          token,
          password: form.values.password,
          name: form.values.name,
          position: form.values.position || undefined,
          phone: form.values.phone || undefined,
          language: currentLanguage(),
        },
      }),
    onSuccess: () => go(`${paths.signIn()}?done=invitation`, { replace: true }),
    onError: (error) => form.setErrors(fieldsOf(error)),
  })
  const organisation = invitation.organisation?.acronym ?? invitation.organisation?.name

  return (
    <OpenPage
      title={t('account:invitation.title')}
      sub={t('account:invitation.sub', {
        role: [t(`shell:role.${invitation.role}`), organisation].filter(Boolean).join(', '),
        email: invitation.email,
      })}
    >
      <form noValidate onSubmit={form.onSubmit(() => accept.mutate())}>
        <Stack>
          <FormProblem error={accept.error} shown={['name', 'position', 'phone', 'password']} />
          {/* For password managers: the account this password belongs to. */}
          <input type="email" autoComplete="username" value={invitation.email} readOnly hidden />
          <TextInput label={t('account:field.name')} autoComplete="name" required {...form.getInputProps('name')} />
          <TextInput
            label={t('account:field.position')}
            description={t('account:field.optional')}
            autoComplete="organization-title"
            {...form.getInputProps('position')}
          />
          <TextInput
            type="tel"
            label={t('account:field.phone')}
            description={t('account:field.phoneHintOptional')}
            autoComplete="tel"
            {...form.getInputProps('phone')}
          />
          <NewPasswordField {...form.getInputProps('password')} />
          <Button type="submit" size="md" loading={accept.isPending}>
            {t('account:invitation.submit')}
          </Button>
        </Stack>
      </form>
      <Text size="sm" c="dimmed">
        {t('account:invitation.until', { moment: formatMoment(invitation.expiresAt) })}
      </Text>
    </OpenPage>
  )
}
