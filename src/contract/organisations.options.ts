export const organisationTypes = [
  'ministry',
  'office',
  'agency',
  'lgu',
  'nga',
  'civil_society',
  'academe',
  'donor',
  'religious',
  'other',
] as const
export type OrganisationType = (typeof organisationTypes)[number]

/** The ministries, offices and agencies (MOAs) of BARMM; the other types stand outside it. */
export const moaTypes = ['ministry', 'office', 'agency'] as const satisfies readonly OrganisationType[]
