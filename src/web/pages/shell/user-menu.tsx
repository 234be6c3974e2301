import { Avatar, Menu, Text, UnstyledButton } from '@mantine/core'
import { IconLogout, IconShieldLock, IconTerminal2, IconUser } from '@tabler/icons-react'
import { useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { call } from '#web/lib/api.ts'
import { paths } from '#web/lib/paths.ts'
import { setSession, useSession } from '#web/lib/session.ts'
import { RouterLink } from '#web/ui/app-link.tsx'

export function UserMenu() {
  const { t } = useTranslation('shell')
  const { user } = useSession()
  const queries = useQueryClient()

  async function signOut() {
    await call('DELETE /api/v1/session', {})
    // A full load, so that nothing of this person stays in the page's memory.
    queries.clear()
    setSession(null)
    location.assign(paths.signIn())
  }

  const organisation = user.organisation?.acronym ?? user.organisation?.name
  return (
    <Menu position="bottom-end" width={260}>
      <Menu.Target>
        <UnstyledButton
          aria-label={t('user.menu', { name: user.name })}
          style={{ borderRadius: '50%', display: 'flex' }}
        >
          <Avatar name={user.name} size={34} color="green" variant="filled" aria-hidden />
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          <Text fw={600} c="var(--mantine-color-text)" size="sm" truncate>
            {user.name}
          </Text>
          <Text size="xs" truncate>
            {user.email}
          </Text>
          <Text size="xs" truncate>
            {[t(`role.${user.role}`), organisation].filter(Boolean).join(' · ')}
          </Text>
        </Menu.Label>
        <Menu.Divider />
        <Menu.Item component={RouterLink} href={paths.account()} leftSection={<IconUser size={16} aria-hidden />}>
          {t('user.account')}
        </Menu.Item>
        <Menu.Item
          component={RouterLink}
          href={paths.security()}
          leftSection={<IconShieldLock size={16} aria-hidden />}
        >
          {t('user.security')}
        </Menu.Item>
        <Menu.Item component={RouterLink} href={paths.tokens()} leftSection={<IconTerminal2 size={16} aria-hidden />}>
          {t('user.tokens')}
        </Menu.Item>
        <Menu.Divider />
        <Menu.Item leftSection={<IconLogout size={16} aria-hidden />} onClick={() => void signOut()}>
          {t('user.signOut')}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}
