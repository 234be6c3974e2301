import { Box, Group, SimpleGrid, Stack, Tabs, Text } from '@mantine/core'
import { IconFiles, IconHistory, IconListDetails, IconMapPinOff, IconPencil } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { ArchiveAction } from '#web/features/communities/archive-actions.tsx'
import {
  GroupsChapter,
  IdentificationChapter,
  NextSteps,
  NotesChapter,
  PeopleChapter,
  PositionFacts,
  StatusChapter,
} from '#web/features/communities/chapters.tsx'
import { type CommunityView, communityById } from '#web/features/communities/communities.queries.ts'
import { CommunityNotices } from '#web/features/communities/community-notices.tsx'
import { ContactsPanel } from '#web/features/communities/contacts-panel.tsx'
import { HistoryPanel } from '#web/features/communities/history-panel.tsx'
import { MarkBadge } from '#web/features/communities/mark-badge.tsx'
import { StatusBadge } from '#web/features/communities/status-badge.tsx'
import { WhoSees } from '#web/features/communities/who-sees.tsx'
import { FilesPanel } from '#web/features/files/files-panel.tsx'
import { readFiles } from '#web/features/files/list-search.ts'
import { LazyPositionMap } from '#web/features/map/lazy-maps.tsx'
import { paths } from '#web/lib/paths.ts'
import { oneOf, searchOf, usePathParam, useUrlSearch } from '#web/lib/routing.ts'
import { useCan } from '#web/lib/session.ts'
import { AppLink, LinkButton } from '#web/ui/app-link.tsx'
import { PageHeader } from '#web/ui/page-header.tsx'
import { Panel } from '#web/ui/panel.tsx'
import { ErrorState, Loading } from '#web/ui/state-views.tsx'

const tabs = ['files', 'history'] as const
const readSearch = searchOf({ tab: oneOf(tabs), saved: oneOf(['created', 'changed', 'merged']) })

export function CommunityPage() {
  const { t } = useTranslation('registry')
  const communityId = usePathParam('communityId')
  const [search, setSearch] = useUrlSearch(readSearch)
  const seesFiles = useCan('file.read')
  const query = useQuery(communityById(communityId))
  if (query.isError) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />
  if (!query.data) return <Loading />
  const community = query.data
  const { barangay, city, province, region, sitio } = community

  return (
    <>
      <PageHeader
        title={community.name}
        breadcrumbs={[{ label: t('list.title'), href: paths.communities() }]}
        badges={
          <Group gap={8}>
            <StatusBadge status={community.status} size="lg" />
            {community.demo && <MarkBadge kind="demo" />}
            {community.archived && <MarkBadge kind="archived" />}
          </Group>
        }
        sub={
          <>
            <Text span inherit className="tabular">
              {community.officeId}
            </Text>
            {' · '}
            {sitio && `${sitio}, `}
            {[barangay, city, province, region]
              .filter((place) => place !== null)
              .map((place, index) => (
                <span key={place.code}>
                  {index > 0 && ', '}
                  <AppLink href={paths.place(place.code)} inherit>
                    {place.name}
                  </AppLink>
                </span>
              ))}
          </>
        }
        actions={
          <>
            <ArchiveAction community={community} />
            {community.can.edit && !community.archived && (
              <LinkButton href={paths.communityEdit(community.id)} leftSection={<IconPencil size={16} aria-hidden />}>
                {t('community.edit')}
              </LinkButton>
            )}
          </>
        }
      />
      <CommunityNotices community={community} saved={search.saved} />
      {community.can.readHistory || seesFiles ? (
        <Tabs
          value={search.tab ?? 'profile'}
          onChange={(tab) => setSearch({ tab: tabs.find((one) => one === tab), saved: undefined })}
          keepMounted={false}
        >
          <Tabs.List mb="lg" className="no-print">
            <Tabs.Tab value="profile" leftSection={<IconListDetails size={16} aria-hidden />}>
              {t('community.profile')}
            </Tabs.Tab>
            {seesFiles && (
              <Tabs.Tab value="files" leftSection={<IconFiles size={16} aria-hidden />}>
                {t('community.files')}
              </Tabs.Tab>
            )}
            {community.can.readHistory && (
              <Tabs.Tab value="history" leftSection={<IconHistory size={16} aria-hidden />}>
                {t('community.history')}
              </Tabs.Tab>
            )}
          </Tabs.List>
          <Tabs.Panel value="profile">
            <Profile community={community} />
          </Tabs.Panel>
          {seesFiles && (
            <Tabs.Panel value="files">
              <CommunityFiles community={community} />
            </Tabs.Panel>
          )}
          {community.can.readHistory && (
            <Tabs.Panel value="history">
              <HistoryPanel communityId={community.id} />
            </Tabs.Panel>
          )}
        </Tabs>
      ) : (
        <Profile community={community} />
      )}
    </>
  )
}

function CommunityFiles({ community }: { community: CommunityView }) {
  const [search, setSearch] = useUrlSearch(readFiles)
  return (
    <FilesPanel
      record={{ type: 'community', id: community.id }}
      recordName={community.name}
      search={search}
      onChange={setSearch}
      canUpload={!community.archived}
    />
  )
}

function Profile({ community }: { community: CommunityView }) {
  return (
    <SimpleGrid cols={{ base: 1, md: 2 }} spacing="md" verticalSpacing="md" style={{ alignItems: 'start' }}>
      <Stack gap="md">
        <NextSteps community={community} />
        <IdentificationChapter community={community} />
        <PeopleChapter community={community} />
        <GroupsChapter community={community} />
        <NotesChapter community={community} />
      </Stack>
      <Stack gap="md">
        <PositionPanel community={community} />
        <StatusChapter community={community} />
        {community.can.readContacts && <ContactsPanel community={community} />}
        <WhoSees region={community.region.name} />
      </Stack>
    </SimpleGrid>
  )
}

function PositionPanel({ community }: { community: CommunityView }) {
  const { t } = useTranslation('registry')
  const { latitude, longitude, accuracyMetres } = community
  if (latitude === null || longitude === null) {
    return (
      <Panel title={t('chapter.position')}>
        <Group gap={8} c="dimmed" wrap="nowrap">
          <IconMapPinOff size={18} aria-hidden />
          <Text size="sm">{t('community.noPosition')}</Text>
        </Group>
      </Panel>
    )
  }
  return (
    <Panel title={t('chapter.position')} flush>
      <Box pos="relative" h={260} style={{ borderBlock: '1px solid var(--hairline)', overflow: 'hidden' }}>
        <LazyPositionMap
          title={t('community.mapOf', { name: community.name })}
          position={{ latitude, longitude }}
          accuracyMetres={accuracyMetres}
        />
      </Box>
      <PositionFacts community={community} />
    </Panel>
  )
}
