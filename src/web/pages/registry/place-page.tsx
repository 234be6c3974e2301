import { Badge, Group, SimpleGrid, Stack, Text } from '@mantine/core'
import { IconMap2, IconPlus } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { communityStatuses } from '#contract/communities.options.ts'
import { communityFigures } from '#web/features/communities/communities.queries.ts'
import { useCommunityWords } from '#web/features/communities/community-words.ts'
import { FilesPanel } from '#web/features/files/files-panel.tsx'
import { readFiles } from '#web/features/files/list-search.ts'
import { ChildrenTable } from '#web/features/places/children-table.tsx'
import { PlaceHistory } from '#web/features/places/place-history.tsx'
import { useKindWords } from '#web/features/places/place-words.ts'
import { type PlaceView, placeByCode } from '#web/features/places/places.queries.ts'
import { paths } from '#web/lib/paths.ts'
import { usePathParam, useUrlSearch } from '#web/lib/routing.ts'
import { useCan } from '#web/lib/session.ts'
import { LinkButton } from '#web/ui/app-link.tsx'
import { Facts } from '#web/ui/facts.tsx'
import { formatDay, formatMoment, formatNumber } from '#web/ui/formats.ts'
import { PageHeader } from '#web/ui/page-header.tsx'
import { Panel } from '#web/ui/panel.tsx'
import { StatCard } from '#web/ui/stat-card.tsx'
import { ErrorState, Loading } from '#web/ui/state-views.tsx'

export function PlacePage() {
  const { t } = useTranslation('registry')
  const kindWords = useKindWords()
  const code = usePathParam('code')
  const seesCommunities = useCan('community.read')
  const canCreate = useCan('community.create')
  const seesFiles = useCan('file.read')
  const query = useQuery(placeByCode(code))
  if (query.isError) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />
  if (!query.data) return <Loading />
  const place = query.data
  const ended = place.validUntil !== null
  return (
    <>
      <PageHeader
        title={place.name}
        breadcrumbs={[
          { label: t('places.title'), href: paths.places() },
          ...place.path.map((above) => ({ label: above.name, href: paths.place(above.code) })),
        ]}
        badges={
          <Group gap={8}>
            <Badge variant="light" color="green" size="lg" tt="none" autoContrast>
              {kindWords(place.kind)}
            </Badge>
            {place.inBarmm && (
              <Badge variant="light" color="gold" size="lg" tt="none" autoContrast>
                {t('place.inBarmm')}
              </Badge>
            )}
            {ended && (
              <Badge variant="outline" color="gray" size="lg" tt="none">
                {t('place.ended', { day: formatDay(place.validUntil) })}
              </Badge>
            )}
          </Group>
        }
        sub={<span className="tabular">{t('place.psgc', { code: place.code })}</span>}
        actions={
          seesCommunities && (
            <>
              <LinkButton
                href={paths.map({ place: place.code })}
                variant="default"
                leftSection={<IconMap2 size={16} aria-hidden />}
              >
                {t('list.onMap')}
              </LinkButton>
              {canCreate && place.level === 'barangay' && !place.inBarmm && !ended && (
                <LinkButton
                  href={paths.communityNew({ barangay: place.code })}
                  leftSection={<IconPlus size={16} aria-hidden />}
                >
                  {t('place.registerHere')}
                </LinkButton>
              )}
            </>
          )
        }
      />
      <Stack gap="md">
        {seesCommunities && <Figures place={place} />}
        <SimpleGrid cols={{ base: 1, md: 2 }} spacing="md" style={{ alignItems: 'start' }}>
          <AboutPlace place={place} />
          <PlaceHistory place={place} />
        </SimpleGrid>
        {place.level !== 'barangay' && <ChildrenTable place={place} />}
        {seesFiles && <PlaceFiles place={place} />}
      </Stack>
    </>
  )
}

function PlaceFiles({ place }: { place: PlaceView }) {
  const { t } = useTranslation('files')
  const [search, setSearch] = useUrlSearch(readFiles)
  return (
    <Panel title={t('panel.title')}>
      <FilesPanel
        record={{ type: 'place', id: place.code }}
        recordName={place.name}
        search={search}
        onChange={setSearch}
      />
    </Panel>
  )
}

/** A sum of nothing known is unknown, not zero. */
const known = (figure: { sum: number; known: number } | undefined): number | null | undefined =>
  figure && (figure.known > 0 ? figure.sum : null)

function Figures({ place }: { place: PlaceView }) {
  const { t } = useTranslation('registry')
  const words = useCommunityWords()
  const { data, isError } = useQuery(communityFigures({ place: place.code }))
  const sum = (figure: { sum: number; known: number } | undefined) =>
    data && figure ? t('counts.coverage', { known: formatNumber(figure.known), total: formatNumber(data.total) }) : ''
  return (
    <section aria-label={t('place.figures')}>
      <SimpleGrid cols={{ base: 2, sm: 3, lg: 6 }} spacing="sm">
        <StatCard
          label={t('list.title')}
          value={data?.total}
          failed={isError}
          href={paths.communities({ place: place.code })}
          accent
        />
        {communityStatuses.map((status) => (
          <StatCard
            key={status}
            label={words.status(status)}
            value={data && (data.byStatus[status] ?? 0)}
            failed={isError}
            href={paths.communities({ place: place.code, status })}
          />
        ))}
        <StatCard
          label={t('field.population')}
          value={known(data?.population)}
          failed={isError}
          sub={sum(data?.population)}
        />
        <StatCard
          label={t('field.households')}
          value={known(data?.households)}
          failed={isError}
          sub={sum(data?.households)}
        />
      </SimpleGrid>
      {data && (
        <Text size="xs" c="dimmed" mt={6}>
          {t('place.asOf', { moment: formatMoment(data.asOf) })}
        </Text>
      )}
    </section>
  )
}

function AboutPlace({ place }: { place: PlaceView }) {
  const { t } = useTranslation('registry')
  const kindWords = useKindWords()
  const inside = (['province', 'city', 'barangay'] as const)
    .filter((level) => place.inside[level] > 0)
    .map((level) =>
      t(`place.inside.${level}`, { count: place.inside[level], formatted: formatNumber(place.inside[level]) }),
    )
  return (
    <Panel title={t('place.about')}>
      <Facts
        items={[
          { label: t('places.kind'), value: kindWords(place.kind) },
          { label: t('places.code'), value: <span className="tabular">{place.code}</span> },
          { label: t('place.aliases'), value: place.aliases.join('; ') },
          ...(place.level === 'barangay' ? [] : [{ label: t('place.holds'), value: inside.join(', ') }]),
          {
            label: t('place.valid'),
            value:
              place.validFrom === null && place.validUntil === null
                ? t('place.validAlways')
                : t('place.validRange', {
                    from: place.validFrom ? formatDay(place.validFrom) : t('place.validBefore'),
                    until: place.validUntil ? formatDay(place.validUntil) : t('place.validToday'),
                  }),
          },
        ]}
      />
    </Panel>
  )
}
