/** What the embedded search asks and what it understands of the answer: pure, so that it is tested without a page. */

import type { Marks, Written } from '../lib/spoken'

/** What the page that embeds us fixed. Empty lists fix nothing. */
export interface Preset {
  regions: string[]
  countries: string[]
  areas: string[]
  results: string[]
  size: number
}

/** What the reader chose. */
export interface Choice {
  words: string
  country: string
  area: string
  shown: number
}

export interface Hit extends Written {
  id: string
  filter_regions: string[]
  filter_areas: string[]
  year: number | null
  _formatted: Marks
}

export interface Found {
  hits: Hit[]
  total: number
  countries: Record<string, number>
  areas: Record<string, number>
}

/** Letters that no text has: what stands between them was found. */
export const MARKS = ['\u{E000}', '\u{E001}'] as const
const FACETS = { country: 'country_codes', area: 'filter_areas' } as const

/** The body of a multi-search: the hits, and for each choice the counts as they would be without it. */
export function question(preset: Preset, choice: Choice): object {
  const query = (facet: 'country' | 'area') => ({ indexUid: 'practices', q: choice.words, filter: filters(preset, { ...choice, [facet]: '' }), facets: [FACETS[facet]], limit: 0 })
  return {
    queries: [
      {
        indexUid: 'practices',
        q: choice.words,
        filter: filters(preset, choice),
        limit: choice.shown,
        attributesToRetrieve: ['id', 'language', 'title', 'translations', 'filter_regions', 'filter_areas', 'year'],
        attributesToHighlight: ['title', 'translations'],
        highlightPreTag: MARKS[0],
        highlightPostTag: MARKS[1],
      },
      query('country'),
      query('area'),
    ],
  }
}

function filters(preset: Preset, choice: Choice): string[][] {
  const any = (attribute: string, values: string[]) => values.map((value) => `${attribute} = ${JSON.stringify(value)}`)
  return [
    any('region_codes', preset.regions),
    any('country_codes', preset.countries),
    any('filter_areas', preset.areas),
    any('filter_result', preset.results),
    any('country_codes', choice.country ? [choice.country] : []),
    any('filter_areas', choice.area ? [choice.area] : []),
  ].filter((group) => group.length)
}

/** The answer to `question`. Throws when it is none: a page that says nothing is worse than one that says so. */
export function understood(answer: unknown): Found {
  const [main, countries, areas] = (answer as { results: { hits: Hit[]; estimatedTotalHits: number; facetDistribution?: Record<string, Record<string, number>> }[] }).results
  if (!main || !countries || !areas) throw new Error('the search gave fewer answers than questions')
  return {
    hits: main.hits,
    total: main.estimatedTotalHits,
    countries: countries.facetDistribution?.[FACETS.country] ?? {},
    areas: areas.facetDistribution?.[FACETS.area] ?? {},
  }
}

/** A text in pieces, each with whether it was found. */
export function pieces(text: string): { text: string; found: boolean }[] {
  return text
    .split(MARKS[0])
    .flatMap((part, index) => {
      if (index === 0) return [{ text: part, found: false }]
      const [found = '', ...rest] = part.split(MARKS[1])
      return [
        { text: found, found: true },
        { text: rest.join(''), found: false },
      ]
    })
    .filter((piece) => piece.text)
}

/** `a, b` as a list; an attribute that is not there is an empty one. */
export const listed = (value: string | null): string[] => (value ?? '').split(',').map((part) => part.trim()).filter(Boolean)

/** How many are shown at first: 1 to 50, 10 where nothing else is said. */
export function sizeOf(value: string | null): number {
  const size = Number(value)
  return Number.isInteger(size) && size >= 1 && size <= 50 ? size : 10
}
