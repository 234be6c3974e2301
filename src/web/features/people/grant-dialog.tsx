import { Button, Group, Modal, SegmentedControl, Select, Stack, Textarea, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { type Permission, permissionNames, permissions, type ScopeKind } from '#contract/access.ts'
import type { GrantEffect } from '#contract/accounts.options.ts'
import type { AccountView } from '#contract/accounts.ts'
import { call } from '#web/lib/api.ts'
import { FormProblem, useFieldProblems } from '#web/ui/field-problems.tsx'
import { notify } from '#web/ui/notices.tsx'
import { keepPerson } from './people.queries.ts'

/** The last second of the chosen day in Manila (UTC+8, no summer time). */
const endOfDay = (day: string) => new Date(`${day}T23:59:59+08:00`).toISOString()

export function GrantDialog({ person, onClose }: { person: AccountView; onClose: () => void }) {
  const { t } = useTranslation(['people', 'shell'])
  const queries = useQueryClient()
  const fieldsOf = useFieldProblems()
  const missing = t('shell:form.required')
  const form = useForm({
    initialValues: {
      effect: 'allow' as GrantEffect,
      permission: null as Permission | null,
      scope: null as ScopeKind | null,
      expires: '',
      reason: '',
    },
    validate: {
      permission: (permission) => (permission ? null : missing),
      scope: (scope, values) => (values.effect === 'allow' && !scope ? missing : null),
      reason: (reason) => (reason.trim() ? null : missing),
    },
  })
  const { permission, effect } = form.values
  const save = useMutation({
    mutationFn: () => {
      const { scope, expires, reason } = form.values
      if (!permission) throw new Error('A permission is chosen before the form is sent.')
      return call('POST /api/v1/accounts/:accountId/grants', {
        params: { accountId: person.id },
        body: {
          permission,
          effect,
          scope: effect === 'allow' ? scope : null,
          reason,
          expiresAt: expires ? endOfDay(expires) : null,
        },
      })
    },
    onSuccess: (next) => {
      keepPerson(queries, next)
      notify(t('people:grants.added'))
      onClose()
    },
    onError: (error) => form.setErrors(fieldsOf(error)),
  })

  return (
    <Modal
      opened
      onClose={onClose}
      closeOnClickOutside={!form.isDirty()}
      title={t('people:grants.addTitle')}
      closeButtonProps={{ 'aria-label': t('shell:action.close') }}
    >
      <form noValidate onSubmit={form.onSubmit(() => save.mutate())}>
        <Stack>
          <FormProblem error={save.error} shown={['permission', 'effect', 'scope', 'reason', 'expiresAt']} />
          <SegmentedControl
            aria-label={t('people:grants.effect')}
            fullWidth
            data={[
              { value: 'allow', label: t('people:grants.allowVerb') },
              { value: 'deny', label: t('people:grants.denyVerb') },
            ]}
            {...form.getInputProps('effect')}
          />
          <Select
            label={t('people:grants.permission')}
            required
            searchable
            data={permissionNames.map((name) => ({ value: name, label: t(`people:permission.${name}`) }))}
            {...form.getInputProps('permission')}
            onChange={(value) =>
              form.setValues({ permission: value as Permission | null, scope: value ? 'all' : null })
            }
          />
          {effect === 'allow' && permission && (
            <Select
              label={t('people:grants.scope')}
              required
              allowDeselect={false}
              data={permissions[permission].scopes.map((scope) => ({
                value: scope,
                label: t(`people:scope.${scope}`),
              }))}
              {...form.getInputProps('scope')}
            />
          )}
          <TextInput
            type="date"
            label={t('people:grants.expires')}
            description={t('people:grants.expiresHint')}
            {...form.getInputProps('expires')}
            error={form.errors.expiresAt}
          />
          <Textarea
            label={t('people:grants.reason')}
            description={t('people:grants.reasonHint')}
            required
            autosize
            minRows={2}
            maxLength={500}
            {...form.getInputProps('reason')}
          />
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              {t('shell:action.cancel')}
            </Button>
            <Button type="submit" loading={save.isPending}>
              {t('shell:action.save')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}
