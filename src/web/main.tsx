import '@mantine/core/styles.css'
import './ui/global.css'
import { createRoot } from 'react-dom/client'
import { startI18n } from './lib/i18n.ts'
import { queryClient } from './lib/query.ts'
import { sessionQuery } from './lib/session.ts'
import { Providers } from './providers.tsx'

const root = document.getElementById('root')
if (!root) throw new Error('The page has no root.')

void queryClient.prefetchQuery(sessionQuery)
await startI18n()
createRoot(root).render(<Providers />)
