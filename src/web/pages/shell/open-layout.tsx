import { Outlet } from '@tanstack/react-router'
import { Suspense } from 'react'
import { useTranslation } from 'react-i18next'
import { afterSubmit } from '#web/ui/first-problem.ts'
import { LanguageToggle } from '#web/ui/language-toggle.tsx'
import { Logo } from '#web/ui/logo.tsx'
import { Loading } from '#web/ui/state-views.tsx'
import { ThemeToggle } from '#web/ui/theme-toggle.tsx'
import classes from './open-layout.module.css'

/** The frame of pages that need no sign-in: the office's name and one card. */
export function OpenLayout() {
  const { t } = useTranslation('shell')
  return (
    <div className={classes.page}>
      <a href="#content" className="skip-link">
        {t('app.skip')}
      </a>
      <header className={classes.top}>
        <div className={classes.brand}>
          <Logo size={40} />
          <div>
            <div className={classes.name}>OBCMS</div>
            <div className={classes.office}>{t('app.office')}</div>
          </div>
        </div>
        <div className={classes.tools}>
          <LanguageToggle />
          <ThemeToggle />
        </div>
      </header>
      <main id="content" tabIndex={-1} className={classes.content} onSubmit={afterSubmit}>
        <div className={classes.card}>
          <Suspense fallback={<Loading />}>
            <Outlet />
          </Suspense>
        </div>
      </main>
    </div>
  )
}
