import { describe, expect, it } from 'vitest'

import { spoken, translationFor } from '../../src/lib/spoken'

const written = { language: 'es', title: 'Escuela abierta', summary: 'Para todos' }
const catalan = { language: 'ca', title: 'Escola oberta', summary: 'Per a tothom' }
const german = { language: 'de', title: 'Offene Schule', summary: null }
const practice = { ...written, translations: [german, catalan] }

describe('the texts of a practice', () => {
  it('say the language in which they were written', () => {
    expect(spoken(practice, 'en')).toEqual({ title: { text: 'Escuela abierta', language: 'es' }, summary: { text: 'Para todos', language: 'es' } })
    expect(translationFor(practice, 'en')).toBeNull()
  })
  it('are those of the translation where there is one for the reader', () => {
    expect(spoken(practice, 'ca')).toEqual({ title: { text: 'Escola oberta', language: 'ca' }, summary: { text: 'Per a tothom', language: 'ca' } })
    expect(translationFor(practice, 'ca')).toBe(catalan)
  })
  it('may be of two languages, each with its own', () => {
    expect(spoken(practice, 'de')).toEqual({ title: { text: 'Offene Schule', language: 'de' }, summary: { text: 'Para todos', language: 'es' } })
  })
  it('stay as written where a translation says the same language', () => {
    expect(spoken({ ...written, translations: [{ ...written, title: 'Otro' }] }, 'es').title.text).toBe('Escuela abierta')
  })
  it('are marked where the words were found', () => {
    const marks = { title: '<Escuela> abierta', translations: [{}, { title: '<Escola> oberta' }] }
    expect(spoken(practice, 'fr', marks).title.text).toBe('<Escuela> abierta')
    expect(spoken(practice, 'ca', marks).title.text).toBe('<Escola> oberta')
    expect(spoken(practice, 'de', marks).title.text).toBe('Offene Schule')
  })
  it('have no summary where nobody wrote one, whatever was marked', () => {
    expect(spoken({ language: 'es', title: 'Sin resumen', summary: null }, 'en', { summary: 'null' }).summary).toBeNull()
  })
})
