import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { paths } from '#web/lib/paths.ts'
import { PageHeader } from '#web/ui/page-header.tsx'
import { PageTabs } from '#web/ui/page-tabs.tsx'

interface Props {
  title: string
  sub?: ReactNode
  children: ReactNode
}

/** The three pages of one's own account. */
export function AccountFrame({ title, sub, children }: Props) {
  const { t } = useTranslation('account')
  return (
    <>
      <PageHeader title={title} sub={sub} />
      <PageTabs
        label={t('tabs.label')}
        tabs={[
          { label: t('tabs.profile'), href: paths.account() },
          { label: t('tabs.security'), href: paths.security() },
          { label: t('tabs.tokens'), href: paths.tokens() },
        ]}
      />
      {children}
    </>
  )
}
