import { MultiSelect, SegmentedControl, Select, Switch, VisuallyHidden } from '@mantine/core'
import { IconLayoutGrid, IconList } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { FilterBar } from '#web/ui/filter-bar.tsx'
import { type FileRecordType, useFileWords } from './file-words.ts'
import { findTags } from './files.queries.ts'
import type { LibrarySearch } from './list-search.ts'

interface Props {
  search: LibrarySearch
  onChange: (change: Partial<LibrarySearch>) => void
  /** The choice of the kind of record: only where files of many records are listed. */
  withRecord?: boolean
}

const nothing = {
  q: undefined,
  type: undefined,
  confidentiality: undefined,
  tag: undefined,
  archived: undefined,
  record: undefined,
}
const itemsOf = (text: string | undefined): string[] => text?.split(',').filter(Boolean) ?? []

export function FileFilters({ search, onChange, withRecord }: Props) {
  const { t } = useTranslation('files')
  const words = useFileWords()
  const tags = useQuery(findTags(''))
  const chosenTags = itemsOf(search.tag)
  const active = [search.type, search.confidentiality, search.tag, search.archived, search.record].filter(
    Boolean,
  ).length
  const clear = (label: string) => ({ 'aria-label': t('list.clear', { label }) })
  return (
    <FilterBar
      search={search.q}
      onSearch={(q) => onChange({ q })}
      searchLabel={t('list.search')}
      active={active}
      onClear={() => onChange(nothing)}
      actions={
        <SegmentedControl
          aria-label={t('list.view')}
          value={search.view ?? 'list'}
          onChange={(value) => onChange({ view: value === 'grid' ? 'grid' : undefined })}
          data={[
            { value: 'list', label: <ViewIcon Icon={IconList} label={t('list.asList')} /> },
            { value: 'grid', label: <ViewIcon Icon={IconLayoutGrid} label={t('list.asGrid')} /> },
          ]}
        />
      }
    >
      <MultiSelect
        label={t('field.type')}
        placeholder={search.type ? undefined : t('list.anyType')}
        data={words.typeOptions}
        value={itemsOf(search.type)}
        onChange={(values) => onChange({ type: values.join(',') || undefined })}
        w={{ sm: 150 }}
        searchable
        clearable
        nothingFoundMessage={t('list.noSuchType')}
        clearButtonProps={clear(t('field.type'))}
      />
      <MultiSelect
        label={t('field.confidentiality')}
        placeholder={search.confidentiality ? undefined : t('list.anyConfidentiality')}
        data={words.confidentialityOptions}
        value={itemsOf(search.confidentiality)}
        onChange={(values) => onChange({ confidentiality: values.join(',') || undefined })}
        w={{ sm: 150 }}
        clearable
        clearButtonProps={clear(t('field.confidentiality'))}
      />
      <TagFilter
        known={tags.data?.items.map(({ tag }) => tag) ?? []}
        chosen={chosenTags}
        onChange={(values) => onChange({ tag: values.join(',') || undefined })}
        clearName={clear(t('field.tags'))['aria-label']}
      />
      {withRecord && (
        <Select
          label={t('field.record')}
          placeholder={t('list.anyRecord')}
          data={words.recordOptions}
          value={search.record ?? null}
          onChange={(value) => onChange({ record: (value ?? undefined) as FileRecordType | undefined })}
          w={{ sm: 150 }}
          clearable
          clearButtonProps={clear(t('field.record'))}
        />
      )}
      <Switch
        label={t('list.archived')}
        checked={search.archived === 'true'}
        onChange={(event) => onChange({ archived: event.currentTarget.checked ? 'true' : undefined })}
        mb={8}
      />
    </FilterBar>
  )
}

interface TagFilterProps {
  known: string[]
  chosen: string[]
  onChange: (tags: string[]) => void
  clearName: string
}

function TagFilter({ known, chosen, onChange, clearName }: TagFilterProps) {
  const { t } = useTranslation('files')
  return (
    <MultiSelect
      label={t('field.tags')}
      placeholder={chosen.length > 0 ? undefined : t('list.anyTag')}
      // Commas part the tags in the address.
      data={[...new Set([...known.filter((tag) => !tag.includes(',')), ...chosen])]}
      value={chosen}
      onChange={onChange}
      w={{ sm: 150 }}
      searchable
      clearable
      nothingFoundMessage={t('list.noSuchTag')}
      clearButtonProps={{ 'aria-label': clearName }}
    />
  )
}

function ViewIcon({ Icon, label }: { Icon: typeof IconList; label: ReactNode }) {
  return (
    <>
      <Icon size={18} aria-hidden style={{ display: 'block' }} />
      <VisuallyHidden>{label}</VisuallyHidden>
    </>
  )
}
