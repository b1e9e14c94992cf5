import { describe, expect, it } from 'vitest'

import { between } from '../../src/compare/differences'
import { askedRegions } from '../../src/compare/regions'
import type { Comparison, Observation, ScoreRow } from '../../src/lib/api/research'
import type { Outcome } from '../../src/lib/api/types'
import { apportioned } from '../../src/lib/apportion'
import { placeIn } from '../../src/region/places'
import { waterfall } from '../../src/region/pulls'
import { developmentOf, longSeries, unbroken } from '../../src/region/series'
import { targetOf } from '../../src/region/targets'
import { cellsOf, cellsText, withCell } from '../../src/whatif/cells'

const sum = (values: number[]) => values.reduce((total, value) => total + value, 0)

describe('rounded parts', () => {
  it('add up to the rounded whole, whatever they are', () => {
    for (const parts of [[1 / 3, 1 / 3, 1 / 3], [0.05, 0.05, 0.05], [-1.26, 2.44, -0.18], [41.666, 25, 0], []]) expect(sum(apportioned(parts)) * 10).toBeCloseTo(Math.round(sum(parts) * 10), 9)
  })
  it('are off by less than one unit each', () => {
    const parts = [0.26, 0.27, 0.28, 0.29]
    apportioned(parts).forEach((shown, index) => expect(Math.abs(shown - parts[index]!)).toBeLessThan(0.1))
  })
})

describe('what pulls a score', () => {
  const parts = [
    { weight: 0.5, contribution: 40 },
    { weight: 0.3, contribution: 6 },
    { weight: 0.2, contribution: 10 },
    { weight: 0, contribution: 0 },
  ]
  it('leads from the middle of the scale to the score exactly', () => {
    const steps = waterfall(parts)
    expect(steps[0]!.from).toBe(50)
    expect(steps.at(-1)!.to).toBeCloseTo(56, 12)
    expect(50 + sum(steps.map(({ shown }) => shown))).toBeCloseTo(56, 9)
  })
  it('pulls up above 50 points and down below, the strongest up first', () => expect(waterfall(parts).map(({ pull }) => Math.round(pull))).toEqual([15, 0, -9]))
})

describe('the place in a country', () => {
  const row = (region: string, score: number | null) => ({ region, score, dimension: 'overall', group: 'ALL' }) as ScoreRow
  it('is shared by equal scores and skips the next', () => {
    const rows = [row('A', 50), row('B', 50), row('C', 40), row('D', null)]
    expect(placeIn(rows, 'B', 'overall')).toEqual({ rank: 1, of: 3 })
    expect(placeIn(rows, 'C', 'overall')).toEqual({ rank: 3, of: 3 })
  })
  it('is none without a score, and none for a region alone', () => {
    expect(placeIn([row('A', null), row('B', 1), row('C', 2)], 'A', 'overall')).toBeNull()
    expect(placeIn([row('A', 50)], 'A', 'overall')).toBeNull()
  })
})

describe('the years of a value', () => {
  const outcome = { indicator: 'i', series: 's', population_group: 'FOR', sex: 'T', age: 'Y', unit: '%', value: 3, territorial_fit: { kind: 'matches', codes: ['BE3'], note: null } } as unknown as Outcome
  const seen = (period: string, value: number | null, flag: string | null = null, more = {}) => ({ region: 'BE3', indicator: 'i', series: 's', population_group: 'FOR', sex: 'T', age: 'Y', unit: '%', period, value, flag, ...more }) as Observation
  it('are those of the same people, in order, and none where there is one only', () => {
    expect(developmentOf(outcome, [seen('2020', 2), seen('2019', 1), seen('2021', 9, null, { sex: 'F' }), seen('2018', null)])).toMatchObject({ other: false, years: [{ period: '2019' }, { period: '2020' }] })
    expect(developmentOf(outcome, [seen('2020', 2)])).toBeNull()
  })
  it('come from another series, and say so, where its own has one year', () => {
    const older = [seen('2016', 1, null, { series: 'older' }), seen('2017', 2, null, { series: 'older' })]
    expect(developmentOf(outcome, [seen('2020', 2), ...older])).toMatchObject({ other: true, years: [{ period: '2016' }, { period: '2017' }] })
  })
  it('are not those of a part of the region', () => {
    const part = [seen('2019', 7, null, { region: 'BE31' }), seen('2020', 8, null, { region: 'BE31' }), seen('2021', 9, null, { region: 'BE31' })]
    expect(developmentOf(outcome, part)).toBeNull()
    expect(developmentOf(outcome, [...part, seen('2019', 1), seen('2020', 2)])!.years.map(({ value }) => value)).toEqual([1, 2])
    expect(longSeries(part, [outcome])).toEqual([])
  })
  it('are those of a larger territory only where the region has none of its own', () => {
    const within = (region: string, value: number) => ['2018', '2019', '2020'].map((period) => seen(period, value, null, { region }))
    const larger = { ...outcome, territorial_fit: { kind: 'larger', codes: ['BE'], note: null } }
    const firsts = (outcomes: Outcome[]) => longSeries([...within('BE', 5), ...within('BE3', 3)], outcomes).map(({ years }) => years[0]!.value)
    expect(firsts([larger])).toEqual([5])
    expect(firsts([outcome, larger])).toEqual([3])
  })
  it('are none for the figure of a larger territory', () => expect(developmentOf({ ...outcome, territorial_fit: { kind: 'larger', codes: ['ES5'], note: null } }, [seen('2019', 1), seen('2020', 2)])).toBeNull())
  it('make a series of their own from three years on, the longest for the same people', () => {
    const years = (series: string, count: number) => Array.from({ length: count }, (_, index) => seen(String(2015 + index), index, null, { series }))
    const found = longSeries([...years('short', 3), ...years('long', 4), ...years('women', 5).map((one) => ({ ...one, sex: 'F' })), seen('2020', 1, null, { series: 'x', population_group: 'NAT' })], [outcome])
    expect(found.map(({ series, years }) => [series, years.length])).toEqual([['long', 4]])
  })
  it('are parted where a year is missing or the series breaks', () => {
    const years = [seen('2015', 1), seen('2016', 1), seen('2018', 1), seen('2019', 1, 'b'), seen('2020', 1)].map(({ period, value, flag }) => ({ period, value: value!, flag }))
    expect(unbroken(years).map((part) => part.map(({ period }) => period))).toEqual([['2015', '2016'], ['2018'], ['2019', '2020']])
  })
})

describe('changed answers', () => {
  const cells = cellsOf('F01.TCN.a,F02.BIP.-missing')
  it('come back from an address as they went in', () => {
    expect(cells).toEqual([
      { indicator: 'F01', group: 'TCN', state: 'scored', option: 'a' },
      { indicator: 'F02', group: 'BIP', state: 'missing', option: null },
    ])
    expect(cellsText(cells)).toBe('F01.TCN.a,F02.BIP.-missing')
  })
  it('stand once each: the last word counts, and what cannot be read is passed over', () => expect(cellsText(cellsOf('F01.TCN.a,nonsense,F01.TCN.b,a.b.c.d,,'))).toBe('F01.TCN.b'))
  it('are none any more when the own answer is chosen again', () => {
    expect(cellsText(withCell(cells, { indicator: 'F01', group: 'TCN', state: 'scored', option: 'c' }, { state: 'scored', option: 'c' }))).toBe('F02.BIP.-missing')
  })
})

describe('a target', () => {
  it('is the next one above the score, unless the address names one', () => {
    expect(targetOf(null, 67.2)).toBe(70)
    expect(targetOf('60', 67.2)).toBe(60)
    expect(targetOf('61', 67.2)).toBe(70)
    expect(targetOf(null, 100)).toBe(100)
  })
})

describe('a comparison', () => {
  const known = [{ code: 'ES51', slug: 'catalonia', has_scores: true }, { code: 'SE224', slug: 'skane', has_scores: true }, { code: 'FR10', slug: 'ile-de-france', has_scores: false }]
  it('takes codes and slugs, each region once, and tells unknown ones apart', () => {
    expect(askedRegions('es51,catalonia,skane,FR10,nowhere', known)).toEqual({ codes: ['ES51', 'SE224'], unknown: ['FR10', 'nowhere'] })
    expect(askedRegions(null, known)).toEqual({ codes: [], unknown: [] })
  })
  it('is turned round where only the way back is held', () => {
    const held = { differences: [{ from_region: 'A', to_region: 'B', dimensions: [{ change: -5, score_effect: -4, coverage_effect: -1 }], effects: [{ indicator: 'x', title: 'X', score_effect: -1, coverage_effect: 0 }, { indicator: 'y', title: 'Y', score_effect: 0, coverage_effect: 3 }] }] } as unknown as Comparison
    const back = between(held, 'B', 'A')!
    expect(back.dimensions[0]).toMatchObject({ change: 5, score_effect: 4, coverage_effect: 1 })
    expect(back.effects.map(({ indicator, total }) => [indicator, total])).toEqual([['y', -3], ['x', 1]])
    expect(between(held, 'A', 'C')).toBeNull()
  })
})
