/** What pulls a score up and down, seen from the middle of the scale. Pure. */
import { apportioned } from '../lib/apportion'

export const MIDDLE = 50

interface Weighed {
  weight: number
  contribution: number
}

/**
 * How far each part pulls the score away from the middle of the scale, in points: its share of the score minus what it
 * would add if it stood at 50. Together they are the score minus 50, since the weights add up to 1.
 */
export const pullOf = ({ weight, contribution }: Weighed): number => contribution - MIDDLE * weight

export interface Pull<T> {
  part: T
  pull: number
  /** Rounded so that all of them add up to the rounded sum. */
  shown: number
  /** Where the bar begins and ends when the pulls are laid end to end from the middle. */
  from: number
  to: number
}

/** The pulls laid end to end, the strongest upward first. Parts without weight are left out. */
export function waterfall<T extends Weighed>(parts: readonly T[]): Pull<T>[] {
  const pulls = parts.filter(({ weight }) => weight > 0).map((part) => ({ part, pull: pullOf(part) }))
  pulls.sort((a, b) => b.pull - a.pull)
  const shown = apportioned(pulls.map(({ pull }) => pull))
  let end = MIDDLE
  return pulls.map(({ part, pull }, index) => ({ part, pull, shown: shown[index]!, from: end, to: (end += pull) }))
}
