import { Anchor, Badge, Code, Collapse, Group, Stack, Table, Text, TextInput, UnstyledButton } from '@mantine/core'
import { IconChevronRight } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { PageHeader } from '#web/ui/page-header.tsx'
import { Panel } from '#web/ui/panel.tsx'
import { ErrorState, Loading } from '#web/ui/state-views.tsx'
import classes from './api-page.module.css'

type Schema = Record<string, unknown>
interface Content {
  content?: Record<string, { schema: Schema }>
}
interface Operation {
  operationId: string
  tags: string[]
  summary: string
  description: string
  parameters: { name: string; in: string; required: boolean; description?: string; schema: Schema }[]
  requestBody?: Content
  responses: Record<string, Content & { description: string }>
}
interface Description {
  info: { version: string; description: string }
  tags: { name: string }[]
  paths: Record<string, Record<string, Operation>>
}
interface Endpoint extends Operation {
  method: string
  path: string
}

const colours: Record<string, string> = { GET: 'green', POST: 'gold', PUT: 'gold', PATCH: 'gold', DELETE: 'red' }

async function fetchDescription(): Promise<Description> {
  const reply = await fetch('/api/openapi.json')
  if (!reply.ok) throw new Error(`openapi.json answered ${reply.status}`)
  return (await reply.json()) as Description
}

const endpointsOf = (description: Description): Endpoint[] =>
  Object.entries(description.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ ...operation, method: method.toUpperCase(), path })),
  )

/** `ownAccount` reads “Own account”. */
const titleOf = (tag: string): string => {
  const words = tag.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
  return words.charAt(0).toUpperCase() + words.slice(1)
}

/** What stands between backticks is code. */
const withCode = (text: string) =>
  // biome-ignore lint/suspicious/noArrayIndexKey: parts of a fixed text
  text.split('`').map((part, index) => (index % 2 === 1 ? <Code key={index}>{part}</Code> : part))

/** A schema in one short line: `string (uuid)`, `“a” | “b”`, `integer 1–200`. */
function brief(schema: Schema): string {
  if (Array.isArray(schema.enum)) return schema.enum.map((value) => `“${String(value)}”`).join(' | ')
  const bounds =
    schema.minimum !== undefined && schema.maximum !== undefined ? ` ${schema.minimum}–${schema.maximum}` : ''
  return `${String(schema.type ?? 'any')}${schema.format ? ` (${String(schema.format)})` : ''}${bounds}`
}

function SchemaBlock({ title, schema }: { title: string; schema: Schema }) {
  return (
    <div>
      <Text size="sm" fw={600} mb={4}>
        {title}
      </Text>
      <Code block className={classes.schema} tabIndex={0} aria-label={title}>
        {JSON.stringify(schema, null, 2)}
      </Code>
    </div>
  )
}

const jsonSchemaOf = (part: Content | undefined): Schema | undefined => part?.content?.['application/json']?.schema

function EndpointDetails({ endpoint }: { endpoint: Endpoint }) {
  const { t } = useTranslation('api')
  const body = jsonSchemaOf(endpoint.requestBody)
  const [status, success] = Object.entries(endpoint.responses).find(([code]) => code.startsWith('2')) ?? []
  const reply = jsonSchemaOf(success)
  return (
    <Stack gap="md" className={classes.details}>
      <Text size="sm" c="dimmed">
        {withCode(endpoint.description)}
      </Text>
      {endpoint.parameters.length > 0 && (
        <Table.ScrollContainer minWidth={420}>
          <Table verticalSpacing={4}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{t('parameter')}</Table.Th>
                <Table.Th>{t('where')}</Table.Th>
                <Table.Th>{t('value')}</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {endpoint.parameters.map((parameter) => (
                <Table.Tr key={`${parameter.in} ${parameter.name}`}>
                  <Table.Td>
                    <Code>{parameter.name}</Code> {parameter.required && t('required')}
                  </Table.Td>
                  <Table.Td>{parameter.in}</Table.Td>
                  <Table.Td>
                    {brief(parameter.schema)}
                    {parameter.description && ` · ${parameter.description}`}
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )}
      {body && <SchemaBlock title={t('body')} schema={body} />}
      {reply ? (
        <SchemaBlock title={t('reply', { status })} schema={reply} />
      ) : (
        <Text size="sm">{t('noJson', { status })}</Text>
      )}
    </Stack>
  )
}

function EndpointRow({ endpoint }: { endpoint: Endpoint }) {
  const [opened, setOpened] = useState(false)
  return (
    <li className={classes.endpoint}>
      <UnstyledButton className={classes.row} aria-expanded={opened} onClick={() => setOpened(!opened)}>
        <IconChevronRight size={16} aria-hidden className={classes.chevron} data-opened={opened || undefined} />
        <Badge variant="light" radius="sm" color={colours[endpoint.method]} className={classes.method}>
          {endpoint.method}
        </Badge>
        <span className={classes.words}>
          <span className={classes.path}>{endpoint.path}</span>
          <Text span size="sm" c="dimmed">
            {withCode(endpoint.summary)}
          </Text>
        </span>
      </UnstyledButton>
      <Collapse expanded={opened}>{opened && <EndpointDetails endpoint={endpoint} />}</Collapse>
    </li>
  )
}

/** The description of the API, made from the same contract that validates the requests. */
export function ApiPage() {
  const { t } = useTranslation('api')
  const [wanted, setWanted] = useState('')
  const description = useQuery({
    queryKey: ['openapi'],
    queryFn: fetchDescription,
    staleTime: Number.POSITIVE_INFINITY,
  })
  const header = <PageHeader title={t('title')} sub={t('sub')} />
  if (description.isPending)
    return (
      <>
        {header}
        <Loading rows={6} />
      </>
    )
  if (description.isError)
    return (
      <>
        {header}
        <ErrorState error={description.error} onRetry={() => void description.refetch()} />
      </>
    )
  const words = wanted.toLowerCase()
  const shown = endpointsOf(description.data).filter((endpoint) =>
    `${endpoint.method} ${endpoint.path} ${withCode(endpoint.summary)}`.toLowerCase().includes(words),
  )
  return (
    <>
      {header}
      <Stack gap="lg">
        <Group gap="md" align="flex-end">
          <TextInput
            className={classes.filter}
            label={t('filter')}
            value={wanted}
            onChange={(event) => setWanted(event.currentTarget.value)}
          />
          <Text size="sm" c="dimmed" role="status">
            {t('count', { count: shown.length })}
          </Text>
          <Anchor href="/api/openapi.json" download="obcms-openapi.json" underline="always">
            {t('download')}
          </Anchor>
        </Group>
        {description.data.tags.map(({ name }) => {
          const endpoints = shown.filter((endpoint) => endpoint.tags.includes(name))
          if (endpoints.length === 0) return null
          return (
            <Panel key={name} title={titleOf(name)} flush>
              <ul className={classes.list}>
                {endpoints.map((endpoint) => (
                  <EndpointRow key={endpoint.operationId} endpoint={endpoint} />
                ))}
              </ul>
            </Panel>
          )
        })}
      </Stack>
    </>
  )
}
