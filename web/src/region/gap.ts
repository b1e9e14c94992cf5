/** Where a region is weak, from its scores. Pure. */
import type { Gap, Score, ScoreSet } from '../lib/api/types'

const ANY = 'any'

/** The scored dimensions of an axis for all groups, weakest first. */
export function weakest({ dimensions }: ScoreSet, axis: string): Score[] {
  const scored = dimensions.filter((score) => score.axis === axis && score.group === 'ALL' && score.score !== null)
  return scored.sort((a, b) => a.score! - b.score! || a.dimension.localeCompare(b.dimension))
}

/** The gap that the address asks for. Without its word, the weakest area; a name that is no dimension is passed over. */
export function gapOf(set: ScoreSet, parameter: (name: string) => string | null): Gap {
  const held = (axis: string, asked: string | null) => (weakest(set, axis).some(({ dimension }) => dimension === asked) ? asked : null)
  const area = parameter('area')
  return {
    area: area === ANY ? null : (held('area', area) ?? weakest(set, 'area')[0]?.dimension ?? null),
    phase: held('phase', parameter('phase')),
    group: held('group', parameter('group')),
  }
}

/** How the address says a choice: any area must be said, any phase or group need not. */
export const sayGap = (axis: string, chosen: string): string | null => chosen || (axis === 'area' ? ANY : null)
