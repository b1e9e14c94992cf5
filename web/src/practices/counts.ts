/** How many found practices each region has, from the counts of the search. Pure. */
import type { FacetValue } from './search.svelte'

interface Labelled {
  code: string
  name: string
  search_label: string | null
}

export interface Count {
  code: string
  /** As the search names the region. */
  label: string
  count: number
}

/** Regions with a result. Where regions are chosen, only these: the counts of the others are of what is not shown. */
export function countsOf(values: readonly FacetValue[], regions: readonly Labelled[]): Count[] {
  const codes = new Map(regions.map((region) => [region.search_label ?? region.name, region.code]))
  const narrowed = values.some(({ chosen }) => chosen)
  return values.flatMap(({ value, count, chosen }) => {
    const code = codes.get(value)
    return code && count > 0 && (chosen || !narrowed) ? [{ code, label: value, count }] : []
  })
}
