import { Anchor, Text } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { paths } from '#web/lib/paths.ts'
import { AppLink } from '#web/ui/app-link.tsx'
import { Facts } from '#web/ui/facts.tsx'
import { formatDay, formatMoment, formatNumber } from '#web/ui/formats.ts'
import { Panel } from '#web/ui/panel.tsx'
import type { CommunityView } from './communities.queries.ts'
import { useCommunityWords } from './community-words.ts'
import { StatusBadge } from './status-badge.tsx'

interface Props {
  community: CommunityView
}

export function IdentificationChapter({ community }: Props) {
  const { t } = useTranslation('registry')
  const words = useCommunityWords()
  const places = [community.barangay, community.city, community.province, community.region].filter(
    (place) => place !== null,
  )
  return (
    <Panel title={t('chapter.identification')}>
      <Facts
        items={[
          { label: t('field.officeId'), value: <span className="tabular">{community.officeId}</span> },
          { label: t('field.aliases'), value: community.aliases.join('; ') },
          { label: t('field.sitio'), value: community.sitio },
          ...places.map((place) => ({
            label: t(`place.level.${place.level}`),
            value: <AppLink href={paths.place(place.code)}>{place.name}</AppLink>,
          })),
          {
            label: t('field.settlementType'),
            value: community.settlementType && words.settlement(community.settlementType),
          },
          { label: t('field.proximity'), value: community.proximity && words.proximity(community.proximity) },
        ]}
      />
    </Panel>
  )
}

export function StatusChapter({ community }: Props) {
  const { t } = useTranslation('registry')
  return (
    <Panel title={t('chapter.status')}>
      <Facts
        items={[
          { label: t('field.status'), value: <StatusBadge status={community.status} /> },
          { label: t('field.statusSource'), value: community.statusSource },
          { label: t('field.statusDate'), value: formatDay(community.statusDate) },
          {
            label: t('community.registered'),
            value: byWhom(formatMoment(community.createdAt), community.createdBy),
          },
          { label: t('community.changed'), value: byWhom(formatMoment(community.updatedAt), community.updatedBy) },
        ]}
      />
    </Panel>
  )
}

const byWhom = (moment: string, name: string | null): string => (name ? `${moment} · ${name}` : moment)

export function PeopleChapter({ community }: Props) {
  const { t } = useTranslation('registry')
  const { population, households } = community
  const size = population && households ? Math.round((population / households) * 10) / 10 : null
  const figure = (field: 'population' | 'households' | 'families') => ({
    label: t(`field.${field}`),
    value: <span className="tabular">{formatNumber(community[field])}</span>,
  })
  return (
    <Panel title={t('chapter.people')} sub={t('community.peopleSub')}>
      <Facts
        items={[
          figure('population'),
          figure('households'),
          figure('families'),
          ...(size === null
            ? []
            : [{ label: t('community.householdSize'), value: t('community.perHousehold', { size }) }]),
        ]}
      />
    </Panel>
  )
}

export function GroupsChapter({ community }: Props) {
  const { t } = useTranslation('registry')
  const words = useCommunityWords()
  return (
    <Panel title={t('chapter.groups')}>
      <Facts
        items={[
          { label: t('field.primaryGroup'), value: community.primaryGroup && words.group(community.primaryGroup) },
          { label: t('field.otherGroups'), value: community.otherGroups.map(words.group).join(', ') },
        ]}
      />
    </Panel>
  )
}

export function PositionFacts({ community }: Props) {
  const { t } = useTranslation('registry')
  const { latitude, longitude, accuracyMetres } = community
  if (latitude === null || longitude === null) return null
  return (
    <Text size="sm" px="lg" py="sm" className="tabular">
      {t('community.at', { latitude: latitude.toFixed(5), longitude: longitude.toFixed(5) })}
      {accuracyMetres !== null && (
        <Text span c="dimmed" inherit>
          {' '}
          {t('community.within', { metres: formatNumber(accuracyMetres) })}
        </Text>
      )}
    </Text>
  )
}

export function NotesChapter({ community }: Props) {
  const { t } = useTranslation('registry')
  if (!community.notes) return null
  return (
    <Panel title={t('chapter.notes')}>
      <Text style={{ whiteSpace: 'pre-line' }}>{community.notes}</Text>
    </Panel>
  )
}

/** What would make the record more useful next; each leads to the field. */
export function NextSteps({ community }: Props) {
  const { t } = useTranslation('registry')
  if (!community.can.edit || community.archived) return null
  const here = community.status !== 'none_found'
  const steps = [
    community.status === 'presumed' && ('confirm' as const),
    here && community.population === null && ('population' as const),
    here && community.primaryGroup === null && ('primaryGroup' as const),
    community.latitude === null && ('position' as const),
  ].filter((step): step is Exclude<typeof step, false> => step !== false)
  if (steps.length === 0) return null
  return (
    <Panel title={t('next.title')}>
      <ul style={{ margin: 0, paddingLeft: '1.1rem' }}>
        {steps.map((step) => (
          <li key={step}>
            <AppLink href={paths.communityEdit(community.id)}>{t(`next.${step}`)}</AppLink>
          </li>
        ))}
      </ul>
    </Panel>
  )
}

export const mailTo = (address: string) => <Anchor href={`mailto:${address}`}>{address}</Anchor>
export const phoneTo = (number: string) => <Anchor href={`tel:${number.replace(/[^\d+]/g, '')}`}>{number}</Anchor>
