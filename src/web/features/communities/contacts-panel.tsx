import {
  ActionIcon,
  Alert,
  Button,
  Group,
  Modal,
  Select,
  SimpleGrid,
  Stack,
  Text,
  TextInput,
  Tooltip,
} from '@mantine/core'
import { useForm } from '@mantine/form'
import { IconPencil, IconPlus, IconShieldLock, IconUserMinus } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { ContactRole } from '#contract/communities.options.ts'
import { newOnceKey } from '#web/lib/once-key.ts'
import { ConfirmDialog } from '#web/ui/confirm-dialog.tsx'
import { FormProblem } from '#web/ui/field-problems.tsx'
import { formatDay, manilaDay } from '#web/ui/formats.ts'
import { Panel } from '#web/ui/panel.tsx'
import { useFieldProblems } from '#web/ui/problem-words.ts'
import { ErrorState, Loading } from '#web/ui/state-views.tsx'
import { mailTo, phoneTo } from './chapters.tsx'
import {
  addContact,
  type CommunityView,
  type ContactView,
  changeContact,
  communityContacts,
  removeContact,
} from './communities.queries.ts'
import { useCommunityWords } from './community-words.ts'
import classes from './contacts-panel.module.css'

/** Contact persons are personal data: who may not see them does not see that there are any. */
export function ContactsPanel({ community }: { community: CommunityView }) {
  const { t } = useTranslation('registry')
  const words = useCommunityWords()
  const contacts = useQuery(communityContacts(community.id))
  const [edited, setEdited] = useState<ContactView | 'new'>()
  const [removed, setRemoved] = useState<ContactView>()
  const mayEdit = community.can.editContacts && !community.archived

  return (
    <Panel
      title={t('contacts.title')}
      sub={
        <Group gap={6} wrap="nowrap" align="flex-start">
          <IconShieldLock size={15} aria-hidden style={{ flexShrink: 0, marginTop: 2 }} />
          {t('contacts.privacy')}
        </Group>
      }
      actions={
        mayEdit && (
          <Button
            size="xs"
            variant="default"
            leftSection={<IconPlus size={14} aria-hidden />}
            onClick={() => setEdited('new')}
          >
            {t('contacts.add')}
          </Button>
        )
      }
    >
      {contacts.isError ? (
        <ErrorState error={contacts.error} onRetry={() => void contacts.refetch()} />
      ) : !contacts.data ? (
        <Loading rows={2} />
      ) : contacts.data.items.length === 0 ? (
        <Text c="dimmed" size="sm">
          {t('contacts.none')}
        </Text>
      ) : (
        <ul className={classes.list}>
          {contacts.data.items.map((contact) => (
            <li key={contact.id} className={classes.person}>
              <div>
                <Text fw={600}>{contact.name}</Text>
                <Text size="sm" c="dimmed">
                  {[words.role(contact.role), contact.position].filter(Boolean).join(' · ')}
                </Text>
                <Group gap="xs" fz="sm">
                  {contact.phone && phoneTo(contact.phone)}
                  {contact.email && mailTo(contact.email)}
                </Group>
                <Text size="xs" c="dimmed">
                  {contact.verifiedOn
                    ? t('contacts.verified', { day: formatDay(contact.verifiedOn) })
                    : t('contacts.notVerified')}
                </Text>
              </div>
              {mayEdit && (
                <Group gap={4} wrap="nowrap" className="no-print">
                  <Tooltip label={t('contacts.edit', { name: contact.name })}>
                    <ActionIcon
                      variant="subtle"
                      color="gray"
                      size="lg"
                      aria-label={t('contacts.edit', { name: contact.name })}
                      onClick={() => setEdited(contact)}
                    >
                      <IconPencil size={17} aria-hidden />
                    </ActionIcon>
                  </Tooltip>
                  <Tooltip label={t('contacts.remove', { name: contact.name })}>
                    <ActionIcon
                      variant="subtle"
                      color="gray"
                      size="lg"
                      aria-label={t('contacts.remove', { name: contact.name })}
                      onClick={() => setRemoved(contact)}
                    >
                      <IconUserMinus size={17} aria-hidden />
                    </ActionIcon>
                  </Tooltip>
                </Group>
              )}
            </li>
          ))}
        </ul>
      )}
      <Modal
        opened={edited !== undefined}
        onClose={() => setEdited(undefined)}
        title={edited === 'new' ? t('contacts.addTitle') : t('contacts.editTitle')}
        size="lg"
        closeButtonProps={{ 'aria-label': t('contacts.close') }}
      >
        {edited && (
          <ContactForm
            key={edited === 'new' ? 'new' : edited.id}
            communityId={community.id}
            contact={edited === 'new' ? null : edited}
            onDone={() => setEdited(undefined)}
          />
        )}
      </Modal>
      <ConfirmDialog
        opened={removed !== undefined}
        onClose={() => setRemoved(undefined)}
        title={t('contacts.removeTitle', { name: removed?.name })}
        confirmLabel={t('contacts.removeConfirm')}
        danger
        onConfirm={async () => {
          if (removed) await removeContact(community.id, removed.id, removed.version)
        }}
      >
        {t('contacts.removeBody')}
      </ConfirmDialog>
    </Panel>
  )
}

interface Typed {
  name: string
  role: ContactRole | ''
  position: string
  phone: string
  email: string
  verifiedOn: string
}

const fields = ['name', 'role', 'position', 'phone', 'email', 'verifiedOn'] as const

function ContactForm({
  communityId,
  contact,
  onDone,
}: {
  communityId: string
  contact: ContactView | null
  onDone: () => void
}) {
  const { t } = useTranslation('registry')
  const words = useCommunityWords()
  const problemsOf = useFieldProblems()
  const onceKey = useRef(newOnceKey())
  const [error, setError] = useState<unknown>()
  const [busy, setBusy] = useState(false)
  const today = manilaDay(new Date().toISOString())
  const form = useForm<Typed>({
    initialValues: {
      name: contact?.name ?? '',
      role: contact?.role ?? '',
      position: contact?.position ?? '',
      phone: contact?.phone ?? '',
      email: contact?.email ?? '',
      verifiedOn: contact?.verifiedOn ?? '',
    },
    validate: {
      name: (value) => (value.trim() ? null : t('formProblem.required')),
      role: (value) => (value ? null : t('formProblem.required')),
      email: (value) =>
        value.trim() && !/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(value.trim()) ? t('formProblem.email') : null,
      verifiedOn: (value) => (value > today ? t('formProblem.date_in_future') : null),
    },
  })

  async function save(typed: Typed) {
    setBusy(true)
    setError(undefined)
    const body = {
      name: typed.name.trim(),
      role: typed.role as ContactRole,
      position: typed.position.trim() || null,
      phone: typed.phone.trim() || null,
      email: typed.email.trim() || null,
      verifiedOn: typed.verifiedOn || null,
    }
    try {
      if (contact) {
        const changed = Object.fromEntries(
          fields.filter((field) => body[field] !== contact[field]).map((field) => [field, body[field]]),
        )
        if (Object.keys(changed).length > 0)
          await changeContact(communityId, contact.id, { ...changed, version: contact.version })
      } else await addContact(communityId, body, onceKey.current)
      onDone()
    } catch (failure) {
      setError(failure)
      form.setErrors(problemsOf(failure))
      onceKey.current = newOnceKey()
    } finally {
      setBusy(false)
    }
  }

  return (
    <form noValidate onSubmit={form.onSubmit((typed) => void save(typed))}>
      <Stack gap="md">
        <FormProblem error={error} shown={fields} />
        <Alert variant="light" color="gray" icon={<IconShieldLock aria-hidden />}>
          {t('contacts.consent')}
        </Alert>
        <TextInput
          label={t('contacts.name')}
          required
          data-autofocus
          maxLength={200}
          autoComplete="off"
          {...form.getInputProps('name')}
        />
        <SimpleGrid cols={{ base: 1, sm: 2 }}>
          <Select
            label={t('contacts.role')}
            required
            searchable
            data={words.roleOptions}
            {...form.getInputProps('role')}
            value={form.values.role || null}
            onChange={(value) => form.setFieldValue('role', (value ?? '') as Typed['role'])}
          />
          <TextInput
            label={t('contacts.position')}
            maxLength={200}
            autoComplete="off"
            {...form.getInputProps('position')}
          />
          <TextInput
            label={t('contacts.phone')}
            description={t('contacts.phoneHelp')}
            type="tel"
            maxLength={40}
            autoComplete="off"
            {...form.getInputProps('phone')}
          />
          <TextInput
            label={t('contacts.email')}
            description={t('contacts.emailHelp')}
            type="email"
            maxLength={254}
            autoComplete="off"
            {...form.getInputProps('email')}
          />
        </SimpleGrid>
        <TextInput
          label={t('contacts.verifiedOn')}
          description={t('contacts.verifiedHelp')}
          type="date"
          max={today}
          maw={240}
          {...form.getInputProps('verifiedOn')}
        />
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onDone}>
            {t('form.cancel')}
          </Button>
          <Button type="submit" loading={busy}>
            {contact ? t('form.save') : t('contacts.add')}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
