import { Alert, Button, Checkbox, Code, CopyButton, Group, Modal, Select, Stack, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import { IconAlertTriangle } from '@tabler/icons-react'
import { useMutation } from '@tanstack/react-query'
import { useEffect } from 'react'
import { useTranslation } from 'react-i18next'
import type { Permission } from '#contract/access.ts'
import { call } from '#web/lib/api.ts'
import { useSession } from '#web/lib/session.ts'
import { FormProblem, useFieldProblems } from '#web/ui/field-problems.tsx'

const lifetimes = ['30', '90', '365'] as const
const dayMs = 24 * 60 * 60 * 1000

interface Props {
  opened: boolean
  onClose: () => void
  onMade: () => void
}

export function NewToken({ opened, onClose, onMade }: Props) {
  const { t } = useTranslation(['account', 'people', 'shell'])
  const session = useSession()
  const fieldsOf = useFieldProblems()
  const form = useForm({
    initialValues: { name: '', days: '90', permissions: [] as Permission[] },
    validate: {
      name: (name) => (name.trim() ? null : t('shell:form.required')),
      permissions: (chosen) => (chosen.length > 0 ? null : t('account:tokens.permissionMissing')),
    },
  })
  const make = useMutation({
    mutationFn: () => {
      const { name, days, permissions } = form.values
      const expiresAt = new Date(Date.now() + Number(days) * dayMs - 60_000).toISOString()
      return call('POST /api/v1/account/tokens', {
        body: { name, permissions, expiresAt },
        onceKey: crypto.randomUUID(),
      })
    },
    onSuccess: onMade,
    onError: (error) => form.setErrors(fieldsOf(error)),
  })
  // biome-ignore lint/correctness/useExhaustiveDependencies: a fresh form at each opening
  useEffect(() => {
    if (!opened) return
    form.reset()
    make.reset()
  }, [opened])

  return (
    <Modal
      opened={opened}
      onClose={onClose}
      size="lg"
      closeOnClickOutside={false}
      title={t(make.data ? 'account:tokens.madeTitle' : 'account:tokens.make')}
      closeButtonProps={{ 'aria-label': t('shell:action.close') }}
    >
      {make.data ? (
        <Stack>
          <Alert color="gold" icon={<IconAlertTriangle aria-hidden />}>
            {t('account:tokens.once')}
          </Alert>
          <Code block style={{ overflowWrap: 'anywhere', whiteSpace: 'pre-wrap' }}>
            {make.data.token}
          </Code>
          <Group justify="space-between">
            <CopyButton value={make.data.token}>
              {({ copied, copy }) => (
                <Button variant="default" onClick={copy}>
                  {t(copied ? 'shell:action.copied' : 'shell:action.copy')}
                </Button>
              )}
            </CopyButton>
            <Button onClick={onClose}>{t('account:tokens.kept')}</Button>
          </Group>
        </Stack>
      ) : (
        <form noValidate onSubmit={form.onSubmit(() => make.mutate())}>
          <Stack>
            <FormProblem error={make.error} shown={['name', 'permissions', 'expiresAt']} />
            <TextInput
              data-autofocus
              label={t('account:tokens.name')}
              description={t('account:tokens.nameHint')}
              required
              maxLength={100}
              {...form.getInputProps('name')}
            />
            <Select
              label={t('account:tokens.lifetime')}
              allowDeselect={false}
              data={lifetimes.map((days) => ({
                value: days,
                label: t('account:tokens.days', { count: Number(days) }),
              }))}
              {...form.getInputProps('days')}
              error={form.errors.expiresAt}
            />
            <Checkbox.Group
              label={t('account:tokens.permissions')}
              description={t('account:tokens.permissionsHint')}
              required
              {...form.getInputProps('permissions')}
            >
              <Stack gap="xs" mt="sm">
                {session.permissions.map(({ name }) => (
                  <Checkbox key={name} value={name} label={t(`people:permission.${name}`)} />
                ))}
              </Stack>
            </Checkbox.Group>
            <Group justify="flex-end">
              <Button variant="default" onClick={onClose}>
                {t('shell:action.cancel')}
              </Button>
              <Button type="submit" loading={make.isPending}>
                {t('account:tokens.make')}
              </Button>
            </Group>
          </Stack>
        </form>
      )}
    </Modal>
  )
}
