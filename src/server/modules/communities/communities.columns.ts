import { type CommunityRecord, codeOf, labelOf, listSeparator } from './communities.rules.ts'

/** What the columns of a file are about. Export writes them in this order; import finds them again by name. */
export interface CommunityColumn {
  /** Field of `parseCommunityInput`, or what an import needs to find the barangay. */
  key: CommunityColumnKey
  header: string
  /** Other headers that mean it: those of the office's old files first. Compared by `headerKey`. */
  aliases: readonly string[]
  type: 'text' | 'number' | 'date'
  /** False: written by an export, passed over by an import. */
  importable: boolean
  value: (row: CommunityRecord) => string | number | null
}

const list = (items: readonly string[]): string | null => (items.length > 0 ? items.join(listSeparator) : null)

/** Headers are the same when they differ in case, spacing, underscores and punctuation only. */
export const headerKey = (header: string): string => codeOf(header).replaceAll('_', '')

const labelled = (code: string | null): string | null => (code === null ? null : labelOf(code))

const entries = {
  officeId: {
    header: 'OBC ID',
    aliases: ['obc_id', 'office id', 'office number', 'OBC number', 'OBC no.'],
    value: (row) => row.officeId,
  },
  name: {
    header: 'Community name',
    aliases: ['community_names', 'name', 'community', 'names', 'name of community', 'OBC name'],
    value: (row) => row.name,
  },
  aliases: {
    header: 'Other names',
    aliases: ['aliases', 'alias', 'alternative names', 'also known as'],
    value: (row) => list(row.aliases),
  },
  barangayCode: {
    header: 'Barangay PSGC',
    aliases: ['psgc', 'psgc code', 'barangay code', 'barangay_psgc_code', 'psgc_code_10', '10-digit PSGC'],
    value: (row) => row.barangay.code,
  },
  region: { header: 'Region', aliases: ['region name'], value: (row) => row.region.name },
  province: { header: 'Province', aliases: ['province name'], value: (row) => row.province?.name ?? null },
  city: {
    header: 'City or municipality',
    aliases: ['municipality', 'city', 'municipality name', 'city/municipality', 'municipality/city', 'town'],
    value: (row) => row.city.name,
  },
  barangay: { header: 'Barangay', aliases: ['barangay name', 'brgy', 'brgy.'], value: (row) => row.barangay.name },
  sitio: {
    header: 'Sitio or purok',
    aliases: ['purok_sitio', 'sitio', 'purok', 'sitio/purok', 'purok/sitio'],
    value: (row) => row.sitio,
  },
  settlementType: {
    header: 'Settlement type',
    aliases: ['settlement_type', 'settlement', 'type of settlement'],
    value: (row) => labelled(row.settlementType),
  },
  proximity: {
    header: 'Proximity to BARMM',
    aliases: ['proximity_to_barmm', 'proximity'],
    value: (row) => labelled(row.proximity),
  },
  status: { header: 'Status', aliases: ['community status', 'obc status'], value: (row) => labelOf(row.status) },
  statusSource: {
    header: 'Source of status',
    aliases: ['status source', 'source', 'source_document_reference', 'source document'],
    value: (row) => row.statusSource,
  },
  statusDate: {
    header: 'Date of status',
    aliases: ['status date', 'date of source', 'as of'],
    type: 'date',
    value: (row) => row.statusDate,
  },
  latitude: { header: 'Latitude', aliases: ['lat', 'y'], type: 'number', value: (row) => row.latitude },
  longitude: {
    header: 'Longitude',
    aliases: ['lon', 'long', 'lng', 'x'],
    type: 'number',
    value: (row) => row.longitude,
  },
  accuracyMetres: {
    header: 'Accuracy (m)',
    aliases: ['accuracy', 'accuracy_metres', 'accuracy_meters', 'gps accuracy'],
    type: 'number',
    value: (row) => row.accuracyMetres,
  },
  population: {
    header: 'OBC population',
    aliases: ['estimated_obc_population', 'population', 'estimated population', 'OBC pop.'],
    type: 'number',
    value: (row) => row.population,
  },
  households: {
    header: 'Households',
    aliases: ['household', 'number of households', 'no. of households', 'hh'],
    type: 'number',
    value: (row) => row.households,
  },
  families: {
    header: 'Families',
    aliases: ['family', 'number of families', 'no. of families'],
    type: 'number',
    value: (row) => row.families,
  },
  primaryGroup: {
    header: 'Primary ethnolinguistic group',
    aliases: ['primary_ethnolinguistic_group', 'ethnolinguistic group', 'group', 'primary group', 'tribe'],
    value: (row) => labelled(row.primaryGroup),
  },
  otherGroups: {
    header: 'Other ethnolinguistic groups',
    aliases: ['other_ethnolinguistic_groups', 'other groups'],
    value: (row) => list(row.otherGroups.map(labelOf)),
  },
  notes: { header: 'Notes', aliases: ['remarks', 'comments', 'note'], value: (row) => row.notes },
  demo: {
    header: 'Made-up record',
    aliases: [],
    importable: false,
    value: (row) => (row.demo ? 'Yes' : null),
  },
  updatedAt: {
    header: 'Last changed',
    aliases: [],
    type: 'date',
    importable: false,
    // Wall clock of Manila, as a spreadsheet shows it.
    value: (row) => new Date(Date.parse(row.updatedAt) + 8 * 3_600_000).toISOString().slice(0, 19).replace('T', ' '),
  },
} as const satisfies Record<
  string,
  Pick<CommunityColumn, 'header' | 'aliases' | 'value'> & Partial<Pick<CommunityColumn, 'type' | 'importable'>>
>

export type CommunityColumnKey = keyof typeof entries

/** The one list of columns that export and import share. */
export const communityColumns: readonly CommunityColumn[] = Object.entries(entries).map(([key, entry]) => ({
  type: 'text',
  importable: true,
  ...entry,
  key: key as CommunityColumnKey,
}))

const byHeader = new Map(
  communityColumns.flatMap((column) =>
    [column.header, column.key, ...column.aliases].map((header) => [headerKey(header), column] as const),
  ),
)

/** The column that a header of a file means, in English or in the words of the office's old files. */
export const columnOfHeader = (header: string): CommunityColumn | undefined => byHeader.get(headerKey(header))
