import type { Key } from './i18n/keys'
import { at } from './router.svelte'
import { chooseLanguage, type Language } from './languages'
import * as format from './format'

export type { Key }
type Phrase = string | Partial<Record<Intl.LDMLPluralRule, string>>
type Values = Record<string, string | number>

/** Where the dictionary of each language is. */
type Files = Partial<Record<Language, string>>

const site = filesOf(import.meta.glob<string>('./i18n/*.json', { query: '?url', import: 'default', eager: true }))
const loaded = new Map<string, Promise<Record<string, Phrase>>>()

function filesOf(found: Record<string, string>): Files {
  return Object.fromEntries(Object.entries(found).map(([path, address]) => [/i18n\/([a-z]{2})\b/.exec(path)![1], address]))
}

/** The language in use and its phrases. The language of the address wins; its dictionary may be a moment behind. */
class Speech {
  language: Language = $state('en')
  phrases: Record<string, Phrase> = $state.raw({})
  #parts: Files[] = [site]

  /**
   * Loads the dictionaries that the address and the pages opened so far ask for. A failed download is said, and the
   * language stays as it was.
   */
  follow = async (): Promise<void> => {
    const wanted = this.#wanted()
    const parts = this.#parts
    const phrases = Object.assign({}, ...(await Promise.all(parts.map((files) => dictionary(files[wanted]!))))) as Record<string, Phrase>
    if (wanted !== this.#wanted() || parts !== this.#parts) return
    this.phrases = phrases
    this.language = wanted
    document.documentElement.lang = wanted
  }

  /** Words that come with a part of the site: called by its `words.ts`, before the page is shown. */
  add = (found: Record<string, string>): void => void (this.#parts = [...this.#parts, filesOf(found)])

  #wanted = () => chooseLanguage(at.language, navigator.languages ?? [navigator.language])
}

function dictionary(address: string): Promise<Record<string, Phrase>> {
  const known = loaded.get(address)
  if (known) return known
  const loading = fetch(address).then((answer) => {
    if (!answer.ok) throw new Error(`${address} did not load: status ${answer.status}`)
    return answer.json() as Promise<Record<string, Phrase>>
  })
  loaded.set(address, loading)
  loading.catch(() => loaded.delete(address))
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
  const form = typeof phrase === 'string' ? phrase : (phrase[format.plural(Number(values.n ?? 0), speech.language)] ?? phrase.other ?? '')
  return form.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = values[name]
    return value === undefined ? whole : typeof value === 'number' ? number(value, 0) : value
  })
}

export const number = (value: number, decimals = 1, atLeast = 0): string => format.number(value, speech.language, decimals, atLeast)
export const measure = (value: number, unit: string | null | undefined): string => format.measure(value, unit, speech.language, named('unit', unit, unit))
export const date = (value: string): string => format.date(value, speech.language)
export const country = (code: string, fallback = code): string => format.country(code, speech.language, fallback)
export const countryNamed = (name: string): string => format.countryNamed(name, speech.language)
export const collator = (): Intl.Collator => new Intl.Collator(speech.language)
