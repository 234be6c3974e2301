import { Badge, Button, Group, Menu, Stack, Text } from '@mantine/core'
import { IconArchive, IconArchiveOff, IconDots, IconFiles, IconFolderPlus, IconPencil } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { FileList } from '#web/features/files/file-list.tsx'
import { changeFolder, type FolderView, folderById } from '#web/features/files/files.queries.ts'
import { FilesPanel } from '#web/features/files/files-panel.tsx'
import { ChangeFolderDialog, NewFolderDialog } from '#web/features/files/folder-dialog.tsx'
import { FolderList } from '#web/features/files/folder-list.tsx'
import { isFiltered, type LibrarySearch, readLibrary } from '#web/features/files/list-search.ts'
import { findOrganisations, organisationById } from '#web/features/organisations/organisations.queries.ts'
import { paths } from '#web/lib/paths.ts'
import { useUrlSearch } from '#web/lib/routing.ts'
import { useCan, useSession } from '#web/lib/session.ts'
import { LinkButton } from '#web/ui/app-link.tsx'
import { ConfirmDialog } from '#web/ui/confirm-dialog.tsx'
import { notify } from '#web/ui/notices.tsx'
import { PageHeader } from '#web/ui/page-header.tsx'
import { SearchSelect } from '#web/ui/search-select.tsx'
import { Empty, ErrorState, Loading } from '#web/ui/state-views.tsx'

type Change = (change: Partial<LibrarySearch>) => void

interface Given {
  search: LibrarySearch
  onChange: Change
}

export function LibraryPage() {
  const [search, setSearch] = useUrlSearch(readLibrary)
  const given = { search, onChange: setSearch }
  if (search.folder) return <FolderPart key={search.folder} folderId={search.folder} {...given} />
  if (search.organisation)
    return <OrganisationPart key={search.organisation} organisationId={search.organisation} {...given} />
  return <Whole {...given} />
}

/** All that the person may see, with the folders at the top. */
function Whole({ search, onChange }: Given) {
  const { t } = useTranslation('files')
  const mayUpload = useCan('file.upload')
  return (
    <>
      <PageHeader
        title={t('library.title')}
        sub={t('library.sub')}
        actions={
          <>
            {mayUpload && (
              <LinkButton href={paths.uploads()} variant="default">
                {t('uploads.title')}
              </LinkButton>
            )}
            <NewFolder />
          </>
        }
      />
      <Stack gap="lg">
        {!isFiltered(search) && !search.cursor && <FolderList />}
        <div>
          <FileList
            search={search}
            onChange={onChange}
            empty={
              <Empty icon={<IconFiles size={28} />} title={t('library.none')}>
                {t('library.noneHelp')}
              </Empty>
            }
          />
        </div>
      </Stack>
    </>
  )
}

function NewFolder({ parent, organisationId }: { parent?: FolderView; organisationId?: string }) {
  const { t } = useTranslation('files')
  const { user, permissions } = useSession()
  const mayEdit = permissions.find(({ name }) => name === 'folder.edit')
  const [opened, setOpened] = useState(false)
  if (parent ? !parent.can.edit || parent.archived : !mayEdit) return null
  // Who may only in the own organisation makes folders there.
  const owner = organisationId ?? (mayEdit?.scope === 'all' ? undefined : user.organisation?.id)
  return (
    <>
      <Button variant="default" leftSection={<IconFolderPlus size={16} aria-hidden />} onClick={() => setOpened(true)}>
        {t('folder.new')}
      </Button>
      {opened && (
        <NewFolderDialog
          parent={parent}
          organisationId={owner}
          organisationPicker={(props) => (
            <SearchSelect
              label={t('folder.owner')}
              description={t('folder.ownerHelp')}
              placeholder={t('folder.office')}
              kind="organisations"
              search={findOrganisations}
              value={props.value}
              onChange={(found) => props.onChange(found?.value ?? null)}
              clearable
            />
          )}
          onClose={() => setOpened(false)}
        />
      )}
    </>
  )
}

function FolderPart({ folderId, search, onChange }: Given & { folderId: string }) {
  const { t } = useTranslation('files')
  const query = useQuery(folderById(folderId))
  if (query.isError) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />
  if (!query.data) return <Loading />
  const folder = query.data
  const { organisation } = folder
  return (
    <>
      <PageHeader
        title={folder.name}
        badges={
          folder.archived && (
            <Badge color="gray" variant="outline" size="lg">
              {t('mark.archived')}
            </Badge>
          )
        }
        sub={organisation ? t('folder.of', { name: organisation.name }) : t('folder.ofTheOffice')}
        breadcrumbs={[
          { label: t('library.title'), href: paths.files() },
          ...(organisation ? [{ label: organisation.name, href: paths.files({ organisation: organisation.id }) }] : []),
          ...folder.path.map(({ id, name }) => ({ label: name, href: paths.files({ folder: id }) })),
        ]}
        actions={
          <>
            <NewFolder parent={folder} />
            <FolderMenu folder={folder} />
          </>
        }
      />
      <Stack gap="lg">
        {!isFiltered(search) && !search.cursor && <FolderList parentId={folder.id} />}
        <FilesPanel
          record={{ type: 'folder', id: folder.id }}
          recordName={folder.name}
          search={search}
          onChange={onChange}
          canUpload={folder.can.upload && !folder.archived}
        />
      </Stack>
    </>
  )
}

function FolderMenu({ folder }: { folder: FolderView }) {
  const { t } = useTranslation('files')
  const [doing, setDoing] = useState<'change' | 'archive'>()
  if (!folder.can.edit) return null
  const { archived, id, name, version } = folder
  return (
    <>
      <Menu position="bottom-end">
        <Menu.Target>
          <Button variant="default" leftSection={<IconDots size={16} aria-hidden />}>
            {t('folder.actions')}
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          {!archived && (
            <Menu.Item leftSection={<IconPencil size={16} aria-hidden />} onClick={() => setDoing('change')}>
              {t('folder.change')}
            </Menu.Item>
          )}
          <Menu.Item
            leftSection={archived ? <IconArchiveOff size={16} aria-hidden /> : <IconArchive size={16} aria-hidden />}
            onClick={() => setDoing('archive')}
          >
            {t(archived ? 'archive.restore' : 'archive.archive')}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {doing === 'change' && <ChangeFolderDialog folder={folder} onClose={() => setDoing(undefined)} />}
      <ConfirmDialog
        opened={doing === 'archive'}
        onClose={() => setDoing(undefined)}
        title={t(archived ? 'archive.restoreTitle' : 'archive.archiveTitle', { name })}
        confirmLabel={t(archived ? 'archive.restore' : 'archive.archive')}
        onConfirm={async () => {
          await changeFolder(id, { archived: !archived, version })
          notify(t(archived ? 'folder.restored' : 'folder.archived'))
        }}
      >
        <Text size="sm">{t(archived ? 'folder.restoreBody' : 'folder.archiveBody')}</Text>
      </ConfirmDialog>
    </>
  )
}

/** The files and folders of an organisation, which has no page of its own. */
function OrganisationPart({ organisationId, search, onChange }: Given & { organisationId: string }) {
  const { t } = useTranslation('files')
  const query = useQuery(organisationById(organisationId))
  if (query.isError) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />
  if (!query.data) return <Loading />
  const organisation = query.data
  return (
    <>
      <PageHeader
        title={organisation.acronym ? `${organisation.name} (${organisation.acronym})` : organisation.name}
        sub={t('library.organisationSub')}
        breadcrumbs={[{ label: t('library.title'), href: paths.files() }]}
        actions={
          <Group gap="xs">
            <NewFolder organisationId={organisation.id} />
          </Group>
        }
      />
      <Stack gap="lg">
        {!isFiltered(search) && !search.cursor && <FolderList organisationId={organisation.id} />}
        <FilesPanel
          record={{ type: 'organisation', id: organisation.id }}
          recordName={organisation.acronym ?? organisation.name}
          search={search}
          onChange={onChange}
        />
      </Stack>
    </>
  )
}
