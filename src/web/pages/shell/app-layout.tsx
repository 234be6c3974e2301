import { ActionIcon, Badge, Burger, Kbd, UnstyledButton } from '@mantine/core'
import { useDisclosure, useHotkeys, useLocalStorage } from '@mantine/hooks'
import { IconLayoutSidebarLeftCollapse, IconLayoutSidebarLeftExpand, IconSearch } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { Outlet, useLocation, useMatches, useRouter } from '@tanstack/react-router'
import { lazy, Suspense, useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { SessionView } from '#contract/session.ts'
import { loadTray, useTrayWanted } from '#web/features/files/upload-door.ts'
import { currentLanguage, switchLanguage } from '#web/lib/i18n.ts'
import { loadPart } from '#web/lib/load-part.ts'
import { paths } from '#web/lib/paths.ts'
import { holds, OpenSession, sessionQuery } from '#web/lib/session.ts'
import { AppLink } from '#web/ui/app-link.tsx'
import { afterSubmit } from '#web/ui/first-problem.ts'
import { Logo } from '#web/ui/logo.tsx'
import { Notices, notify } from '#web/ui/notices.tsx'
import { useProblemWords } from '#web/ui/problem-words.ts'
import { Forbidden, Loading } from '#web/ui/state-views.tsx'
import { ThemeToggle } from '#web/ui/theme-toggle.tsx'
import classes from './app-layout.module.css'
import type { CommandPalette } from './command-palette.tsx'
import { LanguageSwitch } from './language-switch.tsx'
import { MenuDrawer } from './menu-drawer.tsx'
import { Navigation } from './navigation.tsx'
import { OfflineBanner } from './offline-banner.tsx'
import { useLiveUpdates } from './use-live-updates.ts'
import { UserMenu } from './user-menu.tsx'

const UploadsTray = lazy(async () => ({ default: await loadTray() }))

const loadPalette = () => loadPart(() => import('./command-palette.tsx'))
/** Fetched while the hand is on its way; a failure shows at the click. */
const warmPalette = () => void loadPalette().catch(() => {})
const searchKeys = /Mac|iPhone|iPad/.test(navigator.userAgent) ? '⌘ K' : 'Ctrl K'

/** A session may end, or a role may come to demand two-factor sign-in, under an open page. */
export function AppLayout() {
  const { data: session } = useQuery(sessionQuery)
  const router = useRouter()
  const over = session === null
  const mustSetUp = session?.mustSetUpTwoFactor ?? false
  useEffect(() => {
    const { href } = router.state.location
    if (over) void router.navigate({ href: paths.signIn(href === '/' ? undefined : href) })
    else if (mustSetUp && router.state.location.pathname !== paths.security())
      void router.navigate({ href: paths.security() })
  }, [over, mustSetUp, router])
  if (!session) return null
  return (
    <OpenSession value={session}>
      <Shell session={session} />
    </OpenSession>
  )
}

function Shell({ session }: { session: SessionView }) {
  const { t } = useTranslation('shell')
  const { pathname } = useLocation()
  const need = useMatches().at(-1)?.staticData.permission
  const [narrow, setNarrow] = useLocalStorage({
    key: 'obcms.narrow-menu',
    defaultValue: false,
    getInitialValueInEffect: false,
  })
  const [drawer, { open, close }] = useDisclosure(false)
  const [palette, setPalette] = useState(false)
  const [Palette, setPaletteComponent] = useState<typeof CommandPalette>()
  const problemWords = useProblemWords()
  useLiveUpdates()
  const trayWanted = useTrayWanted(session.user.id)

  async function openPalette() {
    try {
      const loaded = await loadPalette()
      setPaletteComponent(() => loaded.CommandPalette)
      setPalette(true)
    } catch (error) {
      notify(problemWords(error), 'info')
    }
  }
  useHotkeys([['mod+K', () => void openPalette()]], [])

  // biome-ignore lint/correctness/useExhaustiveDependencies: the drawer closes because the page changed
  useEffect(close, [pathname])

  const { language } = session.user
  useEffect(() => {
    if (language !== currentLanguage()) void switchLanguage(language)
  }, [language])

  return (
    <div className={classes.shell} data-narrow={narrow || undefined}>
      <a href="#content" className="skip-link">
        {t('app.skip')}
      </a>
      <header className={classes.top}>
        <Burger
          className={classes.burger}
          opened={drawer}
          onClick={open}
          size="sm"
          aria-label={t('nav.open')}
          aria-expanded={drawer}
        />
        <AppLink
          href={paths.home()}
          className={classes.brand}
          underline="never"
          c="inherit"
          aria-label={`OBCMS – ${t('nav.home')}`}
        >
          <Logo />
          <span className={classes.name}>OBCMS</span>
        </AppLink>
        {session.development && (
          <AppLink
            href={paths.developmentMail()}
            className={classes.development}
            title={t('app.developmentHint')}
            aria-label={t('nav.developmentMail')}
          >
            <Badge color="gold" variant="light" style={{ cursor: 'inherit' }}>
              {t('app.development')}
            </Badge>
          </AppLink>
        )}
        <UnstyledButton
          className={classes.search}
          onClick={() => void openPalette()}
          onFocus={warmPalette}
          onMouseEnter={warmPalette}
          aria-keyshortcuts="Control+K Meta+K"
        >
          <IconSearch size={16} aria-hidden />
          <span className={classes.searchWords}>{t('palette.hint')}</span>
          <Kbd size="xs" className={classes.keys} aria-hidden>
            {searchKeys}
          </Kbd>
        </UnstyledButton>
        <div className={classes.tools}>
          <LanguageSwitch />
          <ThemeToggle />
          <UserMenu />
        </div>
      </header>
      <aside className={classes.side}>
        <div className={classes.sideInside}>
          <Navigation narrow={narrow} />

          <ActionIcon
            variant="subtle"
            color="gray"
            className={classes.fold}
            title={t(narrow ? 'nav.expand' : 'nav.collapse')}
            onClick={() => setNarrow(!narrow)}
            aria-label={t(narrow ? 'nav.expand' : 'nav.collapse')}
          >
            {narrow ? (
              <IconLayoutSidebarLeftExpand size={20} aria-hidden />
            ) : (
              <IconLayoutSidebarLeftCollapse size={20} aria-hidden />
            )}
          </ActionIcon>
        </div>
      </aside>
      <MenuDrawer opened={drawer} onClose={close} />
      <main id="content" tabIndex={-1} className={classes.content} onSubmit={afterSubmit}>
        <OfflineBanner />
        <Suspense fallback={<Loading />}>{need && !holds(session, need) ? <Forbidden /> : <Outlet />}</Suspense>
      </main>
      <Notices />
      {trayWanted && (
        <Suspense>
          <UploadsTray />
        </Suspense>
      )}
      {Palette && <Palette opened={palette} onClose={() => setPalette(false)} />}
    </div>
  )
}
