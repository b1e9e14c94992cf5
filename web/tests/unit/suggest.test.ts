import { describe, expect, it } from 'vitest'

import type { Score, ScoreSet } from '../../src/lib/api/types'
import { gapOf, sayGap, weakest } from '../../src/region/gap'
import { reasonOf } from '../../src/suggest/reasons'
import { readDictionaries } from '../../build/dictionaries'

const score = (axis: string, dimension: string, value: number | null, group = 'ALL') => ({ axis, dimension, score: value, group }) as Score
const set = {
  dimensions: [score('area', 'housing', 70), score('area', 'language', 31), score('area', 'language', 5, 'TCN'), score('area', 'health', null), score('area', 'education', 31), score('phase', 'evaluation', 40), score('group', 'BIP', 50)],
} as ScoreSet
const address = (search: string) => (name: string) => new URLSearchParams(search).get(name)

describe('a gap', () => {
  it('lists dimensions that have a score, weakest first, for all groups together', () => {
    expect(weakest(set, 'area').map(({ dimension }) => dimension)).toEqual(['education', 'language', 'housing'])
  })
  it('is the weakest area until the reader chooses', () => {
    expect(gapOf(set, address(''))).toEqual({ area: 'education', phase: null, group: null })
    expect(gapOf(set, address('area=housing&phase=evaluation&group=BIP'))).toEqual({ area: 'housing', phase: 'evaluation', group: 'BIP' })
    expect(gapOf(set, address('area=any')).area).toBeNull()
  })
  it('passes over what is no dimension of the region', () => {
    expect(gapOf(set, address('area=health&phase=nonsense&group=ALL'))).toEqual({ area: 'education', phase: null, group: null })
  })
  it('without scores asks for nothing', () => expect(gapOf({ dimensions: [] as Score[] } as ScoreSet, address(''))).toEqual({ area: null, phase: null, group: null }))
  it('comes back from the address as it was chosen', () => {
    for (const chosen of ['', 'housing']) expect(gapOf(set, () => sayGap('area', chosen)).area).toBe(chosen || null)
    expect(sayGap('phase', '')).toBeNull()
  })
})

describe('a reason', () => {
  const why = (kind: string, ...values: string[]) => ({ kind, values, text: 'In English.' })
  it('is told in the words of what it is measured against', () => {
    expect(reasonOf(why('area', 'housing'), 'practice')).toEqual({ label: 'why.area.same', values: [{ prefix: 'area', value: 'housing' }] })
    expect(reasonOf(why('area', 'housing'), 'gap')!.label).toBe('why.area')
    expect(reasonOf(why('words', 'mentor', 'tandem'), 'practice')!.values.map(({ prefix }) => prefix)).toEqual([null, null])
    expect(reasonOf(why('confidence', 'high'), 'gap')!.values).toEqual([])
  })
  it('of an unknown kind is left to the sentence of the server', () => expect(reasonOf(why('moon'), 'gap')).toBeNull())
  it('has its label in the dictionary', () => {
    const english = readDictionaries('src/lib/i18n')['en/terms.json']!
    for (const against of ['practice', 'gap'] as const)
      for (const kind of ['area', 'target_group', 'words', 'result', 'phase', 'confidence']) {
        const reason = reasonOf(why(kind), against)
        if (reason) expect(english).toHaveProperty([reason.label])
      }
  })
})
