import { useLocation } from '@tanstack/react-router'
import { useEffect, useRef } from 'react'
import { RouterLink } from './app-link.tsx'
import classes from './page-tabs.module.css'

interface Props {
  label: string
  tabs: { label: string; href: string; count?: string; current?: boolean }[]
}

/** Sister pages, or sister views of one page, as links: each has its own address. */
export function PageTabs({ label, tabs }: Props) {
  const { pathname, searchStr } = useLocation()
  const list = useRef<HTMLElement>(null)
  // biome-ignore lint/correctness/useExhaustiveDependencies: another tab is the current one
  useEffect(() => {
    list.current?.querySelector('[aria-current]')?.scrollIntoView({ inline: 'nearest', block: 'nearest' })
  }, [pathname, searchStr])
  return (
    <nav ref={list} aria-label={label} className={`${classes.tabs} no-print`}>
      {tabs.map((tab) => (
        <RouterLink
          key={tab.href}
          href={tab.href}
          className={classes.tab}
          aria-current={(tab.current ?? tab.href === pathname) ? 'page' : undefined}
        >
          {tab.label}
          {tab.count !== undefined && <span className={classes.count}>{tab.count}</span>}
        </RouterLink>
      ))}
    </nav>
  )
}
