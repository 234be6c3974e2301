import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
} from '@tanstack/react-router'
import type { ComponentType } from 'react'
import type { Permission } from '#contract/access.ts'
import { whenTurnedAway } from './lib/api.ts'
import { type Area, loadWords } from './lib/i18n.ts'
import { loadPart } from './lib/load-part.ts'
import { paths } from './lib/paths.ts'
import { queryClient } from './lib/query.ts'
import { sessionQuery, setSession } from './lib/session.ts'
import { CrashPage } from './pages/errors/crash-page.tsx'
import { NotFoundPage } from './pages/errors/not-found-page.tsx'
import { NotFound } from './ui/state-views.tsx'

interface Need {
  permission?: Permission
}

declare module '@tanstack/react-router' {
  interface StaticDataRouteOption extends Need {}
}

const root = createRootRouteWithContext()({
  component: Outlet,
  notFoundComponent: NotFoundPage,
})

const openFrame = createRoute({
  getParentRoute: () => root,
  id: 'open',
  component: lazyRouteComponent(() => loadPart(() => import('./pages/shell/open-layout.tsx')), 'OpenLayout'),
})

const appFrame = createRoute({
  getParentRoute: () => root,
  id: 'app',
  component: lazyRouteComponent(() => loadPart(() => import('./pages/shell/app-layout.tsx')), 'AppLayout'),
  beforeLoad: async ({ location }) => {
    const session = await queryClient.ensureQueryData(sessionQuery)
    if (!session) throw redirect({ href: paths.signIn(location.href === '/' ? undefined : location.href) })
    if (session.mustSetUpTwoFactor && location.pathname !== paths.security()) throw redirect({ href: paths.security() })
  },
})

type Load<K extends string> = () => Promise<{ [N in K]: ComponentType }>

/** A page comes with its words: asked for only when it renders, they would keep it from view for a third of a second. */
const page = <K extends string>(words: Area[], load: Load<K>, name: K) =>
  lazyRouteComponent(() => loadPart(async () => (await Promise.all([load(), loadWords(words)]))[0]), name)

/** A page for anybody. */
const open = <K extends string>(path: string, words: Area[], load: Load<K>, name: K) =>
  createRoute({ getParentRoute: () => openFrame, path, component: page(words, load, name) })

const signIn = createRoute({
  getParentRoute: () => openFrame,
  path: '/sign-in',
  component: page(['account'], () => import('./pages/identity/sign-in-page.tsx'), 'SignInPage'),
  beforeLoad: async () => {
    const session = await queryClient.ensureQueryData(sessionQuery).catch(() => null)
    if (session) throw redirect({ href: paths.home() })
  },
})

/** A page inside the shell; `permission` is what the person must hold to see anything of it. */
const app = <K extends string>(path: string, words: Area[], load: Load<K>, name: K, permission?: Permission) =>
  createRoute({
    getParentRoute: () => appFrame,
    path,
    component: page(words, load, name),
    staticData: { permission },
  })

const tree = root.addChildren([
  openFrame.addChildren([
    signIn,
    open('/sign-in/code', ['account'], () => import('./pages/identity/second-step-page.tsx'), 'SecondStepPage'),
    open(
      '/forgot-password',
      ['account'],
      () => import('./pages/identity/forgot-password-page.tsx'),
      'ForgotPasswordPage',
    ),
    open('/reset-password', ['account'], () => import('./pages/identity/reset-password-page.tsx'), 'ResetPasswordPage'),
    open('/register', ['account'], () => import('./pages/identity/register-page.tsx'), 'RegisterPage'),
    open('/register/done', ['account'], () => import('./pages/identity/registered-page.tsx'), 'RegisteredPage'),
    open(
      '/accept-invitation',
      ['account'],
      () => import('./pages/identity/accept-invitation-page.tsx'),
      'AcceptInvitationPage',
    ),
    open('/shared', ['files'], () => import('./pages/files/shared-page.tsx'), 'SharedPage'),
    open('/dev/mail', ['people'], () => import('./pages/dev-mail/dev-mail-page.tsx'), 'DevMailPage'),
  ]),
  appFrame.addChildren([
    app('/', [], () => import('./pages/home/home-page.tsx'), 'HomePage'),
    app('/account', ['account'], () => import('./pages/account/profile-page.tsx'), 'ProfilePage'),
    app('/account/security', ['account'], () => import('./pages/account/security-page.tsx'), 'SecurityPage'),
    app('/account/tokens', ['account', 'people'], () => import('./pages/account/tokens-page.tsx'), 'TokensPage'),
    app('/people', ['people'], () => import('./pages/people/people-page.tsx'), 'PeoplePage', 'account.read'),
    app(
      '/people/invite',
      ['people', 'registry'],
      () => import('./pages/people/invite-page.tsx'),
      'InvitePage',
      'account.invite',
    ),
    app(
      '/people/$userId',
      ['people', 'registry'],
      () => import('./pages/people/person-page.tsx'),
      'PersonPage',
      'account.read',
    ),
    app(
      '/approvals',
      ['people', 'registry'],
      () => import('./pages/people/approvals-page.tsx'),
      'ApprovalsPage',
      'account.read',
    ),
    app('/roles', ['people'], () => import('./pages/people/roles-page.tsx'), 'RolesPage', 'access.read'),
    app(
      '/organisations',
      ['people'],
      () => import('./pages/organisations/organisations-page.tsx'),
      'OrganisationsPage',
      'organisation.read',
    ),
    app('/files', ['files'], () => import('./pages/files/library-page.tsx'), 'LibraryPage', 'file.read'),
    app('/files/uploads', ['files'], () => import('./pages/files/uploads-page.tsx'), 'UploadsPage', 'file.upload'),
    app('/files/$fileId', ['files', 'registry'], () => import('./pages/files/file-page.tsx'), 'FilePage', 'file.read'),
    app('/api-docs', ['api'], () => import('./pages/api/api-page.tsx'), 'ApiPage'),
    app('/places', ['registry'], () => import('./pages/registry/places-page.tsx'), 'PlacesPage', 'place.read'),
    app(
      '/places/$code',
      ['registry', 'files'],
      () => import('./pages/registry/place-page.tsx'),
      'PlacePage',
      'place.read',
    ),
    app(
      '/communities',
      ['registry'],
      () => import('./pages/registry/communities-page.tsx'),
      'CommunitiesPage',
      'community.read',
    ),
    app(
      '/communities/new',
      ['registry'],
      () => import('./pages/registry/community-new-page.tsx'),
      'CommunityNewPage',
      'community.create',
    ),
    app(
      '/communities/$communityId',
      ['registry', 'files'],
      () => import('./pages/registry/community-page.tsx'),
      'CommunityPage',
      'community.read',
    ),
    app(
      '/communities/$communityId/edit',
      ['registry'],
      () => import('./pages/registry/community-edit-page.tsx'),
      'CommunityEditPage',
      'community.edit',
    ),
    app('/map', ['registry'], () => import('./pages/registry/map-page.tsx'), 'MapPage', 'community.read'),
    app('/imports', ['registry'], () => import('./pages/registry/imports-page.tsx'), 'ImportsPage', 'community.import'),
    app(
      '/imports/$importId',
      ['registry'],
      () => import('./pages/registry/import-page.tsx'),
      'ImportPage',
      'community.import',
    ),
    app('/system', ['status'], () => import('./pages/system/system-page.tsx'), 'SystemPage', 'system.read'),
    app('/system/jobs', ['system'], () => import('./pages/system/jobs-page.tsx'), 'JobsPage', 'system.read'),
    app('/system/files', ['media'], () => import('./pages/system/files-page.tsx'), 'FilesPage', 'system.read'),
    app('/$', [], async () => ({ NotFound }), 'NotFound'),
  ]),
])

/** Every value in the address is text, as the API takes it: codes keep their leading zero and need no quotes. */
export const router = createRouter({
  routeTree: tree,
  defaultPreload: 'intent',
  defaultPendingMs: 300,
  defaultErrorComponent: CrashPage,
  scrollRestoration: true,
  parseSearch: (query) => Object.fromEntries(new URLSearchParams(query)),
  stringifySearch: (search) => {
    const query = new URLSearchParams()
    for (const [name, value] of Object.entries(search)) if (value !== undefined) query.set(name, String(value))
    const text = query.toString()
    return text ? `?${text}` : ''
  },
})

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}

whenTurnedAway((code) => {
  if (code === 'not_signed_in') setSession(null)
  else void queryClient.invalidateQueries({ queryKey: sessionQuery.queryKey })
})
