import { MultiSelect, Select, Switch } from '@mantine/core'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { FilterBar } from '#web/ui/filter-bar.tsx'
import { useCommunityWords } from './community-words.ts'
import { type CommunityFilterSearch, itemsOf } from './list-search.ts'

interface Props {
  filter: CommunityFilterSearch
  onChange: (change: Partial<CommunityFilterSearch>) => void
  /** The picker of places belongs to another feature; the page brings it. */
  placePicker: (props: { label: string; value: string | null; onChange: (code: string | null) => void }) => ReactNode
  /** Statuses as a choice; a page with the counts above needs none. */
  withStatus?: boolean
  withLocated?: boolean
  actions?: ReactNode
}

const nothing = {
  q: undefined,
  place: undefined,
  status: undefined,
  group: undefined,
  located: undefined,
  archived: undefined,
}

export function CommunityFilters({ filter, onChange, placePicker, withStatus, withLocated, actions }: Props) {
  const { t } = useTranslation('registry')
  const words = useCommunityWords()
  const groups = itemsOf(filter.group)
  const statuses = itemsOf(filter.status)
  const active = [filter.place, filter.status, filter.group, filter.located, filter.archived].filter(Boolean).length
  return (
    <FilterBar
      search={filter.q}
      onSearch={(q) => onChange({ q })}
      searchLabel={t('list.search')}
      active={active}
      onClear={() => onChange(nothing)}
      actions={actions}
    >
      {placePicker({
        label: t('field.place'),
        value: filter.place ?? null,
        onChange: (code) => onChange({ place: code ?? undefined }),
      })}
      {withStatus && (
        <MultiSelect
          label={t('field.status')}
          placeholder={statuses.length > 0 ? undefined : t('list.anyStatus')}
          data={words.statusOptions}
          value={statuses}
          onChange={(values) => onChange({ status: values.join(',') || undefined })}
          w={{ sm: 170 }}
          clearable
          clearButtonProps={{ 'aria-label': t('picker.clear', { label: t('field.status') }) }}
        />
      )}
      <MultiSelect
        label={t('field.group')}
        placeholder={groups.length > 0 ? undefined : t('list.anyGroup')}
        data={[...words.groupOptions, { value: 'none', label: t('list.groupUnknown') }]}
        value={groups}
        onChange={(values) => onChange({ group: values.join(',') || undefined })}
        w={{ sm: 180 }}
        searchable
        clearable
        nothingFoundMessage={t('list.noSuchGroup')}
        clearButtonProps={{ 'aria-label': t('picker.clear', { label: t('field.group') }) }}
      />
      {withLocated && (
        <Select
          label={t('field.position')}
          placeholder={t('list.anyPosition')}
          data={[
            { value: 'true', label: t('list.located') },
            { value: 'false', label: t('list.unlocated') },
          ]}
          value={filter.located ?? null}
          onChange={(value) => onChange({ located: (value ?? undefined) as 'true' | 'false' | undefined })}
          w={{ sm: 150 }}
          clearable
          clearButtonProps={{ 'aria-label': t('picker.clear', { label: t('field.position') }) }}
        />
      )}
      <Switch
        label={t('list.archived')}
        checked={filter.archived === 'true'}
        onChange={(event) => onChange({ archived: event.currentTarget.checked ? 'true' : undefined })}
        mb={8}
      />
    </FilterBar>
  )
}
