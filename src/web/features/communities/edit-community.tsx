import { Alert } from '@mantine/core'
import { IconLock } from '@tabler/icons-react'
import { useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { ApiError } from '#web/lib/api.ts'
import { paths } from '#web/lib/paths.ts'
import { useGo } from '#web/lib/routing.ts'
import { LinkButton } from '#web/ui/app-link.tsx'
import { BothValues } from './both-values.tsx'
import { type CommunityView, changeCommunity, freshCommunity } from './communities.queries.ts'
import { CommunityForm, type FormSlots } from './community-form.tsx'
import { type CommunityDraft, changedFields, changeOf, draftOf, type Merge, merge } from './form-values.ts'
import { FoundDraft, LeaveGuard } from './unfinished.tsx'
import { useDraft } from './use-draft.ts'

interface Base {
  seen: CommunityDraft
  version: number
}

interface Conflict {
  outcome: Merge
  current: CommunityView
  mine: CommunityDraft
}

/** A stale save is merged field by field; the person is asked only where both changed the same field. */
export function EditCommunity({ community, ...slots }: { community: CommunityView } & FormSlots) {
  const { t } = useTranslation('registry')
  const go = useGo()
  const draft = useDraft(community.id)
  const found = draft.found?.seen && draft.found.version !== null ? draft.found : null
  const opened = useRef<Base>({ seen: draftOf(community), version: community.version })
  const [start, setStart] = useState<CommunityDraft | undefined>(() => (found ? undefined : opened.current.seen))
  const [base, setBase] = useState<Base>(opened.current)
  const [conflict, setConflict] = useState<Conflict>()
  const [error, setError] = useState<unknown>()
  const mine = useRef<CommunityDraft>(opened.current.seen)
  const done = useRef(false)

  if (!community.can.edit) {
    return (
      <Alert color="gold" icon={<IconLock aria-hidden />} title={t('edit.notAllowed')}>
        {community.archived ? t('edit.archived') : t('edit.notAllowedHelp')}
      </Alert>
    )
  }

  if (!start && found?.seen && found.version !== null) {
    const kept: Base = { seen: found.seen, version: found.version }
    return (
      <FoundDraft
        savedAt={found.savedAt}
        name={found.mine.name}
        onContinue={() => {
          mine.current = found.mine
          setBase(kept)
          setStart(found.mine)
        }}
        onDrop={() => {
          draft.drop()
          setStart(opened.current.seen)
        }}
      />
    )
  }

  async function finish(saved: 'changed' | 'merged' | 'nothing') {
    done.current = true
    draft.drop()
    await go(`${paths.community(community.id)}${saved === 'nothing' ? '' : `?saved=${saved}`}`, { replace: true })
  }

  async function save(typed: CommunityDraft, from: Base, merged = false): Promise<void> {
    if (changedFields(typed, from.seen).length === 0) return finish(merged ? 'merged' : 'nothing')
    try {
      await changeCommunity(community.id, changeOf(typed, from.seen, from.version))
    } catch (failure) {
      if (!(failure instanceof ApiError) || failure.problem.code !== 'stale_version') throw failure
      const current = await freshCommunity(community.id)
      const outcome = merge(from.seen, typed, draftOf(current))
      if (outcome.collisions.length > 0) return setConflict({ outcome, current, mine: typed })
      return save(outcome.merged, { seen: draftOf(current), version: current.version }, true)
    }
    await finish(merged ? 'merged' : 'changed')
  }

  async function attempt(work: () => Promise<void>) {
    setError(undefined)
    try {
      await work()
    } catch (failure) {
      setError(failure)
    }
  }

  if (conflict) {
    const current: Base = { seen: draftOf(conflict.current), version: conflict.current.version }
    return (
      <>
        <LeaveGuard unsaved={() => !done.current} onDrop={draft.drop} />
        <BothValues
          outcome={conflict.outcome}
          current={conflict.current}
          error={error}
          onSave={(resolved) => attempt(() => save(resolved, current, true))}
          onBack={(resolved) => {
            mine.current = resolved
            draft.keep({ mine: resolved, ...current })
            setBase(current)
            setStart(resolved)
            setConflict(undefined)
          }}
        />
      </>
    )
  }

  return (
    <>
      <LeaveGuard
        unsaved={() => !done.current && changedFields(mine.current, base.seen).length > 0}
        onDrop={draft.drop}
      />
      <CommunityForm
        {...slots}
        initial={start ?? base.seen}
        submitLabel={t('form.save')}
        onSubmit={(typed) => attempt(() => save(typed, base))}
        onChange={(typed) => {
          mine.current = typed
          if (changedFields(typed, base.seen).length === 0) draft.drop()
          else draft.keep({ mine: typed, ...base })
        }}
        error={error}
        note={t(`form.${draft.kept}`)}
        cancel={
          <LinkButton href={paths.community(community.id)} variant="default">
            {t('form.cancel')}
          </LinkButton>
        }
      />
    </>
  )
}
