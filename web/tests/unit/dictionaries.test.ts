import { describe, expect, it } from 'vitest'

import { dictionaryFaults, readDictionaries } from '../../build/dictionaries'
import { LANGUAGES } from '../../src/lib/languages'

const dictionaries = readDictionaries('src/lib/i18n')

describe('the dictionaries', () => {
  it('are complete in all eight languages', () => {
    expect(Object.keys(dictionaries).sort()).toEqual(Object.keys(LANGUAGES).map((code) => `${code}.json`).sort())
    expect(dictionaryFaults(dictionaries)).toEqual([])
  })
  it('stop the build when a phrase is missing, unknown, empty, or has lost a placeholder', () => {
    const en = { a: 'A {x}', b: 'B', n: { one: '{n} one', other: '{n} many' } }
    const faults = dictionaryFaults({ 'en.json': en, 'de.json': { a: 'A', c: 'C', n: { one: ' ' } } })
    expect(faults.join('\n')).toMatch(/"b" is missing[\s\S]*"c" is not in en.json[\s\S]*"a" has the placeholders[\s\S]*no form "other"/)
  })
  it('are translated, not copied', () => {
    const en = dictionaries['en.json']!
    for (const [file, dictionary] of Object.entries(dictionaries)) {
      if (file === 'en.json') continue
      const same = Object.keys(en).filter((key) => JSON.stringify(en[key]) === JSON.stringify(dictionary[key]))
      expect(same.length, `${file}: ${same.join(', ')}`).toBeLessThan(40)
    }
  })
})
