/** What the import says, and which kind of file is which. Pure. */

export interface Report {
  rows: number
  created: number
  updated: number
  unchanged: number
  failed: number
  errors_left_out: number
}

const TYPES: Record<string, string> = {
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  csv: 'text/csv',
  json: 'application/json',
  ndjson: 'application/x-ndjson',
  jsonl: 'application/x-ndjson',
}

/** By the end of its name, then by what the browser says of it; null for one that cannot be imported. */
export function typeOf(name: string, type = ''): string | null {
  const known = TYPES[/\.([a-z]+)$/i.exec(name)?.[1]?.toLowerCase() ?? '']
  return known ?? (Object.values(TYPES).includes(type) ? type : null)
}
