import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Plugin } from 'vite'

/** A phrase, or one form per plural category (`one`, `other`) where a number decides. */
export type Phrase = string | Record<string, string>
export type Dictionary = Record<string, Phrase>

const REFERENCE = 'en.json'

/** Stops the build when a dictionary lacks a phrase, has one too many, or loses a placeholder. */
export function completeDictionaries(folder: string): Plugin {
  return {
    name: 'complete-dictionaries',
    buildStart() {
      const faults = dictionaryFaults(readDictionaries(folder))
      if (faults.length) this.error(`Dictionaries are not complete:\n  ${faults.join('\n  ')}`)
    },
  }
}

export function readDictionaries(folder: string): Record<string, Dictionary> {
  const files = readdirSync(folder).filter((name) => name.endsWith('.json'))
  return Object.fromEntries(files.map((name) => [name, JSON.parse(readFileSync(join(folder, name), 'utf8')) as Dictionary]))
}

/** One line per fault, naming the file and the key; empty when every dictionary matches the English one. */
export function dictionaryFaults(dictionaries: Record<string, Dictionary>): string[] {
  const reference = dictionaries[REFERENCE] ?? {}
  return Object.entries(dictionaries).flatMap(([file, dictionary]) => [
    ...Object.keys(reference).filter((key) => !(key in dictionary)).map((key) => `${file}: "${key}" is missing`),
    ...Object.keys(dictionary).filter((key) => !(key in reference)).map((key) => `${file}: "${key}" is not in ${REFERENCE}`),
    ...Object.entries(dictionary).flatMap(([key, phrase]) => phraseFaults(file, key, phrase, reference[key])),
  ])
}

function phraseFaults(file: string, key: string, phrase: Phrase, reference: Phrase | undefined): string[] {
  if (reference === undefined) return []
  if (typeof phrase !== typeof reference) return [`${file}: "${key}" must ${typeof reference === 'string' ? 'not ' : ''}have plural forms`]
  if (typeof phrase !== 'string' && !('other' in phrase)) return [`${file}: "${key}" has no form "other"`]
  const forms = typeof phrase === 'string' ? [phrase] : Object.values(phrase)
  const wanted = placeholders(typeof reference === 'string' ? reference : (reference.other ?? ''))
  return forms.flatMap((form) => [
    ...(form.trim() ? [] : [`${file}: "${key}" is empty`]),
    ...(placeholders(form) === wanted ? [] : [`${file}: "${key}" has the placeholders [${placeholders(form)}], not [${wanted}]`]),
  ])
}

const placeholders = (text: string): string => [...new Set(text.match(/\{\w+\}/g) ?? [])].sort().join(' ')
