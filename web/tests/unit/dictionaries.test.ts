import { describe, expect, it } from 'vitest'

import { dictionaryFaults, readDictionaries } from '../../build/dictionaries'
import { LANGUAGES } from '../../src/lib/languages'

const dictionaries = readDictionaries('src/lib/i18n')

describe('the dictionaries', () => {
  it('are complete in all eight languages', () => {
    expect([...new Set(Object.keys(dictionaries).map((file) => file.slice(0, 2)))].sort()).toEqual(Object.keys(LANGUAGES).sort())
    expect(dictionaryFaults(dictionaries)).toEqual([])
  })
  it('stop the build when a phrase is missing, unknown, empty, or has lost a placeholder', () => {
    const en = { a: 'A {x}', b: 'B', n: { one: '{n} one', other: '{n} many' } }
    const faults = dictionaryFaults({ 'en.json': en, 'de.json': { a: 'A', c: 'C', n: { one: ' ' } } })
    expect(faults.join('\n')).toMatch(/"b" is missing[\s\S]*"c" is not in en.json[\s\S]*"a" has the placeholders[\s\S]*no form "other"/)
  })
  it('stop the build when a part lacks a language, or a key stands in two parts', () => {
    const faults = dictionaryFaults({ 'en.json': { a: 'A' }, 'de.json': { a: 'A' }, 'en/work.json': { a: 'A', b: 'B' } })
    expect(faults).toEqual(['de/work.json: the file is missing', 'en/work.json: "a" stands in en.json too'])
  })
  it('keep French signs of punctuation with their word', () => {
    const french = Object.entries(dictionaries).filter(([file]) => file.startsWith('fr'))
    const loose = french.flatMap(([file, dictionary]) => Object.entries(dictionary).filter(([, phrase]) => /\S [:;!?»]|« /.test(JSON.stringify(phrase).replace(/","|": /g, ''))).map(([key]) => `${file}: ${key}`))
    expect(loose).toEqual([])
  })
  it('are translated, not copied', () => {
    for (const [file, dictionary] of Object.entries(dictionaries)) {
      if (file.startsWith('en')) continue
      const en = dictionaries[file.replace(/^../, 'en')]!
      const same = Object.keys(en).filter((key) => JSON.stringify(en[key]) === JSON.stringify(dictionary[key]))
      expect(same.length, `${file}: ${same.join(', ')}`).toBeLessThan(file.includes('/') ? 10 : 40)
    }
  })
})
