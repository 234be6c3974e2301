import { type ReactNode, useState } from 'react'
import classes from './drop-zone.module.css'

interface DropZoneProps {
  onDrop: (files: File[]) => void
  /** For a dialog, where room is dear. */
  compact?: boolean
  children: ReactNode
}

/** Takes files that are dropped on it; what is inside offers a button that does the same. */
export function DropZone({ onDrop, compact = false, children }: DropZoneProps) {
  const [over, setOver] = useState(false)
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: dropping is an extra for the mouse; the button inside does the same for everybody
    <div
      className={classes.zone}
      data-compact={compact || undefined}
      data-over={over || undefined}
      onDragOver={(event) => {
        event.preventDefault()
        setOver(true)
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault()
        setOver(false)
        onDrop([...event.dataTransfer.files])
      }}
    >
      {children}
    </div>
  )
}
