import { describe, expect, it } from 'vitest'

import type { FoundHits } from '../../src/lib/api/types'
import { entries, question } from '../../src/search/found'

const marked = (text: string) => text.replace(/(catal)/i, '__ais-highlight__$1__/ais-highlight__')
const region = (code: string, name: string, ...names: string[]) => ({
  _federation: { indexUid: 'regions' as const },
  _formatted: { name: marked(name), region_names: names.map(marked) },
  code, name, region_names: names, country_code: code.slice(0, 2),
})
const practice = (id: string, title: string, ...regions: string[]) => ({
  _federation: { indexUid: 'practices' as const },
  _formatted: { title: marked(title), filter_regions: regions.map(marked) },
  id, language: 'en', title, filter_regions: regions,
})
const unknown = new Map<string, string>()
const of = (...hits: FoundHits['hits']) => ({ hits })

describe('the search box', () => {
  it('asks both indexes at once, regions first', () => {
    const { federation, queries } = question('catal')
    expect(queries.map(({ indexUid, q }) => [indexUid, q])).toEqual([['regions', 'catal'], ['practices', 'catal']])
    expect(queries[0]).toMatchObject({ federationOptions: { weight: 2 } })
    expect(federation.limit).toBeGreaterThan(0)
  })
  it('shows a region by the name of the reader’s language, marked where it was found', () => {
    const hit = region('ES51', 'Catalonia', 'Catalonia', 'Catalogne')
    expect(entries(of(hit), new Map([['ES51', 'Catalogne']]), 'fr')[0]).toEqual({ kind: 'region', path: '/regions/ES51', marked: marked('Catalogne'), note: '', language: null, countryCode: 'ES' })
    expect(entries(of(hit), unknown, 'fr')[0]!.marked).toBe(marked('Catalonia'))
  })
  it('says which other name was found', () => {
    const hit = region('ES51', 'Katalonien', 'Catalunya')
    expect(entries(of(hit), unknown, 'fr')[0]).toMatchObject({ marked: 'Katalonien', note: marked('Catalunya') })
  })
  it('marks the regions of a practice only where its title is not', () => {
    const [first, second] = entries(of(practice('1', 'Catalan programme', 'Catalonia'), practice('2', 'Jonc', 'Catalonia', 'Crete')), unknown, 'fr')
    expect(first).toMatchObject({ path: '/practices/1', note: 'Catalonia' })
    expect(second).toMatchObject({ marked: 'Jonc', note: `${marked('Catalonia')}, Crete` })
  })
  it('names the regions of a practice in the reader’s language, but for the name that was found', () => {
    const names = new Map([['Catalonia', 'Katalonien'], ['Crete', 'Kreta']])
    const [first, second] = entries(of(practice('1', 'Catalan programme', 'Catalonia', 'Vaud'), practice('2', 'Jonc', 'Catalonia', 'Crete')), names, 'de')
    expect(first!.note).toBe('Katalonien, Vaud')
    expect(second!.note).toBe(`${marked('Catalonia')}, Kreta`)
  })
  it('says the language of a title, which is that of its translation where the reader has one', () => {
    const translations = [{ language: 'de', title: 'Schule' }, { language: 'ca', title: 'Catalana' }]
    const hit = { ...practice('1', 'Catalan school'), translations, _formatted: { title: marked('Catalan school'), translations: translations.map((one) => ({ title: marked(one.title) })), filter_regions: [] } }
    expect(entries(of(hit), unknown, 'fr')[0]).toMatchObject({ marked: marked('Catalan school'), language: 'en' })
    expect(entries(of(hit), unknown, 'ca')[0]).toMatchObject({ marked: marked('Catalana'), language: 'ca' })
  })
  it('leaves room for practices when many regions begin so, and keeps the order', () => {
    const hits = [...'ABCDEF'].map((letter) => region(letter, letter))
    const found = entries(of(...hits, ...[...'123456'].map((id) => practice(id, id))), unknown, 'fr')
    expect(found.map(({ path }) => path.split('/')[2]).join('')).toBe('ABCD1234')
  })
  it('takes codes for what they are: a part of an address', () => expect(entries(of(practice('a/../b', 'x')), unknown, 'fr')[0]!.path).toBe('/practices/a%2F..%2Fb'))
})
