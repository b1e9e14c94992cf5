import { join } from 'node:path'
import type { Plugin } from 'vite'

import { readDictionaries, type Phrase } from './dictionaries.ts'

const NAME = 'virtual:embed-words'

/** The few phrases of the embedded search in every language, taken out of the dictionaries when it is built. */
export function embedWords(folder: string): Plugin {
  return {
    name: 'embed-words',
    resolveId: (id) => (id === NAME ? `\0${NAME}` : undefined),
    load: (id) => (id === `\0${NAME}` ? `export default ${JSON.stringify(wordsOf(folder))}` : undefined),
  }
}

/** By language: the names of policy areas, and what `embed.json` has. */
export function wordsOf(folder: string): Record<string, Record<string, Phrase>> {
  const dictionaries = readDictionaries(folder)
  const languages = Object.keys(dictionaries).filter((name) => /^[a-z]{2}\.json$/.test(name)).map((name) => name.slice(0, 2))
  return Object.fromEntries(
    languages.map((language) => {
      const areas = Object.entries(dictionaries[join(language, 'terms.json')]!).filter(([key]) => key.startsWith('area.'))
      return [language, { ...Object.fromEntries(areas), ...dictionaries[join(language, 'embed.json')] }]
    }),
  )
}
