import { Text } from '@mantine/core'
import { IconFolder, IconFolderFilled } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { paths } from '#web/lib/paths.ts'
import { RouterLink } from '#web/ui/app-link.tsx'
import { formatNumber } from '#web/ui/formats.ts'
import { ErrorState, Loading } from '#web/ui/state-views.tsx'
import { type FolderRow, folderList } from './files.queries.ts'
import classes from './folder-list.module.css'

interface Props {
  /** Folders directly below this one; without it, those at the top. */
  parentId?: string
  /** Those of one organisation. */
  organisationId?: string
  archived?: boolean
}

/** Folders as tiles: the office’s own first, then those of organisations under their names. */
export function FolderList({ parentId, organisationId, archived }: Props) {
  const { t } = useTranslation('files')
  const query = useQuery(
    folderList({ parent: parentId, organisation: organisationId, archived: archived ? 'true' : undefined }),
  )
  if (query.isError) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />
  if (!query.data) return <Loading rows={1} />
  if (query.data.length === 0) return null
  if (parentId || organisationId) return <Tiles label={t('folder.inside')} ownerKnown folders={query.data} />
  const own = query.data.filter(({ organisation }) => organisation === null)
  const others = query.data.filter(({ organisation }) => organisation !== null)
  return (
    <div className={classes.groups}>
      {own.length > 0 && <Tiles label={t('folder.ofOffice')} titled folders={own} />}
      {others.length > 0 && <Tiles label={t('folder.ofOrganisations')} titled folders={others} />}
    </div>
  )
}

interface TilesProps {
  label: string
  /** The label is shown too. */
  titled?: boolean
  /** The page says whose they are. */
  ownerKnown?: boolean
  folders: readonly FolderRow[]
}

function Tiles({ label, titled, ownerKnown, folders }: TilesProps) {
  return (
    <div>
      {titled && (
        <Text component="h2" size="sm" fw={600} c="dimmed" mb={6}>
          {label}
        </Text>
      )}
      <ul className={classes.tiles} aria-label={label}>
        {folders.map((folder) => (
          <li key={folder.id}>
            <Tile folder={folder} ownerKnown={ownerKnown} />
          </li>
        ))}
      </ul>
    </div>
  )
}

function Tile({ folder, ownerKnown }: { folder: FolderRow; ownerKnown: boolean | undefined }) {
  const { t } = useTranslation('files')
  const Icon = folder.files + folder.folders > 0 ? IconFolderFilled : IconFolder
  return (
    <RouterLink href={paths.files({ folder: folder.id })} className={classes.tile}>
      <Icon size={24} aria-hidden className={classes.icon} data-archived={folder.archived || undefined} />
      <span className={classes.words}>
        <span className={classes.name}>{folder.name}</span>
        <Text span size="xs" c="dimmed" className="tabular">
          {[
            !ownerKnown && folder.organisation?.name,
            t('folder.files', { count: folder.files, formatted: formatNumber(folder.files) }),
            folder.folders > 0 &&
              t('folder.folders', { count: folder.folders, formatted: formatNumber(folder.folders) }),
            folder.archived && t('mark.archived'),
          ]
            .filter(Boolean)
            .join(' · ')}
        </Text>
      </span>
    </RouterLink>
  )
}
