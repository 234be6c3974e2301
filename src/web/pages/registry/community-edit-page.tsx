import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { type CommunityView, communityById } from '#web/features/communities/communities.queries.ts'
import { EditCommunity } from '#web/features/communities/edit-community.tsx'
import { paths } from '#web/lib/paths.ts'
import { usePathParam } from '#web/lib/routing.ts'
import { PageHeader } from '#web/ui/page-header.tsx'
import { ErrorState, Loading } from '#web/ui/state-views.tsx'
import { formSlots } from './community-form-slots.tsx'

export function CommunityEditPage() {
  const { t } = useTranslation('registry')
  const communityId = usePathParam('communityId')
  const query = useQuery({ ...communityById(communityId), staleTime: 0, refetchOnWindowFocus: false })
  // The form keeps the version it was opened with: a newer one behind its back would hide a stale save.
  const [opened, setOpened] = useState<CommunityView>()
  if (query.isError && !opened) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />
  if (!opened) {
    if (query.data && !query.isFetching) setOpened(query.data)
    return <Loading />
  }
  return (
    <>
      <PageHeader
        title={t('edit.title', { name: opened.name })}
        sub={opened.officeId}
        breadcrumbs={[
          { label: t('list.title'), href: paths.communities() },
          { label: opened.name, href: paths.community(opened.id) },
        ]}
      />
      <EditCommunity key={opened.id} community={opened} {...formSlots} />
    </>
  )
}
