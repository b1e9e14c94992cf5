import { describe, expect, it } from 'vitest'

import { wordsOf } from '../../build/embed.ts'
import { elementCode, frameCode, isKey, type Choices } from '../../src/builder/code.ts'
import { listed, MARKS, pieces, question, sizeOf, understood } from '../../src/embed/ask.ts'

const preset = { regions: ['ITF3', 'ITF4'], countries: [], areas: ['social assistance'], results: [], size: 10 }
const choice = { words: 'casa', country: 'IT', area: '', shown: 20 }
const choices: Choices = { lang: 'de', regions: [], countries: [], areas: [], size: 10, key: '', accent: '' }

describe('what the embedded search asks', () => {
  const [hits, countries, areas] = (question(preset, choice) as { queries: { filter: string[][]; facets?: string[]; limit: number }[] }).queries

  it('keeps what the page fixed and adds what the reader chose', () => {
    expect(hits!.filter).toEqual([['region_codes = "ITF3"', 'region_codes = "ITF4"'], ['filter_areas = "social assistance"'], ['country_codes = "IT"']])
    expect(hits!.limit).toBe(20)
  })

  it('counts each choice as it would be without it', () => {
    expect(countries!.filter).not.toContainEqual(['country_codes = "IT"'])
    expect(areas!.filter).toContainEqual(['country_codes = "IT"'])
  })

  it('quotes values, so that none can end the filter', () => {
    const { queries } = question({ ...preset, regions: ['X" OR id = "1'] }, choice) as { queries: { filter: string[][] }[] }
    expect(queries[0]!.filter[0]).toEqual([String.raw`region_codes = "X\" OR id = \"1"`])
  })

  it('takes an answer with too few parts for what it is', () => {
    expect(() => understood({ results: [{}] })).toThrow('fewer answers')
  })
})

describe('texts and attributes', () => {
  it('splits a highlighted title into pieces that stay text', () => {
    expect(pieces(`a${MARKS[0]}<b>${MARKS[1]}c`)).toEqual([
      { text: 'a', found: false },
      { text: '<b>', found: true },
      { text: 'c', found: false },
    ])
  })

  it('reads lists and sizes as people write them', () => {
    expect(listed(' ES51 , ,SE224')).toEqual(['ES51', 'SE224'])
    expect([null, '5', '0', '51', '2.5', 'x'].map(sizeOf)).toEqual([10, 5, 10, 10, 10, 10])
  })

  it('has the same words in every language', () => {
    const words = wordsOf('src/lib/i18n')
    expect(Object.keys(words).sort()).toEqual(['ca', 'de', 'en', 'es', 'fr', 'it', 'pt', 'sv'])
    for (const some of Object.values(words)) expect(Object.keys(some).sort()).toEqual(Object.keys(words.en!).sort())
  })
})

describe('the code that a partner pastes', () => {
  it('leaves out what is as by default', () => {
    expect(elementCode('https://x.eu', choices, 'All')).toBe('<script type="module" src="https://x.eu/embed/v1.js"></script>\n<practice-search lang="de">\n  <a href="https://x.eu/practices?lang=de">All</a>\n</practice-search>')
  })

  it('escapes whatever was typed', () => {
    expect(elementCode('https://x.eu', { ...choices, regions: ['"><script>'] }, 'a & b')).not.toMatch(/"><script>[^\n]/)
    expect(frameCode('https://x.eu', choices, '"title"')).toContain('title="&quot;title&quot;"')
  })

  it('knows a key when it sees one', () => {
    expect(['', 'prk_JcSqd8HVLsW3', ' prk_JcSqd8HVLsW3 ', 'sk_1', 'prk_a b c d e f'].map(isKey)).toEqual([true, true, true, false, false])
  })
})
