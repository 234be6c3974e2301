import { Alert, Input, Pill, Select, Stack } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { type Role, roleNames, type Team, teamNames } from '#contract/access.ts'
import { findOrganisations } from '#web/features/organisations/organisations.queries.ts'
import { type Placement, reaches } from '#web/features/people/placement.ts'
import { PlacePicker } from '#web/features/places/place-picker.tsx'
import { placeByCode } from '#web/features/places/places.queries.ts'
import { call } from '#web/lib/api.ts'
import { useCan } from '#web/lib/session.ts'
import { type Found, SearchSelect } from '#web/ui/search-select.tsx'

interface Props {
  value: Placement
  onChange: (value: Placement) => void
  errors: Record<string, string | undefined>
}

async function findCommunities(words: string, signal: AbortSignal): Promise<Found[]> {
  const { items } = await call('GET /api/v1/communities', { query: { q: words || undefined, limit: '20' }, signal })
  return items.map((row) => ({ value: row.id, label: `${row.name}, ${row.barangay.name}, ${row.city.name}` }))
}

/** Role, team, organisation and the rows a person reaches; only what the role can use is asked. */
export function PlacementFields({ value, onChange, errors }: Props) {
  const { t } = useTranslation(['people', 'shell'])
  const queries = useQueryClient()
  const mayOrganisations = useCan('organisation.read')
  const mayCommunities = useCan('community.read')
  const set = (change: Partial<Placement>) => onChange({ ...value, ...change })

  async function addPlace(code: string | null) {
    if (!code || value.places.some((place) => place.code === code)) return
    const { name } = await queries.fetchQuery(placeByCode(code))
    set({ places: [...value.places, { code, name }] })
  }

  return (
    <Stack>
      <Select
        label={t('people:field.role')}
        description={value.role && t(`people:roleSummary.${value.role}`)}
        required
        allowDeselect={false}
        data={roleNames.map((role) => ({ value: role, label: t(`shell:role.${role}`) }))}
        value={value.role}
        error={errors.role}
        onChange={(role) => set({ role: role as Role | null })}
      />
      {value.role === 'staff' && (
        <Select
          label={t('people:field.team')}
          placeholder={t('people:field.teamNone')}
          clearable
          data={teamNames.map((team) => ({ value: team, label: t(`people:team.${team}`) }))}
          value={value.team}
          error={errors.team}
          onChange={(team) => set({ team: team as Team | null })}
        />
      )}
      {mayOrganisations && (
        <SearchSelect
          kind="organisations"
          search={findOrganisations}
          label={t('people:field.organisation')}
          placeholder={t('people:field.organisationPlaceholder')}
          description={value.role === 'moa_focal' ? t('people:placement.organisationHint') : undefined}
          required={value.role === 'moa_focal'}
          clearable
          nothingFound={t('people:organisations.none')}
          value={value.organisation?.id ?? null}
          valueLabel={value.organisation?.name}
          error={errors.organisationId}
          onChange={(found) => set({ organisation: found && { id: found.value, name: found.label } })}
        />
      )}
      {reaches(value.role, 'places') && (
        <div>
          <PlacePicker
            label={t('people:field.addPlace')}
            description={t('people:placement.placesHint')}
            value={null}
            error={errors.placeCodes}
            onChange={(code) => void addPlace(code)}
          />
          <Chosen
            label={t('people:field.places')}
            rows={value.places.map((place) => ({ key: place.code, name: place.name }))}
            missing={t('people:placement.placesMissing')}
            onRemove={(code) => set({ places: value.places.filter((place) => place.code !== code) })}
          />
        </div>
      )}
      {reaches(value.role, 'communities') && mayCommunities && (
        <div>
          <SearchSelect
            kind="communities"
            search={findCommunities}
            label={t('people:field.addCommunity')}
            placeholder={t('people:field.addCommunityPlaceholder')}
            description={t('people:placement.communitiesHint')}
            value={null}
            error={errors.communityIds}
            onChange={(found) => {
              if (!found || value.communities.some((row) => row.id === found.value)) return
              set({ communities: [...value.communities, { id: found.value, name: found.label }] })
            }}
          />
          <Chosen
            label={t('people:field.communities')}
            rows={value.communities.map((row) => ({ key: row.id, name: row.name }))}
            missing={t('people:placement.communitiesMissing')}
            onRemove={(id) => set({ communities: value.communities.filter((row) => row.id !== id) })}
          />
        </div>
      )}
    </Stack>
  )
}

interface ChosenProps {
  label: string
  rows: { key: string; name: string }[]
  missing: string
  onRemove: (key: string) => void
}

function Chosen({ label, rows, missing, onRemove }: ChosenProps) {
  const { t } = useTranslation('people')
  if (rows.length === 0)
    return (
      <Alert color="gold" mt="xs" p="xs">
        {missing}
      </Alert>
    )
  return (
    <Input.Wrapper label={label} labelElement="div" mt="xs">
      <Pill.Group>
        {rows.map((row) => (
          <Pill
            key={row.key}
            size="md"
            withRemoveButton
            onRemove={() => onRemove(row.key)}
            removeButtonProps={{
              'aria-label': t('field.removeItem', { name: row.name }),
              'aria-hidden': false,
              tabIndex: 0,
            }}
          >
            {row.name}
          </Pill>
        ))}
      </Pill.Group>
    </Input.Wrapper>
  )
}
