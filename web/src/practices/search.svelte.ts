/** The search behind the practices page: InstantSearch's connectors, with their state as something Svelte can read. */
import { instantMeiliSearch } from '@meilisearch/instant-meilisearch'
import connectConfigure from 'instantsearch.js/es/connectors/configure/connectConfigure'
import connectHits from 'instantsearch.js/es/connectors/hits/connectHits'
import connectPagination from 'instantsearch.js/es/connectors/pagination/connectPagination'
import connectRange from 'instantsearch.js/es/connectors/range/connectRange'
import connectRefinementList from 'instantsearch.js/es/connectors/refinement-list/connectRefinementList'
import connectSearchBox from 'instantsearch.js/es/connectors/search-box/connectSearchBox'
import connectSortBy from 'instantsearch.js/es/connectors/sort-by/connectSortBy'
import InstantSearch from 'instantsearch.js/es/lib/InstantSearch'
import singleIndex from 'instantsearch.js/es/lib/stateMappings/singleIndex'
import type { Router, UiState } from 'instantsearch.js'

import { ApiProblem, post } from '../lib/api/client'
import { at } from '../lib/router.svelte'
import type { Marks, Written } from '../lib/spoken'
import { FACETS, read, SORTS, write, type Facet, type SearchState } from './address'

const INDEX = 'practices'
const PAGE_SIZE = 20
const MOST_VALUES = 200
/** While someone types, the address follows this much later, so that Back does not step through letters. */
const PAUSE_MS = 400

export interface FacetValue {
  value: string
  count: number
  chosen: boolean
}

/** A document as InstantSearch hands it on: each text with what was found marked in it. */
interface Highlit {
  title?: { value: string }
  original_title?: { value: string }
  summary?: { value: string }
  translations?: Highlit[]
}

export interface PracticeHit extends Written {
  id: string
  original_title: string | null
  original_language: string | null
  filter_regions: string[]
  filter_countries: string[]
  filter_areas: string[]
  filter_roles: string[]
  filter_status: string[]
  filter_result: string[]
  year: number | null
  _highlightResult?: Highlit
}

export const marksOf = ({ title, summary, translations }: Highlit = {}): Marks => ({ title: title?.value, summary: summary?.value, translations: translations?.map(marksOf) })

export class PracticeSearch {
  query = $state('')
  hits: PracticeHit[] = $state.raw([])
  total = $state(0)
  page = $state(0)
  pages = $state(0)
  sort: string = $state(SORTS[0])
  facets: Partial<Record<Facet, FacetValue[]>> = $state.raw({})
  years: { min: number | null; max: number | null; from: number | null; to: number | null } = $state.raw({ min: null, max: null, from: null, to: null })
  state: SearchState = $state.raw(read(at.url.search))
  answered = $state(false)
  busy = $state(true)
  fault: unknown = $state.raw(null)

  #engine: InstantSearch
  #refine: { query?: (words: string) => void; page?: (page: number) => void; sort?: (sort: string) => void; facets: Partial<Record<Facet, (value: string) => void>>; years?: (range: [number | undefined, number | undefined]) => void } = { facets: {} }
  #listener: ((state: SearchState) => void) | null = null
  /** What the address says, as far as we know: it runs behind the search while someone types. */
  #addressed = read(at.url.search)
  #closed = false
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor() {
    const { searchClient } = instantMeiliSearch(`${window.location.origin}/api/v1/search`, '', { finitePagination: true, primaryKey: 'id', httpClient: asked })
    this.#engine = new InstantSearch({
      indexName: INDEX,
      searchClient: searchClient as never,
      routing: { router: this.#router() as unknown as Router<UiState>, stateMapping: singleIndex(INDEX) as never },
      future: { preserveSharedStateOnUnmount: true },
    } as never)
    this.#engine.addWidgets(this.#widgets() as never)
    this.#engine.on('error', ({ error }: { error: Error }) => {
      this.fault = problemOf(error)
      this.busy = false
    })
    this.#engine.on('render', () => (this.busy = ['loading', 'stalled'].includes(this.#engine.status)))
  }

  start = (): void => this.#engine.start()

  dispose = (): void => {
    // First, because InstantSearch empties its state as it goes, and would empty the address with it.
    this.#closed = true
    clearTimeout(this.#timer)
    this.#engine.dispose()
  }

  /** The address was changed by someone else: Back, a link, the header. What we wrote ourselves is known already. */
  followAddress = (): void => {
    const asked = read(at.url.search)
    if (JSON.stringify(asked) === JSON.stringify(this.#addressed)) return
    clearTimeout(this.#timer)
    this.#addressed = asked
    this.#listener?.(asked)
  }

  search = (words: string): void => this.#refine.query?.(words)
  turn = (page: number): void => this.#refine.page?.(page)
  order = (sort: string): void => this.#refine.sort?.(sort)
  toggle = (facet: Facet, value: string): void => this.#refine.facets[facet]?.(value)
  between = (from: number | undefined, to: number | undefined): void => this.#refine.years?.([from, to])
  again = (): void => {
    this.fault = null
    this.busy = true
    this.#engine.refresh()
  }

  /** Takes every filter away; the words too when asked. */
  reset = (words: boolean): void => {
    this.#engine.setUiState({ [INDEX]: { ...(words ? {} : { query: this.query }), ...(this.sort === SORTS[0] ? {} : { sortBy: this.sort }) } })
  }

  #router() {
    return {
      $$type: 'ours',
      read: () => read(at.url.search),
      createURL: (state: SearchState) => at.url.pathname + write(state, at.url.search),
      write: (state: SearchState) => {
        if (this.#closed) return
        this.state = read(write(state, ''))
        clearTimeout(this.#timer)
        this.#timer = setTimeout(() => {
          if (at.route.page !== 'practices') return
          this.#addressed = this.state
          at.go(at.url.pathname + write(state, at.url.search), { stay: true })
        }, PAUSE_MS)
      },
      onUpdate: (listener: (state: SearchState) => void) => (this.#listener = listener),
      dispose: () => (this.#listener = null),
    }
  }

  #widgets(): unknown[] {
    return [
      connectConfigure(() => undefined)({ searchParameters: { hitsPerPage: PAGE_SIZE } }),
      connectSearchBox(({ query, refine }) => {
        this.query = query
        this.#refine.query = refine
      })({}),
      // Nothing is turned into HTML here, so nothing is escaped: highlights are split into text nodes.
      connectHits(({ items, results }) => {
        if (!results) return
        this.hits = items as unknown as PracticeHit[]
        this.total = results.nbHits
        this.answered = true
        this.fault = null
      })({ escapeHTML: false }),
      connectPagination(({ currentRefinement, nbPages, refine }) => {
        this.page = currentRefinement
        this.pages = nbPages
        this.#refine.page = refine
      })({}),
      connectSortBy(({ currentRefinement, refine }) => {
        this.sort = currentRefinement
        this.#refine.sort = refine
      })({ items: SORTS.map((value) => ({ value, label: value })) }),
      connectRange(({ start, range, refine }) => {
        const known = (year: number | undefined) => (year !== undefined && Number.isFinite(year) ? year : null)
        this.years = { min: known(range.min), max: known(range.max), from: known(start[0]), to: known(start[1]) }
        this.#refine.years = refine as (range: [number | undefined, number | undefined]) => void
      })({ attribute: 'year' }),
      ...FACETS.map((attribute) =>
        connectRefinementList(({ items, refine }) => {
          this.facets = { ...this.facets, [attribute]: items.map(({ value, count, isRefined }) => ({ value, count, chosen: isRefined })) }
          this.#refine.facets[attribute] = refine
        })({ attribute, operator: 'or', limit: MOST_VALUES, sortBy: ['isRefined', 'count:desc', 'name:asc'] }),
      ),
    ]
  }
}

/** Asks as every page asks: with an end to patience, and with problems that say what happened. */
const asked = (address: RequestInfo | URL, { body }: RequestInit = {}): Promise<unknown> => post(String(address).replace(/^.*?(?=\/search\/)/, ''), JSON.parse(String(body)))

/** The problem in what the search client throws: it wraps what came of the asking, more than once. */
function problemOf(error: Error): ApiProblem {
  for (let one: unknown = error; one instanceof Error; one = one.cause) if (one instanceof ApiProblem) return one
  return new ApiProblem({ status: 0, title: 'unreachable', detail: null, traceId: null })
}
