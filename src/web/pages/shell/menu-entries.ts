import type { Icon } from '@tabler/icons-react'
import {
  IconActivityHeartbeat,
  IconBuilding,
  IconDatabase,
  IconFileImport,
  IconFolders,
  IconHome,
  IconKey,
  IconListCheck,
  IconMail,
  IconMap,
  IconMapPin,
  IconUserCheck,
  IconUsers,
  IconUsersGroup,
} from '@tabler/icons-react'
import type { Permission } from '#contract/access.ts'
import type { SessionView } from '#contract/session.ts'
import { paths } from '#web/lib/paths.ts'
import { holds } from '#web/lib/session.ts'

export interface Entry {
  label:
    | 'home'
    | 'developmentMail'
    | 'communities'
    | 'map'
    | 'places'
    | 'imports'
    | 'files'
    | 'people'
    | 'approvals'
    | 'organisations'
    | 'roles'
    | 'system'
    | 'jobs'
    | 'storage'
  href: string
  Icon: Icon
  /** Any of these opens the page; none means everybody. */
  needs?: Permission[]
  /** Only where mail does not leave the machine. */
  development?: true
}

interface Section {
  label?: 'registry' | 'access' | 'system'
  entries: Entry[]
}

const sections: Section[] = [
  { entries: [{ label: 'home', href: paths.home(), Icon: IconHome }] },
  {
    label: 'registry',
    entries: [
      { label: 'communities', href: paths.communities(), Icon: IconUsersGroup, needs: ['community.read'] },
      { label: 'map', href: paths.map(), Icon: IconMap, needs: ['community.read'] },
      { label: 'places', href: paths.places(), Icon: IconMapPin, needs: ['place.read'] },
      { label: 'files', href: paths.files(), Icon: IconFolders, needs: ['file.read'] },
      { label: 'imports', href: paths.imports(), Icon: IconFileImport, needs: ['community.import'] },
    ],
  },
  {
    label: 'access',
    entries: [
      { label: 'people', href: paths.people(), Icon: IconUsers, needs: ['account.read'] },
      {
        label: 'approvals',
        href: paths.approvals(),
        Icon: IconUserCheck,
        needs: ['account.approve', 'account.endorse'],
      },
      { label: 'organisations', href: paths.organisations(), Icon: IconBuilding, needs: ['organisation.read'] },
      { label: 'roles', href: paths.roles(), Icon: IconKey, needs: ['access.read'] },
      { label: 'developmentMail', href: paths.developmentMail(), Icon: IconMail, development: true },
    ],
  },
  {
    label: 'system',
    entries: [
      { label: 'system', href: paths.system(), Icon: IconActivityHeartbeat, needs: ['system.read'] },
      { label: 'jobs', href: paths.jobs(), Icon: IconListCheck, needs: ['system.read'] },
      { label: 'storage', href: paths.storage(), Icon: IconDatabase, needs: ['system.read'] },
    ],
  },
]

/** What this person may open; an empty section falls away. */
export const navigationFor = (session: SessionView): Section[] =>
  sections
    .map((section) => ({
      ...section,
      entries: section.entries.filter(
        (entry) =>
          (entry.needs?.some((need) => holds(session, need)) ?? true) && (!entry.development || session.development),
      ),
    }))
    .filter((section) => section.entries.length > 0)
