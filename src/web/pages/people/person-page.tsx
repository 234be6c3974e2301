import { Alert, Badge, List, Text } from '@mantine/core'
import { IconInfoCircle } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import type { AccountView } from '#contract/accounts.ts'
import { GrantsPanel } from '#web/features/people/grants-panel.tsx'
import { personQuery } from '#web/features/people/people.queries.ts'
import { StateBadge } from '#web/features/people/state-badge.tsx'
import { paths } from '#web/lib/paths.ts'
import { usePathParam } from '#web/lib/routing.ts'
import { useSession } from '#web/lib/session.ts'
import { AppLink } from '#web/ui/app-link.tsx'
import { Facts } from '#web/ui/facts.tsx'
import { formatDay, formatMoment, manilaDay } from '#web/ui/formats.ts'
import { PageHeader } from '#web/ui/page-header.tsx'
import { Panel } from '#web/ui/panel.tsx'
import { ErrorState, Loading } from '#web/ui/state-views.tsx'
import { PersonActions } from './person-actions.tsx'
import classes from './person-page.module.css'

export function PersonPage() {
  const personId = usePathParam('userId')
  const { data, error, refetch } = useQuery(personQuery(personId))
  if (error && !data) return <ErrorState error={error} onRetry={() => void refetch()} />
  if (!data) return <Loading />
  return <Person person={data} />
}

function Person({ person }: { person: AccountView }) {
  const { t } = useTranslation(['people', 'shell'])
  const { user } = useSession()
  const own = user.id === person.id
  const byAt = (name: string | null, at: string | null) =>
    name && at ? t('people:person.byAt', { name, moment: formatMoment(at) }) : undefined
  const facts = [
    { label: t('people:field.role'), value: t(`shell:role.${person.role}`) },
    ...(person.team ? [{ label: t('people:field.team'), value: t(`people:team.${person.team}`) }] : []),
    {
      label: t('people:field.organisation'),
      value: person.organisation && [person.organisation.acronym, person.organisation.name].filter(Boolean).join(' – '),
    },
    ...(person.places.length > 0
      ? [
          {
            label: t('people:field.places'),
            value: person.places.map((place) => (
              <div key={place.code}>
                <AppLink href={paths.place(place.code)}>{place.name}</AppLink>
              </div>
            )),
          },
        ]
      : []),
    ...(person.communities.length > 0
      ? [
          {
            label: t('people:field.communities'),
            value: person.communities.map((community) => (
              <div key={community.id}>
                <AppLink href={paths.community(community.id)}>{community.name}</AppLink>
              </div>
            )),
          },
        ]
      : []),
    ...(person.endorsedBy
      ? [{ label: t('people:person.endorsedBy'), value: byAt(person.endorsedBy, person.endorsedAt) }]
      : []),
    ...(person.approvedBy
      ? [{ label: t('people:person.approvedBy'), value: byAt(person.approvedBy, person.approvedAt) }]
      : []),
    ...(person.stateReason ? [{ label: t('people:person.stateReason'), value: person.stateReason }] : []),
  ]
  const waits = person.state === 'requested' || person.state === 'endorsed'

  return (
    <>
      <PageHeader
        title={person.name}
        sub={[t(`shell:role.${person.role}`), person.organisation?.acronym ?? person.organisation?.name]
          .filter(Boolean)
          .join(' · ')}
        badges={<StateBadge state={person.state} />}
        breadcrumbs={[{ label: t('people:people.title'), href: paths.people() }]}
        actions={<PersonActions person={person} />}
      />
      {own && (
        <Alert icon={<IconInfoCircle aria-hidden />} color="gold" mb="lg">
          {t('people:person.own')}{' '}
          <AppLink href={paths.account()} underline="always">
            {t('people:person.ownLink')}
          </AppLink>
        </Alert>
      )}
      {waits && (
        <Alert icon={<IconInfoCircle aria-hidden />} color="gold" mb="lg">
          {t('people:person.waiting')}{' '}
          <AppLink href={paths.approvals()} underline="always">
            {t('people:approvals.title')}
          </AppLink>
        </Alert>
      )}
      <div className={classes.columns}>
        <div className={classes.column}>
          <Panel title={t('people:person.access')}>
            <Facts items={facts} />
          </Panel>
          <GrantsPanel person={person} />
        </div>
        <div className={classes.column}>
          <Panel title={t('people:person.contact')}>
            <Facts
              items={[
                { label: t('people:field.email'), value: person.email },
                { label: t('people:field.phone'), value: person.phone },
                { label: t('people:field.position'), value: person.position },
                { label: t('people:field.language'), value: t(`people:field.language_${person.language}`) },
                ...(person.note ? [{ label: t('people:field.note'), value: person.note }] : []),
              ]}
            />
          </Panel>
          <Panel title={t('people:person.sessions')}>
            <Facts
              items={[
                {
                  label: t('people:field.lastSignIn'),
                  value: person.lastSignInAt ? formatMoment(person.lastSignInAt) : t('people:field.never'),
                },
                {
                  label: t('people:person.sessions'),
                  value: t('people:person.openSessions', { count: person.openSessions }),
                },
                { label: 'API', value: t('people:person.tokens', { count: person.tokens }) },
                {
                  label: t('people:field.twoFactor'),
                  value: (
                    <Badge variant="light" color={person.twoFactor ? 'green' : 'gray'}>
                      {t(person.twoFactor ? 'people:field.yes' : 'people:field.no')}
                    </Badge>
                  ),
                },
                { label: t('people:field.since'), value: formatDay(manilaDay(person.createdAt)) },
              ]}
            />
          </Panel>
          <Panel title={t('people:person.rights')} sub={t('people:person.rightsSub')}>
            {person.permissions.length === 0 ? (
              <Text c="dimmed">{t('people:person.rightsNone')}</Text>
            ) : (
              <List size="sm" spacing={6}>
                {person.permissions.map(({ name, scope }) => (
                  <List.Item key={name}>
                    {t(`people:permission.${name}`)}
                    <Text span size="sm" c="dimmed">
                      {' '}
                      – {t(`people:scope.${scope}`)}
                    </Text>
                  </List.Item>
                ))}
              </List>
            )}
          </Panel>
        </div>
      </div>
    </>
  )
}
