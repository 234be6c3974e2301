import { Badge, Group } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { paths } from '#web/lib/paths.ts'
import { DataTable } from '#web/ui/data-table.tsx'
import { Panel } from '#web/ui/panel.tsx'
import { ErrorState, Loading } from '#web/ui/state-views.tsx'
import { useKindWords } from './place-words.ts'
import { type PlaceView, placeChildren } from './places.queries.ts'

export function ChildrenTable({ place }: { place: PlaceView }) {
  const { t } = useTranslation('registry')
  const kindWords = useKindWords()
  const query = useQuery(placeChildren(place.code))
  return (
    <Panel title={t('place.children', { name: place.name })} flush>
      {query.isError ? (
        <ErrorState error={query.error} onRetry={() => void query.refetch()} />
      ) : !query.data ? (
        <Loading rows={4} />
      ) : (
        <DataTable
          bare
          label={t('tableOf', { what: t('place.children', { name: place.name }) })}
          rows={query.data.items}
          rowKey={(row) => row.code}
          rowHref={(row) => paths.place(row.code)}
          columns={[
            {
              key: 'name',
              header: t('places.name'),
              cell: (row) => (
                <Group gap={8}>
                  {row.name}
                  {row.inBarmm && !place.inBarmm && (
                    <Badge variant="light" color="gold" size="sm" tt="none" autoContrast>
                      BARMM
                    </Badge>
                  )}
                </Group>
              ),
            },
            { key: 'kind', header: t('places.kind'), cell: (row) => kindWords(row.kind) },
            { key: 'code', header: t('places.code'), cell: (row) => <span className="tabular">{row.code}</span> },
          ]}
        />
      )}
    </Panel>
  )
}
