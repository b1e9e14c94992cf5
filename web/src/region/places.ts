/** Where a region stands inside its country. Pure. */
import type { ScoreRow } from '../lib/api/research'

const SAME = 1e-9

export interface Place {
  rank: number
  of: number
}

/** The place of a region among some regions by a dimension, for all groups; null without a score or without another region. */
export function placeIn(rows: readonly ScoreRow[], region: string, dimension: string, group = 'ALL'): Place | null {
  const ranked = rows.filter((row) => row.dimension === dimension && row.group === group && row.score !== null)
  const own = ranked.find((row) => row.region === region)
  if (!own || ranked.length < 2) return null
  return { rank: 1 + ranked.filter((row) => row.score! > own.score! + SAME).length, of: ranked.length }
}
