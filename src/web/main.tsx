import '@mantine/core/styles.css'
import './ui/global.css'
import { createRoot } from 'react-dom/client'
import { startI18n } from './lib/i18n.ts'
import { queryClient } from './lib/query.ts'
import { sessionQuery } from './lib/session.ts'
import { Providers } from './providers.tsx'

// After a release the old parts of the page are gone; loading it again fetches the new ones. Once, so that a dead line does not loop.
addEventListener('vite:preloadError', (event) => {
  const last = Number(sessionStorage.getItem('obcms.reloaded') ?? 0)
  if (Date.now() - last < 60_000) return
  event.preventDefault()
  sessionStorage.setItem('obcms.reloaded', String(Date.now()))
  location.reload()
})

const root = document.getElementById('root')
if (!root) throw new Error('The page has no root.')

void queryClient.prefetchQuery(sessionQuery)
await startI18n()
createRoot(root).render(<Providers />)
