// What the real client of InstantSearch makes of our answers, as JSON on one line.
// Run from web/, whose node_modules hold the client; the address of the platform is the argument.
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'

const require = createRequire(`${process.cwd()}/`)
const { instantMeiliSearch } = await import(pathToFileURL(require.resolve('@meilisearch/instant-meilisearch')).href)
const helper = require('algoliasearch-helper')

const api = `${process.argv[2]}/api/v1/search`
const client = (options = {}) => instantMeiliSearch(api, '', { primaryKey: 'id', ...options }).searchClient
const numbered = client({ finitePagination: true })
const scrolled = client()

/** One search as InstantSearch itself does it: state in, results out. */
const ask = (searchClient, index, parameters, refine = () => undefined) =>
  new Promise((resolve, reject) => {
    const search = helper(searchClient, index, { hitsPerPage: 1000, ...parameters })
    refine(search)
    search.once('result', ({ results }) => resolve(results))
    search.once('error', ({ error }) => reject(error))
    search.search()
  })

const told = (results) => ({ ids: results.hits.map((hit) => hit.id), total: results.nbHits, pages: results.nbPages })
const counts = (results, facet) => Object.fromEntries(results.getFacetValues(facet, {}).map(({ name, count }) => [name, count]))

const out = {}

out.text = told(await ask(numbered, 'practices', { query: 'helth newcomers', hitsPerPage: 10 }))
const marked = await ask(numbered, 'practices', { query: 'robotic', hitsPerPage: 1 })
out.highlight = JSON.stringify(marked.hits[0]._highlightResult)

const facets = { disjunctiveFacets: ['country_codes', 'filter_areas', 'filter_regions'] }
const refined = await ask(numbered, 'practices', facets, (search) => {
  search.addDisjunctiveFacetRefinement('country_codes', 'IT')
  search.addDisjunctiveFacetRefinement('filter_areas', 'housing')
  search.addDisjunctiveFacetRefinement('filter_areas', 'health')
})
out.facets = { ...told(refined), countries: counts(refined, 'country_codes'), areas: counts(refined, 'filter_areas') }

const range = await ask(numbered, 'practices', { disjunctiveFacets: ['year'] }, (search) => {
  search.addNumericRefinement('year', '>=', 2015)
  search.addNumericRefinement('year', '<=', 2018)
})
out.range = { ...told(range), years: range.hits.map((hit) => hit.year), stats: range.getFacetStats('year') }

out.numbered = []
for (let page = 0; page < 5; page++) out.numbered.push(told(await ask(numbered, 'practices', { hitsPerPage: 50, page })))
out.scrolled = []
for (let page = 0; page < 5; page++) out.scrolled.push(told(await ask(scrolled, 'practices', { hitsPerPage: 50, page })))

out.sorted = (await ask(numbered, 'practices:year:desc', {})).hits.map((hit) => hit.year)

const box = await ask(numbered, 'practices', { insideBoundingBox: '45,19,36,6' })
out.box = told(box)

const values = await numbered.searchForFacetValues([
  { indexName: 'practices', params: { facetName: 'filter_regions', facetQuery: 'gener', maxFacetHits: 10 } },
])
out.facetSearch = values[0].facetHits.map(({ value, count }) => [value, count])

const refineRegion = async (label) =>
  told(await ask(numbered, 'practices', facets, (search) => search.addDisjunctiveFacetRefinement('filter_regions', label)))
out.escaped = {}
for (const label of ['Región de Murcia (Murcia)', 'Apulia (Puglia)', '" OR id EXISTS OR "', 'a\\" OR "1" = "1', "d'Oc \\", '%_*', '日本'])
  out.escaped[label] = await refineRegion(label)

const both = await numbered.search([
  { indexName: 'regions', params: { query: 'catal', hitsPerPage: 3 } },
  { indexName: 'practices', params: { query: 'catal', hitsPerPage: 3 } },
])
out.both = both.results.map((result) => ({ index: result.index, first: result.hits[0].name ?? result.hits[0].filter_regions }))

out.refused = await numbered
  .search([{ indexName: 'practices', params: { filters: 'nothing = 1' } }])
  .then(() => null, (error) => String(error.message ?? error))

console.log(JSON.stringify(out))
