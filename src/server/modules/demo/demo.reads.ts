import type { Reader } from '#server/platform/db.ts'

/** Office ids of the demonstration records that are there, archived ones too. */
export async function listDemoOfficeIds(reader: Reader): Promise<string[]> {
  const rows = await reader.selectFrom('communities').select('office_id').where('demo', '=', true).execute()
  return rows.map((row) => row.office_id)
}
