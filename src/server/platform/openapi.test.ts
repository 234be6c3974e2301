import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, it } from 'vitest'
import { tables } from '#contract/endpoints.ts'
import { openApi } from './openapi.ts'

describe('openApi', () => {
  const document = openApi(tables, '1.0.0') as {
    paths: Record<string, Record<string, { operationId: string; parameters: { name: string; in: string }[] }>>
  }

  it('describes every route once, with every path parameter', () => {
    const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.values(methods).map((operation) => ({ path, ...operation })),
    )
    const routes = Object.values(tables).flatMap((table) => Object.values(table))
    expect(operations.length).toBe(routes.length)
    expect(new Set(operations.map((operation) => operation.operationId)).size).toBe(operations.length)
    for (const { path, parameters } of operations) {
      const named = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1])
      expect(parameters.filter((parameter) => parameter.in === 'path').map((parameter) => parameter.name)).toEqual(
        named,
      )
    }
  })

  it('holds only schemas that a validator of JSON Schema 2020-12 accepts', () => {
    const ajv = new Ajv2020({ strict: false, validateFormats: false })
    const schemas: unknown[] = []
    JSON.stringify(document, (key, value) => {
      if (key === 'schema' && value && !('$ref' in value)) schemas.push(value)
      return value
    })
    expect(schemas.length).toBeGreaterThan(20)
    for (const schema of schemas) expect(() => ajv.compile(schema as object)).not.toThrow()
  })

  it('carries the version of the package', () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8'))
    expect(openApi(tables, version)).toMatchObject({ openapi: '3.1.0', info: { version } })
  })
})
