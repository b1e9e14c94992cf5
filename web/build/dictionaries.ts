import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Plugin } from 'vite'

/** A phrase, or one form per plural category (`one`, `other`) where a number decides. */
export type Phrase = string | Record<string, string>
export type Dictionary = Record<string, Phrase>

/** A dictionary is `de.json`, the words of every page, or `de/region.json`, words that come with a part of the site. */
const reference = (name: string): string => name.replace(/^[a-z]{2}(?=[./])/, 'en')
const languageOf = (name: string): string => name.slice(0, 2)

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
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.json'))
  return Object.fromEntries(files.map((name) => [name.replaceAll('\\', '/'), JSON.parse(readFileSync(join(folder, name), 'utf8')) as Dictionary]))
}

/** One line per fault, naming the file and the key; empty when every dictionary matches the English one. */
export function dictionaryFaults(dictionaries: Record<string, Dictionary>): string[] {
  return [...missingFiles(Object.keys(dictionaries)), ...twice(dictionaries), ...Object.entries(dictionaries).flatMap(([file, dictionary]) => fileFaults(file, dictionary, dictionaries[reference(file)]))]
}

function fileFaults(file: string, dictionary: Dictionary, english: Dictionary | undefined): string[] {
  if (!english) return [`${file}: there is no ${reference(file)}`]
  return [
    ...Object.keys(english).filter((key) => !(key in dictionary)).map((key) => `${file}: "${key}" is missing`),
    ...Object.keys(dictionary).filter((key) => !(key in english)).map((key) => `${file}: "${key}" is not in ${reference(file)}`),
    ...Object.entries(dictionary).flatMap(([key, phrase]) => phraseFaults(file, key, phrase, english[key])),
  ]
}

/** Every English file has to be there in every language that has any. */
function missingFiles(files: string[]): string[] {
  const languages = [...new Set(files.map(languageOf))]
  return files
    .filter((file) => languageOf(file) === 'en')
    .flatMap((file) => languages.map((language) => language + file.slice(2)))
    .filter((wanted) => !files.includes(wanted))
    .map((wanted) => `${wanted}: the file is missing`)
}

/** A key of two English files would be whichever is loaded last. */
function twice(dictionaries: Record<string, Dictionary>): string[] {
  const holder = new Map<string, string>()
  return Object.entries(dictionaries)
    .filter(([file]) => languageOf(file) === 'en')
    .flatMap(([file, dictionary]) =>
      Object.keys(dictionary).flatMap((key) => {
        const first = holder.get(key)
        holder.set(key, file)
        return first ? [`${file}: "${key}" stands in ${first} too`] : []
      }),
    )
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
