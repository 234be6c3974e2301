import { Button, type ButtonProps } from '@mantine/core'
import { IconUpload } from '@tabler/icons-react'
import { type ReactNode, useState } from 'react'
import { loadPart } from '#web/lib/load-part.ts'
import { notify } from '#web/ui/notices.tsx'
import { useProblemWords } from '#web/ui/problem-words.ts'
import type { UploadDialog as UploadDialogType, UploadTarget } from './upload-dialog.tsx'

const loadDialog = () => loadPart(() => import('./upload-dialog.tsx'))

/** Opens the dialog, which is fetched with the first use. */
export function useUploadDialog(target: UploadTarget) {
  const problemWords = useProblemWords()
  const [Dialog, setDialog] = useState<typeof UploadDialogType>()
  const [files, setFiles] = useState<readonly File[]>()

  async function open(dropped: readonly File[] = []) {
    try {
      const loaded = await loadDialog()
      setDialog(() => loaded.UploadDialog)
      setFiles(dropped)
    } catch (error) {
      notify(problemWords(error), 'info')
    }
  }
  const dialog = Dialog && files && <Dialog target={target} files={files} onClose={() => setFiles(undefined)} />
  return { open, dialog }
}

interface Props extends Pick<ButtonProps, 'variant' | 'size'> {
  target: UploadTarget
  children: ReactNode
}

export function UploadButton({ target, children, ...rest }: Props) {
  const { open, dialog } = useUploadDialog(target)
  return (
    <>
      <Button
        leftSection={<IconUpload size={16} aria-hidden />}
        onClick={() => void open()}
        onFocus={() => void loadDialog().catch(() => {})}
        onMouseEnter={() => void loadDialog().catch(() => {})}
        {...rest}
      >
        {children}
      </Button>
      {dialog}
    </>
  )
}
