import { Alert, Button, Group, Modal, Stack, Text, Textarea } from '@mantine/core'
import { IconAlertTriangle } from '@tabler/icons-react'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { AccountView, ApprovalRow } from '#contract/accounts.ts'
import { type Placement, placementBody, placementPaths } from '#web/features/people/placement.ts'
import { call } from '#web/lib/api.ts'
import { FormProblem, useFieldProblems } from '#web/ui/field-problems.tsx'
import { placementOf } from './edit-access.tsx'
import { PlacementFields } from './placement-fields.tsx'

interface Props {
  row: ApprovalRow
  onClose: () => void
  onDone: (person: AccountView) => void
}

/** Approval with the role and rows the person gets; without the ministry's endorsement only with a reason. */
export function ApproveDialog({ row, onClose, onDone }: Props) {
  const { t } = useTranslation(['people', 'shell'])
  const fieldsOf = useFieldProblems()
  const [placement, setPlacement] = useState<Placement>(placementOf(row))
  const [reason, setReason] = useState('')
  const [missing, setMissing] = useState(false)
  const skips = row.stage === 'endorsement'
  const approve = useMutation({
    mutationFn: () =>
      call('POST /api/v1/accounts/:accountId/approve', {
        params: { accountId: row.id },
        body: {
          ...placementBody({ ...placement, role: placement.role ?? row.role }),
          version: row.version,
          ...(skips && { withoutEndorsement: true, reason }),
        },
      }),
    onSuccess: (person) => {
      onDone(person)
      onClose()
    },
  })
  const errors = fieldsOf(approve.error)

  return (
    <Modal
      opened
      onClose={onClose}
      size="lg"
      closeOnClickOutside={false}
      title={t('people:approvals.approveTitle', { name: row.name })}
      closeButtonProps={{ 'aria-label': t('shell:action.close') }}
    >
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault()
          if (skips && !reason.trim()) return setMissing(true)
          approve.mutate()
        }}
      >
        <Stack>
          <Text>{t('people:approvals.approveBody')}</Text>
          {row.note && <Text fs="italic">“{row.note}”</Text>}
          <FormProblem error={approve.error} shown={[...placementPaths, 'reason']} />
          <PlacementFields value={placement} onChange={setPlacement} errors={errors} />
          {skips && (
            <>
              <Alert color="gold" icon={<IconAlertTriangle aria-hidden />} title={t('people:approvals.skipTitle')}>
                {t('people:approvals.skipBody')}
              </Alert>
              <Textarea
                label={t('people:approvals.skipReason')}
                required
                autosize
                minRows={2}
                maxLength={500}
                value={reason}
                error={missing ? t('shell:form.required') : errors.reason}
                onChange={(event) => {
                  setReason(event.currentTarget.value)
                  setMissing(false)
                }}
              />
            </>
          )}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              {t('shell:action.cancel')}
            </Button>
            <Button type="submit" loading={approve.isPending}>
              {t('people:approvals.approve')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}
