import { useRouter } from '@tanstack/react-router'
import { useEffect } from 'react'
import { useTranslation } from 'react-i18next'
import type { EventData } from '#contract/events.ts'
import { listen } from '#web/lib/events.ts'
import { paths } from '#web/lib/paths.ts'
import { queryClient } from '#web/lib/query.ts'
import { sessionQuery } from '#web/lib/session.ts'
import { notify } from '#web/ui/notices.tsx'

const ended = ['checked', 'applied', 'refused', 'failed'] as const
type Ended = (typeof ended)[number]
const hasEnded = (state: string): state is Ended => (ended as readonly string[]).includes(state)

const anew = (...queryKey: string[]) => void queryClient.invalidateQueries({ queryKey })

/** The open page follows what happens on the server, and says where the person does not look. */
export function useLiveUpdates(): void {
  const { t } = useTranslation('shell')
  const router = useRouter()
  useEffect(() => {
    function importChanged({ id, fileName, state }: EventData['import.changed']) {
      anew('imports', 'one', id)
      anew('imports', 'list')
      anew('imports', 'recent')
      if (state === 'applied') anew('communities')
      const page = paths.import(id)
      if (!hasEnded(state) || router.state.location.pathname === page) return
      notify(t(`importEnded.${state}`, { fileName }), state === 'refused' || state === 'failed' ? 'info' : 'done', {
        href: page,
        label: t('importEnded.open'),
      })
    }
    return listen(
      (event) => {
        if (event.kind === 'import.changed') importChanged(event.data)
        else anew(...sessionQuery.queryKey)
      },
      () => anew('imports'),
    )
  }, [router, t])
}
