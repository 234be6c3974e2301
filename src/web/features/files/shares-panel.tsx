import { Alert, Badge, Button, Code, CopyButton, Group, Modal, Select, Stack, Text, TextInput } from '@mantine/core'
import { IconAlertTriangle, IconLink } from '@tabler/icons-react'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { newOnceKey } from '#web/lib/once-key.ts'
import { paths } from '#web/lib/paths.ts'
import { ConfirmDialog } from '#web/ui/confirm-dialog.tsx'
import { FormProblem } from '#web/ui/field-problems.tsx'
import { formatMoment } from '#web/ui/formats.ts'
import { notify } from '#web/ui/notices.tsx'
import { Panel } from '#web/ui/panel.tsx'
import { ErrorState, Loading } from '#web/ui/state-views.tsx'
import { type FileView, fileShares, makeShare, revokeShare, type ShareView } from './files.queries.ts'
import classes from './rows.module.css'

const lifetimes = [1, 7, 30, 90] as const

const stateOf = ({ revokedAt, expiresAt }: ShareView): 'revoked' | 'ended' | 'open' =>
  revokedAt ? 'revoked' : Date.parse(expiresAt) < Date.now() ? 'ended' : 'open'

/** Links for people without an account. */
export function SharesPanel({ file }: { file: FileView }) {
  const { t } = useTranslation('files')
  const shares = useQuery(fileShares(file.id))
  const [making, setMaking] = useState(false)
  const [revoked, setRevoked] = useState<ShareView>()
  return (
    <Panel
      title={t('share.title')}
      sub={t('share.sub')}
      actions={
        !file.archived && (
          <Button
            variant="default"
            size="compact-sm"
            leftSection={<IconLink size={14} aria-hidden />}
            onClick={() => setMaking(true)}
          >
            {t('share.make')}
          </Button>
        )
      }
    >
      {shares.isError ? (
        <ErrorState error={shares.error} onRetry={() => void shares.refetch()} />
      ) : !shares.data ? (
        <Loading rows={1} />
      ) : shares.data.length === 0 ? (
        <Text size="sm" c="dimmed">
          {t('share.none')}
        </Text>
      ) : (
        <ul className={classes.rows}>
          {shares.data.map((share) => (
            <li key={share.id} className={classes.row}>
              <div className={classes.words}>
                <Group gap={8}>
                  <Text size="sm" fw={550} className={classes.whole}>
                    {share.note ?? t('share.noNote')}
                  </Text>
                  <Badge size="sm" variant="light" color={stateOf(share) === 'open' ? 'green' : 'gray'}>
                    {t(`share.state.${stateOf(share)}`)}
                  </Badge>
                </Group>
                <Text size="xs" c="dimmed" className="tabular">
                  {[
                    t('share.until', { moment: formatMoment(share.expiresAt) }),
                    share.createdBy?.name,
                    t('share.used', { count: share.usedCount }),
                    share.usedAt && t('share.lastUsed', { moment: formatMoment(share.usedAt) }),
                  ]
                    .filter(Boolean)
                    .join(' · ')}
                </Text>
              </div>
              {stateOf(share) === 'open' && (
                <Button variant="subtle" color="red" size="compact-sm" onClick={() => setRevoked(share)}>
                  {t('share.revoke')}
                </Button>
              )}
            </li>
          ))}
        </ul>
      )}
      {making && <NewShare file={file} onClose={() => setMaking(false)} />}
      <ConfirmDialog
        opened={revoked !== undefined}
        onClose={() => setRevoked(undefined)}
        title={t('share.revokeTitle')}
        confirmLabel={t('share.revoke')}
        danger
        onConfirm={async () => {
          if (revoked) await revokeShare(file.id, revoked.id)
          notify(t('share.revoked'))
        }}
      >
        <Text size="sm">{t('share.revokeBody')}</Text>
      </ConfirmDialog>
    </Panel>
  )
}

function NewShare({ file, onClose }: { file: FileView; onClose: () => void }) {
  const { t } = useTranslation(['files', 'shell'])
  const [days, setDays] = useState('7')
  const [note, setNote] = useState('')
  const [onceKey] = useState(newOnceKey)
  const make = useMutation({
    mutationFn: () => makeShare(file.id, { days: Number(days), note: note.trim() || null }, onceKey),
  })
  const address = make.data && `${location.origin}${paths.shared()}#${make.data.secret}`
  return (
    <Modal
      opened
      onClose={onClose}
      closeOnClickOutside={false}
      title={t(address ? 'share.madeTitle' : 'share.make')}
      closeButtonProps={{ 'aria-label': t('shell:action.close') }}
    >
      {address ? (
        <Stack>
          <Alert color="gold" icon={<IconAlertTriangle aria-hidden />}>
            {t('share.once')}
          </Alert>
          <Code block style={{ overflowWrap: 'anywhere', whiteSpace: 'pre-wrap' }}>
            {address}
          </Code>
          <Group justify="space-between">
            <CopyButton value={address}>
              {({ copied, copy }) => (
                <Button data-autofocus onClick={copy}>
                  {t(copied ? 'shell:action.copied' : 'share.copy')}
                </Button>
              )}
            </CopyButton>
            <Button variant="default" onClick={onClose}>
              {t('shell:action.close')}
            </Button>
          </Group>
        </Stack>
      ) : (
        <form
          noValidate
          onSubmit={(event) => {
            event.preventDefault()
            make.mutate()
          }}
        >
          <Stack>
            <Text size="sm">{t('share.help')}</Text>
            {file.confidentiality !== 'public' && (
              <Alert color="gold" icon={<IconAlertTriangle aria-hidden />}>
                {t(file.confidentiality === 'restricted' ? 'share.warnRestricted' : 'share.warnInternal')}
              </Alert>
            )}
            <FormProblem error={make.error} />
            <Select
              label={t('share.days')}
              allowDeselect={false}
              data={lifetimes.map((count) => ({ value: String(count), label: t('share.lifetime', { count }) }))}
              value={days}
              onChange={(value) => value && setDays(value)}
            />
            <TextInput
              label={t('share.note')}
              description={t('share.noteHelp')}
              maxLength={200}
              value={note}
              onChange={(event) => setNote(event.currentTarget.value)}
            />
            <Group justify="flex-end" gap="xs">
              <Button variant="default" onClick={onClose}>
                {t('shell:action.cancel')}
              </Button>
              <Button type="submit" loading={make.isPending}>
                {t('share.make')}
              </Button>
            </Group>
          </Stack>
        </form>
      )}
    </Modal>
  )
}
