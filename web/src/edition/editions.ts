/** Which edition of the scores is shown. Pure. */
import type { EditionItem, Profile } from '../lib/api/research'
import type { Score, ScoreSet } from '../lib/api/types'

export interface Found {
  edition: EditionItem | null
  /** The name that the address asks for and that is no edition; null where there is nothing to say. */
  unknown: string | null
}

/** Editions of this kind quote scores; the answers behind them are not public. */
export const quotes = ({ kind }: Pick<EditionItem, 'kind'>): boolean => kind === 'published'

const newestFirst = (a: EditionItem, b: EditionItem): number => b.date.localeCompare(a.date) || b.id.localeCompare(a.id)

/**
 * Without a word of the address: the newest that regions answered and that holds all of these, else the demonstration.
 * `atLeast`: a ranking or a comparison is none with a single region.
 */
export function editionFor(editions: readonly EditionItem[], asked: string | null, regions: readonly string[] = [], atLeast = 1): Found {
  const open = editions.filter(({ state }) => state === 'published').sort(newestFirst)
  const named = open.find(({ id }) => id === asked)
  const answered = open.find((one) => one.kind === 'answers' && one.regions.length >= atLeast && regions.every((code) => one.regions.includes(code)))
  const edition = named ?? answered ?? open.find(({ kind }) => kind === 'demonstration') ?? open[0] ?? null
  return { edition, unknown: asked && !named ? asked : null }
}

/** The scores of a profile in the shape in which they are shown. */
export function setOf({ edition, kind, provenance, notice, scores }: Profile): ScoreSet {
  const whole = (score: Score) => score.axis === 'overall' && score.group === 'ALL'
  return { edition, kind, provenance, notice, overall: scores.find(whole) ?? null, dimensions: scores.filter((score) => !whole(score)) }
}
