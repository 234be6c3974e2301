import { Select, Stack } from '@mantine/core'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { FileRecordType } from '#contract/files.options.ts'
import { findCommunities } from '#web/features/communities/communities.queries.ts'
import { useFileWords } from '#web/features/files/file-words.ts'
import { FolderPicker } from '#web/features/files/folder-picker.tsx'
import type { RecordPicker as RecordPickerPart } from '#web/features/files/record-panel.tsx'
import { findOrganisations } from '#web/features/organisations/organisations.queries.ts'
import { PlacePicker } from '#web/features/places/place-picker.tsx'
import { holds, useSession } from '#web/lib/session.ts'
import { SearchSelect } from '#web/ui/search-select.tsx'

const needs = {
  folder: 'file.read',
  community: 'community.read',
  place: 'place.read',
  organisation: 'organisation.read',
} as const

/** A record of any kind that a file can hang on. */
export const RecordPicker: RecordPickerPart = ({ value, onChange, withFolders }) => {
  const { t } = useTranslation('files')
  const words = useFileWords()
  const session = useSession()
  const kinds = words.recordOptions.filter(
    ({ value: kind }) => holds(session, needs[kind]) && (withFolders || kind !== 'folder'),
  )
  const [kind, setKind] = useState<FileRecordType | undefined>(kinds[0]?.value)
  const label = kind ? t(`recordType.${kind}`) : ''
  return (
    <Stack gap="sm">
      <Select
        label={t('record.kind')}
        data={kinds}
        allowDeselect={false}
        value={kind ?? null}
        onChange={(next) => {
          setKind(next ?? undefined)
          onChange(null)
        }}
      />
      {kind === 'folder' && (
        <FolderPicker
          label={label}
          any
          ownerName={t('folder.all')}
          value={value?.id ?? null}
          onChange={(id) => onChange(id ? { type: 'folder', id } : null)}
        />
      )}
      {kind === 'place' && (
        <PlacePicker
          label={label}
          value={value?.id ?? null}
          onChange={(id) => onChange(id ? { type: 'place', id } : null)}
          required
        />
      )}
      {(kind === 'community' || kind === 'organisation') && (
        <SearchSelect
          key={kind}
          label={label}
          kind={kind === 'community' ? 'communities' : 'organisations'}
          search={kind === 'community' ? findCommunities : findOrganisations}
          value={value?.id ?? null}
          onChange={(found) => onChange(found ? { type: kind, id: found.value } : null)}
          nothingFound={t('record.noneFound')}
          required
        />
      )}
    </Stack>
  )
}
