import { List, Text } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { registrationRoles } from '#contract/accounts.options.ts'
import { paths } from '#web/lib/paths.ts'
import { oneOf, searchOf, useUrlSearch } from '#web/lib/routing.ts'
import { LinkButton } from '#web/ui/app-link.tsx'
import { OpenPage } from './open-page.tsx'

const readSearch = searchOf({ role: oneOf(registrationRoles) })

export function RegisteredPage() {
  const { t } = useTranslation('account')
  const [{ role }] = useUrlSearch(readSearch)
  return (
    <OpenPage title={t('registered.title')} sub={t('registered.sub')}>
      <List type="ordered" spacing="xs">
        {role === 'moa_focal' && <List.Item>{t('registered.endorse')}</List.Item>}
        <List.Item>{t('registered.approve')}</List.Item>
        <List.Item>{t('registered.mail')}</List.Item>
      </List>
      <Text c="dimmed" size="sm">
        {t('registered.nothing')}
      </Text>
      <LinkButton href={paths.signIn()} variant="default">
        {t('link.signIn')}
      </LinkButton>
    </OpenPage>
  )
}
