import type english from './i18n/en.json'
import { at } from './router.svelte'
import { chooseLanguage, type Language } from './languages'
import * as format from './format'

export type Key = keyof typeof english
type Phrase = string | Partial<Record<Intl.LDMLPluralRule, string>>
type Values = Record<string, string | number>

const files = import.meta.glob<string>('./i18n/*.json', { query: '?url', import: 'default', eager: true })
const loaded = new Map<Language, Promise<Record<string, Phrase>>>()

/** The language in use and its phrases. The language of the address wins; its dictionary may be a moment behind. */
class Speech {
  language: Language = $state('en')
  phrases: Record<string, Phrase> = $state.raw({})

  /** Loads the dictionary that the address asks for. A failed download is said, and the language stays as it was. */
  follow = async (): Promise<void> => {
    const wanted = chooseLanguage(at.language, navigator.languages ?? [navigator.language])
    const phrases = await dictionary(wanted)
    if (wanted !== chooseLanguage(at.language, navigator.languages ?? [navigator.language])) return
    this.phrases = phrases
    this.language = wanted
    document.documentElement.lang = wanted
  }
}

function dictionary(language: Language): Promise<Record<string, Phrase>> {
  const known = loaded.get(language)
  if (known) return known
  const loading = fetch(files[`./i18n/${language}.json`]!).then((answer) => {
    if (!answer.ok) throw new Error(`The dictionary of ${language} did not load: status ${answer.status}`)
    return answer.json() as Promise<Record<string, Phrase>>
  })
  loaded.set(language, loading)
  loading.catch(() => loaded.delete(language))
  return loading
}

export const speech = new Speech()

/** The phrase in the reader's language. A value `n` chooses the plural form and is written as a number. */
export function t(key: Key, values: Values = {}): string {
  return fill(speech.phrases[key] ?? key, values)
}

/** The phrase if there is one under this key, else the text as the data has it: for names that come from the data. */
export function named(prefix: string, code: string | null | undefined, fallback?: string | null): string {
  if (!code) return fallback ?? ''
  const phrase = speech.phrases[`${prefix}.${code.replaceAll(' ', '-')}`]
  return phrase === undefined ? (fallback ?? code) : fill(phrase, {})
}

export const isNamed = (prefix: string, code: string): boolean => `${prefix}.${code.replaceAll(' ', '-')}` in speech.phrases

function fill(phrase: Phrase, values: Values): string {
  const form = typeof phrase === 'string' ? phrase : (phrase[new Intl.PluralRules(speech.language).select(Number(values.n ?? 0))] ?? phrase.other ?? '')
  return form.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = values[name]
    return value === undefined ? whole : typeof value === 'number' ? number(value, 0) : value
  })
}

export const number = (value: number, decimals = 1, atLeast = 0): string => format.number(value, speech.language, decimals, atLeast)
export const measure = (value: number, unit: string | null | undefined): string => format.measure(value, unit, speech.language, named('unit', unit, unit))
export const date = (value: string): string => format.date(value, speech.language)
export const country = (code: string, fallback = code): string => format.country(code, speech.language, fallback)
export const collator = (): Intl.Collator => new Intl.Collator(speech.language)
