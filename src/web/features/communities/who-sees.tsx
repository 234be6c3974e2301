import { Text } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { type Permission, type Role, roleNames, roles, type ScopeKind } from '#contract/access.ts'
import { Panel } from '#web/ui/panel.tsx'

const holders = (permission: Permission, scope: ScopeKind): Role[] =>
  roleNames.filter((role) => (roles[role].grants as Partial<Record<Permission, ScopeKind>>)[permission] === scope)

/** “Who can see this”, said from the catalogue of access itself. */
export function WhoSees({ region }: { region: string }) {
  const { t, i18n } = useTranslation('registry')
  const { t: shared } = useTranslation('shell')
  const list = new Intl.ListFormat(i18n.language === 'fil' ? 'fil' : 'en', { type: 'conjunction' })
  const names = (permission: Permission, scope: ScopeKind) =>
    list.format(holders(permission, scope).map((role) => shared(`role.${role}`)))
  return (
    <Panel title={t('who.title')}>
      <Text size="sm" c="dimmed">
        {t('who.record', {
          all: names('community.read', 'all'),
          places: names('community.read', 'places'),
          communities: names('community.read', 'communities'),
          region,
        })}
      </Text>
      <Text size="sm" c="dimmed" mt="xs">
        {t('who.contacts', {
          all: names('community.read_contacts', 'all'),
          places: names('community.read_contacts', 'places'),
          communities: names('community.read_contacts', 'communities'),
        })}
      </Text>
    </Panel>
  )
}
