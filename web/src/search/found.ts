/** What the search box asks, and what it shows of the answer. Pure. */
import type { FoundHits, PracticeHit, RegionHit } from '../lib/api/types'
import { MARKS } from '../lib/highlight'
import { spoken } from '../lib/spoken'

/** Fewer letters than this would find everything. */
export const FEWEST = 2
const MOST = 8
const MOST_REGIONS = 4

type Names = ReadonlyMap<string, string>

/** One line of the list. Marked texts hold the engine's marks: see `Marked.svelte`. */
export interface Entry {
  kind: 'region' | 'practice'
  /** The page that it opens. */
  path: string
  marked: string
  /** Of the title of a practice; null for a region, whose name is a name in every language. */
  language: string | null
  /** What stands below: the name that was found where it is not the one shown; the regions of a practice, marked where its title is not. */
  note: string
  /** Of a region. */
  countryCode: string | null
}

/** Regions count double, so that a place that is named stands before the practices that name it. */
export const question = (words: string) => ({
  federation: { limit: MOST + MOST_REGIONS },
  queries: [
    { indexUid: 'regions', q: words, attributesToRetrieve: ['code', 'name', 'region_names', 'country_code'], attributesToHighlight: ['name', 'region_names'], ...MARKS, federationOptions: { weight: 2 } },
    { indexUid: 'practices', q: words, attributesToRetrieve: ['id', 'language', 'title', 'translations', 'filter_regions'], attributesToHighlight: ['title', 'translations', 'filter_regions'], ...MARKS },
  ],
})

/**
 * names   of regions in the reader's language by code and label, as far as known
 * reader  the reader's language
 */
export function entries({ hits }: FoundHits, names: Names, reader: string): Entry[] {
  const regions = hits.filter(isRegion).slice(0, MOST_REGIONS)
  const shown = hits.filter((hit) => !isRegion(hit) || regions.includes(hit)).slice(0, MOST)
  return shown.map((hit) => (isRegion(hit) ? ofRegion(hit, names.get(hit.code)) : ofPractice(hit, names, reader)))
}

const isRegion = (hit: RegionHit | PracticeHit): hit is RegionHit => hit._federation.indexUid === 'regions'
const isMarked = (text: string): boolean => text.includes(MARKS.highlightPreTag)

function ofRegion(hit: RegionHit, name = hit.name): Entry {
  const names = [hit.name, ...hit.region_names]
  const marked = hit._formatted ? [hit._formatted.name, ...hit._formatted.region_names] : names
  const own = marked[names.indexOf(name)] ?? name
  const note = isMarked(own) ? '' : (marked.find(isMarked) ?? '')
  return { kind: 'region', path: `/regions/${encodeURIComponent(hit.code)}`, marked: own, language: null, note, countryCode: hit.country_code }
}

function ofPractice(hit: PracticeHit, names: Names, reader: string): Entry {
  const { title } = spoken(hit, reader, hit._formatted)
  const regions = isMarked(title.text) ? hit.filter_regions : (hit._formatted?.filter_regions ?? hit.filter_regions)
  return { kind: 'practice', path: `/practices/${encodeURIComponent(hit.id)}`, marked: title.text, language: title.language, note: regions.map((one) => names.get(one) ?? one).join(', '), countryCode: null }
}
