import {
  IconFile,
  IconFileSpreadsheet,
  IconFileText,
  IconFileTypePdf,
  IconFileZip,
  IconMusic,
  IconPhoto,
  IconShieldX,
  IconVideo,
} from '@tabler/icons-react'
import { kindOf } from './file-words.ts'
import { type FileSummary, thumbnailAddress } from './files.queries.ts'
import classes from './thumbnail.module.css'

export type Pictured = Pick<FileSummary, 'id' | 'mediaType' | 'thumbnails' | 'scan' | 'versionNumber'>

export const hasPicture = ({ thumbnails, scan }: Pictured): boolean =>
  thumbnails === 'ready' && scan !== 'infected' && scan !== 'unscanned'

/** A small picture of a file, or the sign of its kind. Its name stands beside it, so it says nothing to readers. */
export function Thumbnail({ file, size = 'small' }: { file: Pictured; size?: 'small' | 'medium' }) {
  return (
    <span className={classes.frame} data-size={size} aria-hidden>
      {hasPicture(file) ? (
        <img
          src={thumbnailAddress(file.id, size, file.versionNumber)}
          alt=""
          loading="lazy"
          decoding="async"
          className={classes.picture}
        />
      ) : (
        <KindIcon file={file} size={size === 'small' ? 22 : 44} />
      )}
    </span>
  )
}

export function KindIcon({ file, size }: { file: Pick<Pictured, 'mediaType' | 'scan'>; size: number }) {
  const given = { size, stroke: 1.5, 'aria-hidden': true } as const
  if (file.scan === 'infected') return <IconShieldX {...given} className={classes.bad} />
  if (/sheet|csv/.test(file.mediaType)) return <IconFileSpreadsheet {...given} />
  switch (kindOf(file.mediaType)) {
    case 'picture':
      return <IconPhoto {...given} />
    case 'pdf':
      return <IconFileTypePdf {...given} />
    case 'office':
    case 'text':
      return <IconFileText {...given} />
    case 'archive':
      return <IconFileZip {...given} />
    case 'audio':
      return <IconMusic {...given} />
    case 'video':
      return <IconVideo {...given} />
    case undefined:
      return <IconFile {...given} />
  }
}
