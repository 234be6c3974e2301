import { useQueryClient } from '@tanstack/react-query'
import { call } from '#web/lib/api.ts'
import type { Language } from '#web/lib/i18n.ts'
import { sessionQuery } from '#web/lib/session.ts'
import { LanguageToggle } from '#web/ui/language-toggle.tsx'

/** The choice goes with the person to the next device; without a line it holds on this one. */
export function LanguageSwitch() {
  const queries = useQueryClient()
  async function keep(language: Language) {
    queries.setQueryData(
      sessionQuery.queryKey,
      (session) => session && { ...session, user: { ...session.user, language } },
    )
    try {
      const { version } = await call('GET /api/v1/account', {})
      await call('PATCH /api/v1/account', { body: { language, version } })
    } catch {
      return
    }
    await queries.invalidateQueries({ queryKey: ['account'] })
  }
  return <LanguageToggle onSwitch={(language) => void keep(language)} />
}
