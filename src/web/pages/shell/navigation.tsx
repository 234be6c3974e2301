import { useLocation } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { useSession } from '#web/lib/session.ts'
import { RouterLink } from '#web/ui/app-link.tsx'
import { type Entry, navigationFor } from './menu-entries.ts'
import classes from './navigation.module.css'

export function Navigation({ narrow, onChoose }: { narrow: boolean; onChoose?: () => void }) {
  const { t } = useTranslation('shell')
  const session = useSession()
  const { pathname } = useLocation()
  const sections = navigationFor(session)
  const leadsHere = ({ href }: Entry) => pathname === href || (href !== '/' && pathname.startsWith(`${href}/`))
  // Of /system and /system/jobs the nearer one.
  const here = sections
    .flatMap((section) => section.entries)
    .filter(leadsHere)
    .sort((a, b) => b.href.length - a.href.length)[0]
  return (
    <nav aria-label={t('nav.label')} className={classes.nav}>
      {sections.map((section) => (
        <div key={section.label ?? 'top'} className={classes.section}>
          {section.label && !narrow && <div className={classes.heading}>{t(`nav.${section.label}`)}</div>}
          <ul className={classes.list} aria-label={section.label && t(`nav.${section.label}`)}>
            {section.entries.map((entry) => (
              <li key={entry.label}>
                <RouterLink
                  href={entry.href}
                  className={classes.link}
                  aria-current={entry.label === here?.label ? 'page' : undefined}
                  aria-label={narrow ? t(`nav.${entry.label}`) : undefined}
                  title={narrow ? t(`nav.${entry.label}`) : undefined}
                  onClick={onChoose}
                >
                  <entry.Icon size={20} stroke={1.7} aria-hidden />
                  {!narrow && <span>{t(`nav.${entry.label}`)}</span>}
                </RouterLink>
              </li>
            ))}
          </ul>
        </div>
      ))}
    </nav>
  )
}
