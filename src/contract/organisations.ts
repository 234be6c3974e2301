import { z } from 'zod'
import { organisationTypes } from './organisations.options.ts'
import { flagParam, line, listParam, pageOf, pageQuery, requiredLine, timestamp, uuid, version } from './paging.ts'
import { defineRoutes } from './route.ts'

const organisationFields = {
  name: requiredLine(300),
  acronym: line(30).nullable(),
  type: z.enum(organisationTypes),
}

export const organisationView = z.object({
  id: uuid,
  name: z.string(),
  acronym: z.string().nullable(),
  type: z.enum(organisationTypes),
  /** Inactive ones stay on old records and are not offered for new ones. */
  active: z.boolean(),
  version,
  createdAt: timestamp,
  updatedAt: timestamp,
})
export type OrganisationView = z.infer<typeof organisationView>

export const createOrganisationBody = z.strictObject(organisationFields).partial({ acronym: true })
export const changeOrganisationBody = z
  .strictObject({ ...organisationFields, active: z.boolean() })
  .partial()
  .extend({ version })

const params = z.object({ organisationId: uuid })

export const organisationRoutes = defineRoutes({
  list: {
    method: 'GET',
    path: '/api/v1/organisations',
    summary: 'Organisations by name; `q` looks in name and acronym.',
    permission: 'organisation.read',
    query: z.object({
      ...pageQuery,
      q: z.string().trim().max(100).optional(),
      type: listParam(z.enum(organisationTypes)).optional(),
      active: flagParam.optional(),
    }),
    reply: pageOf(organisationView),
  },
  show: {
    method: 'GET',
    path: '/api/v1/organisations/:organisationId',
    summary: 'One organisation.',
    permission: 'organisation.read',
    params,
    reply: organisationView,
  },
  create: {
    method: 'POST',
    path: '/api/v1/organisations',
    summary: 'Add an organisation.',
    permission: 'organisation.edit',
    body: createOrganisationBody,
    reply: organisationView,
    status: 201,
  },
  change: {
    method: 'PATCH',
    path: '/api/v1/organisations/:organisationId',
    summary: 'Change an organisation, or set it inactive. Fields left out stay as they are.',
    permission: 'organisation.edit',
    params,
    body: changeOrganisationBody,
    reply: organisationView,
  },
})
