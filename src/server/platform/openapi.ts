import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { problem } from '#contract/errors.ts'
import type { Route } from '#contract/route.ts'
import { compressedCopies } from './static/compressed.ts'
import { chooseCoding, codings } from './static/content-coding.ts'

type Json = Record<string, unknown>

const schemaOf = (schema: z.ZodType, io: 'input' | 'output'): Json => {
  const { $schema: _, ...json } = z.toJSONSchema(schema, {
    io,
    unrepresentable: 'any',
    target: 'draft-2020-12',
  }) as Json
  return json
}

const parametersOf = (schema: z.ZodType | undefined, place: 'path' | 'query'): Json[] => {
  if (!schema) return []
  const { properties = {}, required = [] } = schemaOf(schema, 'input') as {
    properties?: Record<string, Json>
    required?: string[]
  }
  return Object.entries(properties).map(([name, property]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    schema: property,
  }))
}

const problemReply = (description: string): Json => ({
  description,
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
})

function requestBodyOf(route: Route): Json | undefined {
  if (route.upload)
    return {
      required: true,
      content: {
        'multipart/form-data': {
          schema: { type: 'object', required: ['file'], properties: { file: { type: 'string', format: 'binary' } } },
        },
      },
    }
  return route.body && { required: true, content: { 'application/json': { schema: schemaOf(route.body, 'input') } } }
}

function successOf(route: Route): Json {
  if (route.download === 'kept') {
    const content = { '*/*': { schema: { type: 'string', format: 'binary' } } }
    return {
      200: { description: 'The file.', content },
      206: { description: 'The part that `Range` asked for.', content },
      302: { description: 'It is in the bucket, at this address for a short time.' },
      304: { description: 'It is the one whose `ETag` came in `If-None-Match`.' },
      416: problemReply('There is no such part.'),
    }
  }
  if (route.download)
    return { 200: { description: 'The file.', content: { '*/*': { schema: { type: 'string', format: 'binary' } } } } }
  if (route.stream)
    return {
      200: {
        description: 'Server-sent events; each message is JSON.',
        content: { 'text/event-stream': { schema: { type: 'string' } } },
      },
    }
  if (!route.reply) return { 204: { description: 'Done.' } }
  return {
    [route.status ?? 200]: {
      description: 'Done.',
      content: { 'application/json': { schema: schemaOf(route.reply, 'input') } },
    },
  }
}

function operationOf(tag: string, name: string, route: Route): Json {
  const open = route.permission === 'public'
  const versioned = route.body && 'version' in ((schemaOf(route.body, 'input').properties as Json | undefined) ?? {})
  const headers: Json[] = []
  if (route.method === 'POST' && route.status === 201 && !route.upload)
    headers.push({
      name: 'Idempotency-Key',
      in: 'header',
      required: false,
      description: 'The same key for every try of one create: it is done once.',
      schema: { type: 'string', minLength: 8, maxLength: 100 },
    })
  if (versioned)
    headers.push({
      name: 'If-Match',
      in: 'header',
      required: false,
      description: 'ETag of the record as it was read; another way to send `version`.',
      schema: { type: 'string' },
    })
  return {
    operationId: `${tag}.${name}`,
    tags: [tag],
    summary: route.summary,
    description: open
      ? 'Open to everybody.'
      : route.permission === 'signed_in'
        ? 'Needs a session or a token.'
        : `Needs the permission \`${route.permission}\`.`,
    security: open ? [] : route.only === 'browser' ? [{ session: [] }] : [{ session: [] }, { token: [] }],
    parameters: [...parametersOf(route.params, 'path'), ...parametersOf(route.query, 'query'), ...headers],
    ...(requestBodyOf(route) && { requestBody: requestBodyOf(route) }),
    responses: {
      ...successOf(route),
      ...(!open && { 401: problemReply('Not signed in.'), 403: problemReply('Signed in, but not permitted.') }),
      ...(route.params && { 404: problemReply('Absent, or outside the caller’s sight.') }),
      ...(versioned && { 409: problemReply('Stale version, or not possible in this state.') }),
      default: problemReply('Any other problem; `code` says which.'),
    },
  }
}

/** OpenAPI 3.1 of the whole contract. */
export function openApi(tables: Record<string, Record<string, Route>>, version: string): Json {
  const paths: Record<string, Json> = {}
  for (const [tag, routes] of Object.entries(tables))
    for (const [name, route] of Object.entries(routes)) {
      const path = route.path.replace(/:(\w+)/g, '{$1}')
      paths[path] = { ...paths[path], [route.method.toLowerCase()]: operationOf(tag, name, route) }
    }
  return {
    openapi: '3.1.0',
    info: {
      title: 'OBCMS',
      version,
      description:
        'Registry of Bangsamoro communities outside BARMM. Every error is a problem document (RFC 9457) with a `code`. Lists page by keyset: send `nextCursor` back as `cursor`.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    tags: Object.keys(tables).map((name) => ({ name })),
    paths,
    components: {
      schemas: { Problem: schemaOf(problem, 'output') },
      securitySchemes: {
        session: { type: 'apiKey', in: 'cookie', name: 'obcms_session' },
        token: { type: 'http', scheme: 'bearer', description: 'API token made under “My account”.' },
      },
    },
  }
}

/** The same for everybody, so it is compressed once and not for each who asks. */
export function serveDescription(app: FastifyInstance, description: string): void {
  const plain = Buffer.from(description)
  let copies: ReturnType<typeof compressedCopies> | undefined
  app.get('/api/openapi.json', { compress: false }, async (request, reply) => {
    copies ??= compressedCopies('openapi.json', plain)
    const found = await copies
    const coding =
      chooseCoding(
        request.headers['accept-encoding'],
        codings.filter((one) => one === 'identity' || found.has(one)),
      ) ?? 'identity'
    if (coding !== 'identity') reply.header('content-encoding', coding)
    return reply
      .type('application/json')
      .header('vary', 'Accept-Encoding')
      .send(coding === 'identity' ? plain : found.get(coding))
  })
}
