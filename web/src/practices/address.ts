/**
 * The state of the search in the address, as InstantSearch writes it: `query=`, `refinementList[attribute][0]=`,
 * `range[attribute]=from:to`, `page=`, `sortBy=`. Links to the former Integration Lab are of this form. Pure.
 */

export interface SearchState {
  query?: string
  refinementList?: Record<string, string[]>
  range?: Record<string, string>
  page?: number
  sortBy?: string
}

export const FACETS = [
  'filter_countries',
  'filter_regions',
  'filter_areas',
  'filter_target_groups',
  'filter_roles',
  'filter_status',
  'filter_result',
] as const
export type Facet = (typeof FACETS)[number]

export const SORTS = ['practices', 'practices:published_at:desc', 'practices:year:desc', 'practices:title:asc'] as const

const PARAMETER = /^(?:query|q|page|sortBy|(?:refinementList|range)\[.*)$/

/** Reads what we know and passes over the rest; a broken number or an unknown order is as if it were not there. */
export function read(search: string): SearchState {
  const state: SearchState = {}
  for (const [name, value] of new URLSearchParams(search)) {
    const [, group, attribute] = /^(refinementList|range)\[(\w+)\](?:\[\d*\])?$/.exec(name) ?? []
    if (group === 'refinementList' && attribute && value) {
      const lists = (state.refinementList ??= {})
      lists[attribute] = [...(lists[attribute] ?? []), value]
    } else if (group === 'range' && attribute && /^\d*:\d*$/.test(value)) (state.range ??= {})[attribute] = value
    else if ((name === 'query' || name === 'q') && value) state.query = value
    else if (name === 'page' && Number(value) >= 1) state.page = Math.floor(Number(value))
    else if (name === 'sortBy' && SORTS.some((sort) => sort === value)) state.sortBy = value
  }
  return state
}

/** The query of the address for a state; parameters of others (the language) are kept, ours are written anew. */
export function write(state: SearchState, search: string): string {
  const others = [...new URLSearchParams(search)].filter(([name]) => !PARAMETER.test(name))
  const ours: [string, string][] = []
  if (state.query) ours.push(['query', state.query])
  for (const [attribute, values] of Object.entries(state.refinementList ?? {})) values.forEach((value, index) => ours.push([`refinementList[${attribute}][${index}]`, value]))
  for (const [attribute, value] of Object.entries(state.range ?? {})) if (value && value !== ':') ours.push([`range[${attribute}]`, value])
  if (state.sortBy && state.sortBy !== SORTS[0]) ours.push(['sortBy', state.sortBy])
  if (state.page && state.page > 1) ours.push(['page', String(state.page)])
  const query = new URLSearchParams([...ours, ...others]).toString().replaceAll('%5B', '[').replaceAll('%5D', ']').replaceAll('%3A', ':')
  return query ? `?${query}` : ''
}
