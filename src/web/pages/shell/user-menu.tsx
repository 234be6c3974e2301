import { Avatar, Divider, Text } from '@mantine/core'
import { IconLogout, IconShieldLock, IconTerminal2, IconUser } from '@tabler/icons-react'
import { lazy, Suspense, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { unfinished } from '#web/features/files/unfinished.ts'
import { forgetUploads } from '#web/features/files/upload-door.ts'
import { call } from '#web/lib/api.ts'
import { loadPart } from '#web/lib/load-part.ts'
import { paths } from '#web/lib/paths.ts'
import { useSession } from '#web/lib/session.ts'
import { RouterLink } from '#web/ui/app-link.tsx'
import { Dropdown, dropdownItem } from '#web/ui/dropdown.tsx'
import classes from './user-menu.module.css'

const entries = [
  { label: 'account', href: paths.account(), Icon: IconUser },
  { label: 'security', href: paths.security(), Icon: IconShieldLock },
  { label: 'tokens', href: paths.tokens(), Icon: IconTerminal2 },
] as const

// A dialog weighs more than the menu.
const UnsafeSignOut = lazy(async () => {
  const { UnsafeSignOut: part } = await loadPart(() => import('./unsafe-sign-out.tsx'))
  return { default: part }
})

/** A full load afterwards, so that nothing of this person stays in the page's memory. */
async function signOut(userId: string) {
  await forgetUploads(userId)
  await call('DELETE /api/v1/session', {})
  location.assign(paths.signIn())
}

export function UserMenu() {
  const { t } = useTranslation('shell')
  const { user } = useSession()
  const [asking, setAsking] = useState(false)
  const organisation = user.organisation?.acronym ?? user.organisation?.name
  return (
    <>
      <Dropdown
        round
        label={t('user.menu', { name: user.name })}
        icon={<Avatar name={user.name} size={34} color="green" variant="filled" aria-hidden />}
      >
        {(close) => (
          <>
            <div className={classes.person}>
              <Text fw={600} size="sm">
                {user.name}
              </Text>
              <Text size="xs" c="dimmed">
                {user.email}
              </Text>
              <Text size="xs" c="dimmed">
                {[t(`role.${user.role}`), organisation].filter(Boolean).join(' · ')}
              </Text>
            </div>
            <Divider my={4} />
            {entries.map(({ label, href, Icon }) => (
              <RouterLink key={label} href={href} className={dropdownItem} onClick={close}>
                <Icon size={18} aria-hidden />
                {t(`user.${label}`)}
              </RouterLink>
            ))}
            <Divider my={4} />
            <button
              type="button"
              className={dropdownItem}
              onClick={() => (unfinished(user.id) > 0 ? setAsking(true) : void signOut(user.id))}
            >
              <IconLogout size={18} aria-hidden />
              {t('user.signOut')}
            </button>
          </>
        )}
      </Dropdown>
      {asking && (
        <Suspense>
          <UnsafeSignOut
            count={unfinished(user.id)}
            onSignOut={() => signOut(user.id)}
            onClose={() => setAsking(false)}
          />
        </Suspense>
      )}
    </>
  )
}
