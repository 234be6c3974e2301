import { useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { ApiError, OfflineError } from '#web/lib/api.ts'
import { newOnceKey } from '#web/lib/once-key.ts'
import { paths } from '#web/lib/paths.ts'
import { useGo } from '#web/lib/routing.ts'
import { LinkButton } from '#web/ui/app-link.tsx'
import { changeCommunity, createCommunity } from './communities.queries.ts'
import { CommunityForm, type FormSlots } from './community-form.tsx'
import type { Attempt } from './drafts.ts'
import { bodyOf, type CommunityDraft, changedFields, changeOf, draftOf, emptyDraft } from './form-values.ts'
import { FoundDraft, LeaveGuard } from './unfinished.tsx'
import { useDraft } from './use-draft.ts'

interface Props extends FormSlots {
  /** Place the person came from. */
  barangayCode?: string
}

/** The answer may have been lost on the way back: the community may exist. */
const isUnknown = (failure: unknown): boolean =>
  failure instanceof OfflineError || (failure instanceof ApiError && failure.problem.status >= 500)

export function NewCommunity({ barangayCode, ...slots }: Props) {
  const { t } = useTranslation('registry')
  const go = useGo()
  const draft = useDraft('new')
  const [start, setStart] = useState<CommunityDraft | undefined>(() =>
    draft.found ? undefined : { ...emptyDraft(), barangayCode: barangayCode ?? '' },
  )
  const mine = useRef<CommunityDraft>(undefined)
  const attempt = useRef<Attempt | undefined>(draft.found?.attempt)
  const registered = useRef(false)
  const done = useRef(false)
  const [error, setError] = useState<unknown>()

  if (!start) {
    return (
      <FoundDraft
        savedAt={draft.found?.savedAt ?? ''}
        name={draft.found?.mine.name ?? ''}
        onContinue={() => {
          mine.current = draft.found?.mine
          setStart(draft.found?.mine)
        }}
        onDrop={() => {
          draft.drop()
          attempt.current = undefined
          setStart({ ...emptyDraft(), barangayCode: barangayCode ?? '' })
        }}
      />
    )
  }

  async function send(typed: CommunityDraft) {
    const body = bodyOf(typed)
    const before = attempt.current
    const now = before ?? { onceKey: newOnceKey(), body }
    attempt.current = now
    draft.keep({ mine: typed, seen: null, version: null, attempt: now })
    draft.flush()
    // A try whose answer was lost is asked again word for word, and what was typed since is sent as a change of it.
    const created = await createCommunity(now.body, now.onceKey)
    registered.current = true
    const first = draftOf(created)
    if (changedFields(typed, first).length === 0) return created
    return changeCommunity(created.id, changeOf(typed, first, created.version))
  }

  async function submit(typed: CommunityDraft) {
    setError(undefined)
    try {
      const created = await send(typed)
      done.current = true
      draft.drop()
      await go(`${paths.community(created.id)}?saved=created`, { replace: true })
    } catch (failure) {
      if (!isUnknown(failure) && !registered.current) {
        attempt.current = undefined
        draft.keep({ mine: typed, seen: null, version: null })
      }
      setError(failure)
    }
  }

  return (
    <>
      <LeaveGuard unsaved={() => !done.current && mine.current !== undefined} onDrop={draft.drop} />
      <CommunityForm
        {...slots}
        initial={start}
        submitLabel={t('form.register')}
        onSubmit={submit}
        onChange={(typed) => {
          mine.current = typed
          draft.keep({ mine: typed, seen: null, version: null, attempt: attempt.current })
        }}
        error={error}
        note={t(`form.${draft.kept}`)}
        cancel={
          <LinkButton href={paths.communities()} variant="default">
            {t('form.cancel')}
          </LinkButton>
        }
      />
    </>
  )
}
