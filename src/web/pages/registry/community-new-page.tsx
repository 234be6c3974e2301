import { useTranslation } from 'react-i18next'
import { NewCommunity } from '#web/features/communities/new-community.tsx'
import { paths } from '#web/lib/paths.ts'
import { digits, searchOf, useUrlSearch } from '#web/lib/routing.ts'
import { PageHeader } from '#web/ui/page-header.tsx'
import { formSlots } from './community-form-slots.tsx'

const readSearch = searchOf({ barangay: digits })

export function CommunityNewPage() {
  const { t } = useTranslation('registry')
  const [{ barangay }] = useUrlSearch(readSearch)
  return (
    <>
      <PageHeader
        title={t('new.title')}
        sub={t('new.sub')}
        breadcrumbs={[{ label: t('list.title'), href: paths.communities() }]}
      />
      <NewCommunity barangayCode={barangay} {...formSlots} />
    </>
  )
}
