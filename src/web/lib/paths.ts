type Search = Record<string, string | undefined>

const withSearch = (path: string, search: Search = {}): string => {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(search)) if (value) query.set(name, value)
  const text = query.toString()
  return text ? `${path}?${text}` : path
}

/** Every address of the web app, so that a link cannot be mistyped. */
export const paths = {
  home: () => '/',
  signIn: (returnTo?: string) => withSearch('/sign-in', { returnTo }),
  secondStep: (returnTo?: string) => withSearch('/sign-in/code', { returnTo }),
  forgot: () => '/forgot-password',
  register: () => '/register',
  registered: () => '/register/done',
  account: () => '/account',
  security: () => '/account/security',
  tokens: () => '/account/tokens',
  people: (search?: Search) => withSearch('/people', search),
  person: (userId: string) => `/people/${userId}`,
  invite: () => '/people/invite',
  approvals: (search?: Search) => withSearch('/approvals', search),
  roles: () => '/roles',
  organisations: (search?: Search) => withSearch('/organisations', search),
  places: (search?: Search) => withSearch('/places', search),
  place: (code: string) => `/places/${code}`,
  communities: (search?: Search) => withSearch('/communities', search),
  community: (communityId: string) => `/communities/${communityId}`,
  communityNew: (search?: Search) => withSearch('/communities/new', search),
  communityEdit: (communityId: string) => `/communities/${communityId}/edit`,
  map: (search?: Search) => withSearch('/map', search),
  imports: (search?: Search) => withSearch('/imports', search),
  import: (importId: string) => `/imports/${importId}`,
  files: (search?: Search) => withSearch('/files', search),
  file: (fileId: string) => `/files/${fileId}`,
  uploads: () => '/files/uploads',
  /** The secret follows behind `#`, so that it comes into no log. */
  shared: () => '/shared',
  system: (search?: Search) => withSearch('/system', search),
  storage: () => '/system/files',
  jobs: (search?: Search) => withSearch('/system/jobs', search),
  api: () => '/api-docs',
  developmentMail: () => '/dev/mail',
}
