import { Switch, Text } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import type { Permission, ScopeKind } from '#contract/access.ts'
import type { RoleView } from '#contract/accounts.ts'
import { rolesQuery } from '#web/features/people/people.queries.ts'
import { call } from '#web/lib/api.ts'
import { paths } from '#web/lib/paths.ts'
import { useCan } from '#web/lib/session.ts'
import { AppLink } from '#web/ui/app-link.tsx'
import { FormProblem } from '#web/ui/field-problems.tsx'
import { formatNumber } from '#web/ui/formats.ts'
import { notify } from '#web/ui/notices.tsx'
import { PageHeader } from '#web/ui/page-header.tsx'
import { Panel } from '#web/ui/panel.tsx'
import { ErrorState, Loading } from '#web/ui/state-views.tsx'
import classes from './roles-page.module.css'

export function RolesPage() {
  const { t } = useTranslation('people')
  const { data, error, refetch } = useQuery(rolesQuery)
  return (
    <>
      <PageHeader title={t('roles.title')} sub={t('roles.sub')} />
      {error && !data ? (
        <ErrorState error={error} onRetry={() => void refetch()} />
      ) : !data ? (
        <Loading rows={8} />
      ) : (
        <div className={classes.stack}>
          <RoleList roles={data.roles} />
          <Matrix roles={data.roles} permissions={data.permissions.map((permission) => permission.name)} />
        </div>
      )}
    </>
  )
}

const scopeOf = (role: RoleView, permission: Permission): ScopeKind | undefined =>
  role.permissions.find((held) => held.name === permission)?.scope

function RoleList({ roles }: { roles: RoleView[] }) {
  const { t } = useTranslation(['people', 'shell'])
  const queries = useQueryClient()
  const mayEdit = useCan('access.edit')
  const demand = useMutation({
    mutationFn: (role: RoleView) =>
      call('PUT /api/v1/access/roles/:role', {
        params: { role: role.role },
        body: { demandsTwoFactor: !role.demandsTwoFactor },
      }),
    onSuccess: async (role) => {
      await queries.invalidateQueries({ queryKey: rolesQuery.queryKey })
      const words = role.demandsTwoFactor ? 'people:roles.demanded' : 'people:roles.undemanded'
      notify(t(words, { role: t(`shell:role.${role.role}`) }))
    },
  })
  return (
    <Panel title={t('people:roles.list')}>
      <FormProblem error={demand.error} />
      <ul className={classes.roles}>
        {roles.map((role) => {
          const name = t(`shell:role.${role.role}`)
          const without = role.people - role.peopleWithTwoFactor
          return (
            <li key={role.role}>
              <div className={classes.about}>
                <Text fw={600}>{name}</Text>
                <Text size="sm" c="dimmed">
                  {t(`people:roleSummary.${role.role}`)}
                </Text>
                <details className={classes.rights}>
                  <summary>{t('people:roles.may')}</summary>
                  {role.permissions.length === 0 ? (
                    <Text size="sm">{t('people:roles.mayNothing')}</Text>
                  ) : (
                    <ul>
                      {role.permissions.map((held) => (
                        <li key={held.name}>
                          {t(`people:permission.${held.name}`)}
                          {held.scope !== 'all' && ` – ${t(`people:scope.${held.scope}`)}`}
                        </li>
                      ))}
                    </ul>
                  )}
                </details>
              </div>
              <div className={classes.people}>
                {role.people === 0 ? (
                  <Text size="sm" c="dimmed">
                    {t('people:roles.nobody')}
                  </Text>
                ) : (
                  <AppLink href={paths.people({ role: role.role, state: 'active' })} size="sm">
                    {t('people:roles.withTwoFactor', {
                      with: formatNumber(role.peopleWithTwoFactor),
                      people: formatNumber(role.people),
                    })}
                  </AppLink>
                )}
              </div>
              <Switch
                className={classes.demand}
                label={t('people:roles.demand')}
                description={
                  !role.demandsTwoFactor && without > 0 ? t('people:roles.demandHint', { count: without }) : undefined
                }
                aria-label={t('people:roles.demandOf', { role: name })}
                checked={role.demandsTwoFactor}
                disabled={!mayEdit || (demand.isPending && demand.variables.role === role.role)}
                onChange={() => demand.mutate(role)}
              />
            </li>
          )
        })}
      </ul>
    </Panel>
  )
}

function Matrix({ roles, permissions }: { roles: RoleView[]; permissions: Permission[] }) {
  const { t } = useTranslation(['people', 'shell'])
  return (
    <div className={classes.wide}>
      <Panel flush title={t('people:roles.matrix')} sub={t('people:roles.matrixSub')}>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must take the focus (WCAG 2.1.1) */}
        <section className={classes.scroller} aria-label={t('people:roles.table')} tabIndex={0}>
          <table className={classes.matrix}>
            <thead>
              <tr>
                <th scope="col">{t('people:roles.permission')}</th>
                {roles.map((role) => (
                  <th key={role.role} scope="col">
                    {t(`shell:role.${role.role}`)}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {permissions.map((permission) => (
                <tr key={permission}>
                  <th scope="row">{t(`people:permission.${permission}`)}</th>
                  {roles.map((role) => {
                    const scope = scopeOf(role, permission)
                    return (
                      <td key={role.role} data-scope={scope ?? 'none'}>
                        {scope ? (
                          t(`people:scopeShort.${scope}`)
                        ) : (
                          <span role="img" aria-label={t('people:roles.notAllowed')}>
                            –
                          </span>
                        )}
                      </td>
                    )
                  })}
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      </Panel>
    </div>
  )
}
