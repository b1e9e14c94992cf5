import { describe, expect, it } from 'vitest'

import { ApiProblem, isMissing } from '../../src/lib/api/client'
import { pieces } from '../../src/lib/highlight'
import { chooseLanguage } from '../../src/lib/languages'
import { addressOf, routeOf, toPage, withChanges } from '../../src/lib/url'
import { read, write, type SearchState } from '../../src/practices/address'

describe('an address', () => {
  const here = new URL('https://example.org/practices?lang=it&query=casa')
  it('keeps the language on the way to another page, and nothing else', () => expect(toPage(here, '/regions/ES51')).toBe('/regions/ES51?lang=it'))
  it('changes only what it is told to', () => {
    expect(withChanges(here, { query: null, page: '2' })).toBe('/practices?lang=it&page=2')
    expect(withChanges(here, { lang: 'de' })).toBe('/practices?lang=de&query=casa')
  })
  it('never makes a link to another site of slashes in front of its path', () => {
    const odd = addressOf('https://example.org//evil.example/x?query=a')
    expect(withChanges(odd, { lang: 'de' })).toBe('/evil.example/x?query=a&lang=de')
    expect(addressOf('https://example.org/practices?a=//b').href).toBe('https://example.org/practices?a=//b')
  })
  it('names a page', () => {
    expect(routeOf('/')).toEqual({ page: 'map' })
    expect(routeOf('/regions/ES51/')).toEqual({ page: 'region', code: 'ES51' })
    expect(routeOf('/regions/%E0%A4%A')).toEqual({ page: 'region', code: '%E0%A4%A' })
    expect(routeOf('/regions/ES51/brief')).toEqual({ page: 'brief', code: 'ES51' })
    expect(routeOf('/compare')).toEqual({ page: 'compare' })
    expect(routeOf('/practices/1/2')).toEqual({ page: 'unknown' })
    expect(routeOf('/regions')).toEqual({ page: 'unknown' })
  })
})

describe('what is not there', () => {
  const said = (status: number, ...pointers: string[]) =>
    new ApiProblem({ status, title: '', detail: null, traceId: null, errors: pointers.map((pointer) => ({ code: '', detail: '', pointer, row: null, column: null, allowed: null })) })
  it('is what the server does not know, and a name that cannot be one', () => {
    expect(isMissing(said(404))).toBe(true)
    expect(isMissing(said(422, '/path/code'))).toBe(true)
  })
  it('is not what was asked wrongly, or what the server could not say', () => {
    for (const fault of [said(422, '/query/limit'), said(422, '/path/code', '/query/edition'), said(422), said(503), new TypeError('no line'), null]) expect(isMissing(fault)).toBe(false)
  })
})

describe('the language', () => {
  it('is the one asked for, else the reader’s, else English', () => {
    expect(chooseLanguage('sv', ['de'])).toBe('sv')
    expect(chooseLanguage('xx', ['pl', 'de-AT'])).toBe('de')
    expect(chooseLanguage(null, ['pl'])).toBe('en')
  })
})

describe('the state of a search', () => {
  it('is read from the links of the former Integration Lab', () => {
    expect(read('?refinementList[filter_regions][0]=Campania')).toEqual({ refinementList: { filter_regions: ['Campania'] } })
    expect(read('?refinementList%5Bfilter_regions%5D%5B%5D=Apulia%20(Puglia)')).toEqual({ refinementList: { filter_regions: ['Apulia (Puglia)'] } })
  })
  it('comes back as it went in, with the language untouched', () => {
    const state: SearchState = { query: 'a&b=c', refinementList: { filter_areas: ['health', 'social assistance'] }, range: { year: '2010:' }, page: 3, sortBy: 'practices:year:desc' }
    const search = write(state, '?lang=ca&query=old&refinementList[filter_regions][0]=Gone')
    expect(read(search)).toEqual(state)
    expect(new URLSearchParams(search).get('lang')).toBe('ca')
    expect(search).not.toContain('Gone')
  })
  it('passes over what it does not know', () => expect(read('?page=-1&sortBy=practices:evil&range[year]=x:y&constructor=1')).toEqual({}))
})

describe('a highlighted text', () => {
  it('is pieces of text, so that nothing in it can be HTML', () => {
    expect(pieces('<b>x</b> __ais-highlight__heal__/ais-highlight__th <script>')).toEqual([
      { text: '<b>x</b> ', hit: false },
      { text: 'health', hit: true },
      { text: ' <script>', hit: false },
    ])
  })
})
