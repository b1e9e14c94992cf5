/** Three versions of one text brought together: what was there, mine, and what somebody else saved. Pure. */

type Tree = Record<string, unknown>

/** A place where both changed something, each to something else. */
export interface Clash {
  place: string
  mine: unknown
  theirs: unknown
}

export interface Merged {
  /** Mine, with what only the others changed taken in. Clashes stand as mine. */
  value: Tree
  clashes: Clash[]
  /** Places that only the others changed. */
  taken: string[]
}

/** Nothing, however it is written: no text, an empty list, a group whose parts are all empty. */
export const isEmpty = (value: unknown): boolean =>
  value === null || value === undefined || (typeof value === 'string' ? value.trim() === '' : typeof value === 'object' && Object.values(value as object).every(isEmpty))

/** Whether two values say the same: spaces at the ends, the order of names and empty entries do not count. */
export const alike = (a: unknown, b: unknown): boolean => JSON.stringify(plain(a)) === JSON.stringify(plain(b))

function plain(value: unknown): unknown {
  if (isEmpty(value)) return null
  if (typeof value === 'string') return value.trim().replaceAll('\r\n', '\n').normalize('NFC')
  if (Array.isArray(value)) return value.filter((item) => !isEmpty(item)).map(plain)
  if (typeof value === 'object') return Object.fromEntries(Object.entries(value as Tree).filter(([, one]) => !isEmpty(one)).sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, one]) => [name, plain(one)]))
  return value
}

/** Every place of a text: its names; of those in `deep`, the names below them, as `questionnaire/code`. */
export function places(value: Tree, deep: readonly string[]): Map<string, unknown> {
  return new Map(Object.entries(value).flatMap(([name, one]) => (deep.includes(name) ? Object.entries((one ?? {}) as Tree).map(([below, found]): [string, unknown] => [`${name}/${below}`, found]) : [[name, one] as [string, unknown]])))
}

/** The same text with another value at one place. */
export function withPlace(value: Tree, place: string, found: unknown): Tree {
  const [name = '', below] = place.split('/')
  if (below === undefined) return { ...value, [name]: found }
  const { [below]: _, ...others } = (value[name] ?? {}) as Tree
  return { ...value, [name]: found === undefined ? others : { ...others, [below]: found } }
}

export function merged(base: Tree, mine: Tree, theirs: Tree, deep: readonly string[] = []): Merged {
  const [before, own, other] = [places(base, deep), places(mine, deep), places(theirs, deep)]
  const [clashes, taken]: [Clash[], string[]] = [[], []]
  let value = mine
  for (const place of new Set([...own.keys(), ...other.keys()])) {
    const [was, here, there] = [before.get(place), own.get(place), other.get(place)]
    if (alike(here, there) || alike(was, there)) continue
    if (alike(was, here)) [value] = [withPlace(value, place, there), taken.push(place)]
    else clashes.push({ place, mine: here, theirs: there })
  }
  return { value, clashes, taken }
}
