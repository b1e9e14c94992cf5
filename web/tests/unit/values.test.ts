import { describe, expect, it } from 'vitest'

import type { RegionItem } from '../../src/lib/api/types'
import { csv } from '../../src/lib/csv'
import { country, countryNamed, date, folded, measure, number } from '../../src/lib/format'
import { matching, regionName } from '../../src/lib/regions'
import { covered, drawable, orderOf, sorted, summary, type Row } from '../../src/map/rows'
import { bubbleRadius, classes, classOf, inkOn } from '../../src/map/scale'

const row = (code: string, value: number | null, state = value === null ? 'missing' : 'ok'): Row => ({ code, value, state, name: code, countryCode: code.slice(0, 2), country: code.slice(0, 2), flag: null, note: null, provenance: 'statistics' })
const codes = (rows: Row[]) => rows.map(({ code }) => code)

describe('classes', () => {
  it('are one more than the limits, and a value on a limit belongs above', () => {
    expect(classes([20, 40, 60, 80])).toHaveLength(5)
    expect([19.9, 20, 80, 100].map((value) => classOf(value, [20, 40, 60, 80]))).toEqual([0, 1, 4, 4])
  })
  it('below zero have another hue', () => {
    const [below, above] = classes([0, 5])
    expect(below!.colour).not.toBe(classes([3, 5])[0]!.colour)
    expect(above!.from).toBe(0)
  })
  it('always have a colour, however many there are', () => {
    for (let count = 0; count < 12; count++) for (const { colour } of classes(Array.from({ length: count }, (_, i) => i + 1))) expect(colour).toMatch(/^#[0-9a-f]{6}$/)
  })
  it('are written on in the ink that can be read', () => {
    expect(inkOn('#ffffcc')).toBe('#111')
    expect(inkOn('#253494')).toBe('#fff')
  })
  it('have bubbles whose area grows with the count', () => expect(bubbleRadius(100, 400, 40, 1) ** 2 / bubbleRadius(400, 400, 40, 1) ** 2).toBeCloseTo(0.25))
})

describe('rows', () => {
  it('without a value stand last, whichever way they are sorted', () => {
    const rows = [row('A', 1), row('B', null), row('C', 3)]
    const collator = new Intl.Collator('en')
    expect(codes(sorted(rows, orderOf('value.desc'), collator))).toEqual(['C', 'A', 'B'])
    expect(codes(sorted(rows, orderOf('value'), collator))).toEqual(['A', 'C', 'B'])
    expect(codes(sorted(rows, orderOf('nonsense'), collator))).toEqual(['C', 'A', 'B'])
  })
  it('of a larger unit do not hide their parts', () => expect(codes(drawable([row('BE2', null, 'parts'), row('BE21', 5), row('BE3', null, 'parts')]))).toEqual(['BE21', 'BE3']))
  it('of a country that the source leaves out are not covered', () => expect(codes(covered([row('FR10', null), row('ES51', 7), row('ES52', null)]))).toEqual(['ES51', 'ES52']))
  it('of one territory under two codes stand once', () => expect(codes(covered([row('DE6', 13.6), row('DE60', 13.6), row('ES30', 1)]))).toEqual(['DE6', 'ES30']))
  it('sum up to the lowest, the middle and the highest', () => {
    const { lowest, highest, median, count, without } = summary([row('A', 4), row('B', 1), row('C', null), row('D', 9)])!
    expect([lowest.code, highest.code, median, count, without]).toEqual(['B', 'D', 4, 3, 1])
    expect(summary([row('A', null)])).toBeNull()
  })
})

describe('numbers', () => {
  it('follow the language', () => {
    expect(number(1234.56, 'de')).toBe('1.234,6')
    expect(measure(12.34, '%', 'en')).toBe('12.3%')
    expect(measure(7901963, 'persons', 'en')).toBe('7,901,963')
    expect(measure(-5, 'percentage points', 'en', 'pp')).toBe('−5.0 pp')
  })
  it('of dates are as exact as they are given', () => {
    expect(date('2021', 'en')).toBe('2021')
    expect(date('2021-07', 'en')).toBe('July 2021')
    expect(date('2026-11-22', 'de')).toBe('22. November 2026')
    expect(date('spring 2020', 'en')).toBe('spring 2020')
  })
  it('of countries are known by the codes of the European institutions', () => {
    expect(country('EL', 'sv')).toBe('Grekland')
    expect(country('UK', 'en')).toBe('United Kingdom')
    expect(['Italy', 'Türkiye', 'United Kingdom', 'Utopia'].map((name) => countryNamed(name, 'fr'))).toEqual(['Italie', 'Turquie', 'Royaume-Uni', 'Utopia'])
    expect(country('nowhere', 'en', 'Nowhere')).toBe('Nowhere')
  })
})

describe('a table as a file', () => {
  it('quotes what needs quoting and disarms formulas', () => {
    expect(csv([['a,b', 'say "hi"', '=1+1', -5, null]])).toBe('\uFEFF"a,b","say ""hi""",\'=1+1,-5,\r\n')
  })
})

describe('regions', () => {
  const region = (code: string, name: string, names: Record<string, string> = {}) => ({ code, name, names, country: 'Sweden', country_code: 'SE', lab_label: null, in_mipex_r: false }) as unknown as RegionItem
  const all = [region('SE224', 'Skåne', { de: 'Schonen' }), region('ES51', 'Catalonia', { ca: 'Catalunya' }), region('ITF3', 'Campania')]
  it('are found without accents, in any language, by code', () => {
    expect(codes2(matching(all, 'skane', 'en'))).toEqual(['SE224'])
    expect(codes2(matching(all, 'schon', 'en'))).toEqual(['SE224'])
    expect(codes2(matching(all, 'es51', 'en'))).toEqual(['ES51'])
    expect(matching(all, '  ', 'en')).toEqual([])
  })
  it('go by the name of the language, or else the English one', () => {
    expect(regionName(all[1]!, 'ca')).toBe('Catalunya')
    expect(regionName(all[1]!, 'sv')).toBe('Catalonia')
  })
  it('compare without accents', () => expect(folded('Málaga Łódź Ærø')).toBe('malaga lodz æro'))
  const codes2 = (list: RegionItem[]) => list.map(({ code }) => code)
})
