import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { describe, expect, it } from 'vitest'

import { readDictionaries } from '../../build/dictionaries'

const ENGLISH = Object.fromEntries(Object.entries(readDictionaries('src/lib/i18n')).filter(([file]) => file.startsWith('en')))
const SITE = 'en.json'
const FILES = readdirSync('src', { recursive: true, encoding: 'utf8' }).map((name) => join('src', name)).filter((name) => /\.(ts|svelte)$/.test(name) && !name.endsWith('keys.ts'))
const SOURCE = Object.fromEntries(FILES.map((file) => [file, readFileSync(file, 'utf8')]))
const fileOf = (from: string, name: string) => ['', '.ts', '.svelte', '.svelte.ts'].map((ending) => normalize(join(dirname(from), name)) + ending).find((file) => file in SOURCE && existsSync(file))

/** A file with all that it imports at once, each once. */
function together(file: string, seen = new Set<string>()): Set<string> {
  if (seen.has(file)) return seen
  seen.add(file)
  for (const [, name] of SOURCE[file]!.matchAll(/^\s*import (?!type )[^(]*?'(\.[^']+)'/gm)) {
    const found = fileOf(file, name!)
    if (found) together(found, seen)
  }
  return seen
}

/** The beginnings of keys that are put together while the page runs, and keys as they stand. */
const beginnings = (source: string) => [...source.matchAll(/(?:named|isNamed)\(\s*'([\w.]+)'/g), ...source.matchAll(/prefix: '(\w+)'/g)].map(([, prefix]) => `${prefix}.`).concat([...source.matchAll(/`([a-z][\w.]*\.)\$\{/g)].map(([, start]) => start!))
const literals = (source: string) => [...source.matchAll(/['"]([a-z]\w*(?:\.[\w-]+)+)['"]/g)].map(([, key]) => key!)
const brought = (files: Iterable<string>) => [...files].flatMap((file) => [...SOURCE[file]!.matchAll(/i18n\/\*\/(\w+)\.json/g)].map(([, name]) => `en/${name}.json`))

const PAGES = [...SOURCE['src/pages.ts']!.matchAll(/import\('\.\/([^']+)'\)/g)].map(([, name]) => join('src', name!))

describe('the words', () => {
  it.each([['src/main.ts'], ...PAGES.map((page) => [page])])('that %s says come with it', (page) => {
    const files = together(page)
    const held = [SITE, ...brought(files)]
    const said = [...files].flatMap((file) => [...literals(SOURCE[file]!), ...beginnings(SOURCE[file]!)].map((key) => ({ file, key })))
    const lacking = said.flatMap(({ file, key }) => {
      const homes = Object.keys(ENGLISH).filter((name) => Object.keys(ENGLISH[name]!).some((one) => (key.endsWith('.') ? one.startsWith(key) : one === key)))
      return homes.length && !homes.some((name) => held.includes(name)) ? [`${file} says ${key} of ${homes.join(', ')}`] : []
    })
    expect(lacking).toEqual([])
  })

  it('are all said somewhere', () => {
    // The server writes the beginning of some pages in words of the site.
    const sources = [...Object.values(SOURCE), readFileSync('../services/gateway/essentials.py', 'utf8')]
    const keys = new Set(sources.flatMap(literals))
    // Reasons for a suggestion name their beginnings in a table.
    const starts = [...new Set(sources.flatMap(beginnings)), 'area.', 'target.', 'result.', 'sign.']
    const dead = Object.entries(ENGLISH).flatMap(([file, phrases]) => Object.keys(phrases).filter((key) => !keys.has(key) && !starts.some((start) => key.startsWith(start))).map((key) => `${file}: ${key}`))
    expect(dead).toEqual([])
  })
})
