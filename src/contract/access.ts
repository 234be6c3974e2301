/**
 * The catalogue of access: every permission, every role, and which rows a role's permission reaches.
 * Free of schemas, so that the browser can carry it. Default is deny: what is not listed here is not allowed.
 */

/** Which rows a permission reaches: every row; the person's organisation; assigned places; assigned communities. */
export const scopeKinds = ['all', 'organisation', 'places', 'communities'] as const
export type ScopeKind = (typeof scopeKinds)[number]

/** Every permission, with the scopes in which it can be given. Personal data is a permission of its own (RA 10173). */
export const permissions = {
  'community.read': { label: 'See communities', scopes: ['all', 'places', 'communities'] },
  'community.read_contacts': {
    label: 'See contact persons of communities (personal data)',
    scopes: ['all', 'places', 'communities'],
  },
  'community.read_history': { label: 'See who changed a community', scopes: ['all', 'places', 'communities'] },
  'community.create': { label: 'Register communities', scopes: ['all', 'places'] },
  'community.edit': { label: 'Change communities', scopes: ['all', 'places', 'communities'] },
  'community.edit_contacts': {
    label: 'Change contact persons (personal data)',
    scopes: ['all', 'places', 'communities'],
  },
  'community.archive': { label: 'Archive and restore communities', scopes: ['all', 'places'] },
  'community.import': { label: 'Import spreadsheets of communities', scopes: ['all', 'places'] },
  'community.export': { label: 'Export communities', scopes: ['all', 'places', 'communities'] },
  'place.read': { label: 'See places and their figures', scopes: ['all'] },
  'organisation.read': { label: 'See organisations', scopes: ['all'] },
  'organisation.edit': { label: 'Add and change organisations', scopes: ['all'] },
  'file.read': {
    label: 'See public files of records one may see',
    scopes: ['all', 'organisation', 'places', 'communities'],
  },
  'file.read_internal': { label: 'See internal files', scopes: ['all', 'organisation', 'places', 'communities'] },
  'file.read_restricted': { label: 'See restricted files', scopes: ['all', 'organisation', 'places', 'communities'] },
  'file.read_original': {
    label: 'Get pictures with place and time as the camera wrote them (personal data)',
    scopes: ['all', 'organisation', 'places', 'communities'],
  },
  'file.read_uses': { label: 'See who viewed and downloaded a file', scopes: ['all', 'organisation'] },
  'file.upload': { label: 'Add files and new versions', scopes: ['all', 'organisation', 'places', 'communities'] },
  'file.edit': { label: 'Change names, tags and links of files', scopes: ['all', 'organisation', 'places'] },
  'file.archive': { label: 'Archive and restore files', scopes: ['all', 'organisation'] },
  'file.share': { label: 'Share a file by a link', scopes: ['all', 'organisation'] },
  'folder.edit': { label: 'Make and change folders', scopes: ['all', 'organisation'] },
  'account.read': { label: 'See people and their access', scopes: ['all', 'organisation'] },
  'account.endorse': { label: 'Endorse accounts of the own ministry (first stage)', scopes: ['all', 'organisation'] },
  'account.approve': { label: 'Approve or refuse accounts (second stage)', scopes: ['all'] },
  'account.invite': { label: 'Invite people', scopes: ['all'] },
  'account.edit': { label: 'Change roles, scopes, grants and state of accounts', scopes: ['all'] },
  'access.read': { label: 'See roles and permissions', scopes: ['all'] },
  'access.edit': { label: 'Demand two-factor sign-in of a role', scopes: ['all'] },
  'system.read': { label: 'See the state of the system', scopes: ['all'] },
  'system.edit': { label: 'Run failed jobs again or discard them, make and prove backups', scopes: ['all'] },
} as const satisfies Record<string, { label: string; scopes: readonly ScopeKind[] }>

export type Permission = keyof typeof permissions
export const permissionNames = Object.keys(permissions) as Permission[]

export interface RoleEntry {
  label: string
  summary: string
  /** The widest rows the role's permission reaches. `places` and `communities` need an assignment on the account. */
  grants: Partial<Record<Permission, ScopeKind>>
}

const everything = Object.fromEntries(permissionNames.map((name) => [name, 'all'])) as Record<Permission, 'all'>

/** Every file of every record, and the folders. */
const wholeLibrary = {
  'file.read': 'all',
  'file.read_internal': 'all',
  'file.read_restricted': 'all',
  'file.read_original': 'all',
  'file.read_uses': 'all',
  'file.upload': 'all',
  'file.edit': 'all',
  'file.archive': 'all',
  'file.share': 'all',
  'folder.edit': 'all',
} as const satisfies RoleEntry['grants']

export const roles = {
  administrator: {
    label: 'Administrator',
    summary: 'Runs the system: accounts, access, imports and every record.',
    grants: everything,
  },
  executive: {
    label: 'Executive',
    summary: 'Executive Director and Deputy: sees everything, decides on accounts.',
    grants: {
      'community.read': 'all',
      'community.read_contacts': 'all',
      'community.read_history': 'all',
      'community.edit': 'all',
      'community.edit_contacts': 'all',
      'community.create': 'all',
      'community.archive': 'all',
      'community.export': 'all',
      'place.read': 'all',
      'organisation.read': 'all',
      'organisation.edit': 'all',
      ...wholeLibrary,
      'account.read': 'all',
      'account.approve': 'all',
      'account.invite': 'all',
      'access.read': 'all',
    },
  },
  staff: {
    label: 'OOBC staff',
    summary: 'Keeps the registry: registers, corrects, imports and exports communities.',
    grants: {
      'community.read': 'all',
      'community.read_contacts': 'all',
      'community.read_history': 'all',
      'community.create': 'all',
      'community.edit': 'all',
      'community.edit_contacts': 'all',
      'community.archive': 'all',
      'community.import': 'all',
      'community.export': 'all',
      'place.read': 'all',
      'organisation.read': 'all',
      ...wholeLibrary,
    },
  },
  ocm: {
    label: 'Office of the Chief Minister',
    summary: 'Read-only oversight of every community; no personal data.',
    grants: {
      'community.read': 'all',
      'community.read_history': 'all',
      'community.export': 'all',
      'place.read': 'all',
      'organisation.read': 'all',
      'file.read': 'all',
      'file.read_internal': 'all',
    },
  },
  moa_focal: {
    label: 'Ministry focal person',
    summary: 'Sees communities, endorses accounts of the own ministry, office or agency.',
    grants: {
      'community.read': 'all',
      'place.read': 'all',
      'organisation.read': 'all',
      'account.read': 'organisation',
      'account.endorse': 'organisation',
      'file.read': 'all',
      'file.read_internal': 'organisation',
      'file.read_restricted': 'organisation',
      'file.read_original': 'organisation',
      'file.upload': 'organisation',
      'file.edit': 'organisation',
      'file.archive': 'organisation',
      'folder.edit': 'organisation',
    },
  },
  lgu_focal: {
    label: 'LGU or NGA focal person',
    summary: 'Sees and exports the communities of the assigned places.',
    grants: {
      'community.read': 'places',
      'community.read_contacts': 'places',
      'community.export': 'places',
      'place.read': 'all',
      'organisation.read': 'all',
      'file.read': 'places',
      'file.read_internal': 'places',
      'file.upload': 'places',
    },
  },
  partner: {
    label: 'Partner',
    summary: 'Own agreements and commitments.',
    grants: {
      'place.read': 'all',
      'organisation.read': 'all',
      'file.read': 'organisation',
      'file.read_internal': 'organisation',
      'file.upload': 'organisation',
    },
  },
  community_leader: {
    label: 'Community leader',
    summary: 'Sees the own community and its contact persons.',
    grants: {
      'community.read': 'communities',
      'community.read_contacts': 'communities',
      'place.read': 'all',
      'file.read': 'communities',
      'file.read_internal': 'communities',
      'file.upload': 'communities',
    },
  },
  facilitator: { label: 'Facilitator', summary: 'Own assessments.', grants: { 'place.read': 'all' } },
  participant: { label: 'Participant', summary: 'Own assessment.', grants: { 'place.read': 'all' } },
  researcher: {
    label: 'Researcher',
    summary: 'Reads and exports communities without personal data.',
    grants: { 'community.read': 'all', 'community.export': 'all', 'place.read': 'all', 'file.read': 'all' },
  },
} as const satisfies Record<string, RoleEntry>

export type Role = keyof typeof roles
export const roleNames = Object.keys(roles) as [Role, ...Role[]]

/** The office's teams; a member of staff belongs to one. */
export const teams = {
  mana: 'MANA Team',
  monitoring: 'M&E Unit',
  planning: 'Planning and Budgeting Unit',
  coordination: 'Coordination Unit',
  community_development: 'Community Development Unit',
  research: 'Research Unit',
} as const
export type Team = keyof typeof teams
export const teamNames = Object.keys(teams) as [Team, ...Team[]]
