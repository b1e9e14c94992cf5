/** The rows that map, table, chart and download share. Pure. */
import type { LayerValue, RegionItem } from '../lib/api/types'

export interface Row {
  code: string
  name: string
  countryCode: string
  country: string
  value: number | null
  state: string
  flag: string | null
  note: string | null
  provenance: string
}

export type Column = 'name' | 'country' | 'value'
export interface Order {
  column: Column
  descending: boolean
}

interface Names {
  region: (region: RegionItem | undefined, code: string) => string
  country: (code: string, fallback: string) => string
}

export function rowsOf(values: LayerValue[], regions: RegionItem[], names: Names): Row[] {
  const byCode = new Map(regions.map((region) => [region.code, region]))
  return values.map((value) => {
    const region = byCode.get(value.code)
    const countryCode = region?.country_code ?? value.code.slice(0, 2)
    return { ...value, name: names.region(region, value.code), countryCode, country: names.country(countryCode, region?.country ?? countryCode) }
  })
}

/**
 * The rows of the countries that the source covers. A country without a single value is not covered: its land stays
 * blank, while a region that is left out inside a covered country has no data and is shown so.
 */
export function covered(rows: Row[]): Row[] {
  const countries = new Set(rows.filter((row) => row.value !== null).map((row) => row.countryCode))
  const values = new Map(rows.map((row) => [row.code, row.value]))
  // DE60 is the same land as DE6: one row is enough, under the name of the region that governs itself.
  const twin = ({ code, value }: Row) => code.endsWith('0') && value !== null && values.get(code.slice(0, -1)) === value
  return rows.filter((row) => (row.state !== 'missing' || countries.has(row.countryCode)) && !twin(row))
}

/** Rows without a value stand last, whichever way the values go. */
export function sorted(rows: Row[], { column, descending }: Order, collator: Intl.Collator): Row[] {
  const sign = descending ? -1 : 1
  return [...rows].sort((a, b) => {
    if (column === 'value') {
      if (a.value === null || b.value === null) return Number(a.value === null) - Number(b.value === null) || collator.compare(a.name, b.name)
      return sign * (a.value - b.value) || collator.compare(a.name, b.name)
    }
    return sign * collator.compare(a[column], b[column]) || collator.compare(a.name, b.name)
  })
}

export function orderOf(asked: string | null): Order {
  const [column, way] = (asked ?? '').split('.')
  if (column === 'name' || column === 'country' || column === 'value') return { column, descending: way === 'desc' }
  return { column: 'value', descending: true }
}

/** Without the regions that lie under their own parts: a larger unit with no value of its own hides nothing. */
export function drawable(rows: Row[]): Row[] {
  const filled = rows.filter((row) => row.value !== null).map((row) => row.code)
  return rows.filter((row) => row.value !== null || !filled.some((code) => code !== row.code && code.startsWith(row.code)))
}

export interface Summary {
  count: number
  without: number
  lowest: Row
  highest: Row
  median: number
}

export function summary(rows: Row[]): Summary | null {
  const filled = rows.filter((row) => row.value !== null).sort((a, b) => a.value! - b.value!)
  if (!filled.length) return null
  const [low, high] = [filled[Math.floor((filled.length - 1) / 2)]!, filled[Math.ceil((filled.length - 1) / 2)]!]
  return { count: filled.length, without: rows.length - filled.length, lowest: filled[0]!, highest: filled.at(-1)!, median: (low.value! + high.value!) / 2 }
}
