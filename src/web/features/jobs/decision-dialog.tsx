import { useTranslation } from 'react-i18next'
import { ConfirmDialog } from '#web/ui/confirm-dialog.tsx'
import { notify } from '#web/ui/notices.tsx'
import { useJobWords } from './job-name.tsx'
import { type Decision, decide, type Subject } from './jobs.queries.ts'

interface Props {
  decision: { what: Decision; subject: Subject } | null
  onClose: () => void
}

/** Asks before failed jobs run again or are thrown away. */
export function DecisionDialog({ decision, onClose }: Props) {
  const { t } = useTranslation('system')
  const words = useJobWords()
  const what = decision?.what ?? 'retry'
  const subject = decision?.subject
  const title = !subject
    ? ''
    : 'allOf' in subject
      ? t(`${what}.allTitle`, { count: subject.count, job: words(subject.allOf) })
      : t(`${what}.title`, { job: words(subject.job) })
  return (
    <ConfirmDialog
      opened={decision !== null}
      onClose={onClose}
      title={title}
      danger={what === 'discard'}
      confirmLabel={t(`${what}.verb`)}
      onConfirm={async () => {
        if (subject) notify(t(`${what}.done`, { count: await decide(what, subject) }))
      }}
    >
      {t(`${what}.body`)}
    </ConfirmDialog>
  )
}
