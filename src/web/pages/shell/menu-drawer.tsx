import { CloseButton } from '@mantine/core'
import { useEffect, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import { Logo } from '#web/ui/logo.tsx'
import classes from './menu-drawer.module.css'
import { Navigation } from './navigation.tsx'

/** The menu of a phone. The browser's own modal dialog keeps the focus inside and closes on Escape. */
export function MenuDrawer({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const { t } = useTranslation('shell')
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => {
    if (opened) dialog.current?.showModal()
    else dialog.current?.close()
  }, [opened])
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the click is on the backdrop; the keyboard has Escape and the button
    <dialog
      ref={dialog}
      className={classes.drawer}
      aria-label={t('nav.label')}
      onClose={onClose}
      onClick={(event) => event.target === dialog.current && onClose()}
    >
      <div className={classes.inside}>
        <div className={classes.head}>
          <Logo />
          <span>OBCMS</span>
          <CloseButton size="lg" aria-label={t('nav.close')} onClick={onClose} />
        </div>
        <Navigation narrow={false} onChoose={onClose} />
      </div>
    </dialog>
  )
}
