import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import {
  allowedMedia,
  type Confidentiality,
  confidentialities,
  type FileRecordType,
  type FileType,
  fileRecordTypes,
  fileTypes,
  type MediaKind,
} from '#contract/files.options.ts'
import { paths } from '#web/lib/paths.ts'

export type { Confidentiality, FileRecordType, FileType, MediaKind }

export function useFileWords() {
  const { t } = useTranslation('files')
  return useMemo(() => {
    const type = (name: FileType): string => t(`type.${name}`)
    const confidentiality = (name: Confidentiality): string => t(`confidentiality.${name}`)
    return {
      type,
      confidentiality,
      typeOptions: fileTypes.map((value) => ({ value, label: type(value) })),
      confidentialityOptions: confidentialities.map((value) => ({ value, label: confidentiality(value) })),
      recordOptions: fileRecordTypes.map((value) => ({ value, label: t(`recordType.${value}`) })),
    }
  }, [t])
}

/** What kind of thing a media type is, for icons, players and words. */
export const kindOf = (mediaType: string): MediaKind | undefined =>
  (allowedMedia as Record<string, { kind: MediaKind } | undefined>)[mediaType]?.kind

/** Where the record of a file is seen. An organisation has no page of its own: its files are in the library. */
export function addressOfRecord({ type, id }: { type: FileRecordType; id: string }): string {
  if (type === 'community') return paths.community(id)
  if (type === 'place') return paths.place(id)
  if (type === 'organisation') return paths.files({ organisation: id })
  return paths.files({ folder: id })
}
