/** Why two regions differ. Pure. */
import type { Change, Comparison, Effect, Named } from '../lib/api/research'

export interface Difference {
  dimensions: (Named & Change)[]
  /** Questions by the size of what they add to the difference, in points. */
  effects: (Effect & { total: number })[]
}

/** The way from one region to another; where only the way back is held, it is turned round. null where neither is. */
export function between({ differences }: Comparison, from: string, to: string): Difference | null {
  const there = differences.find((one) => one.from_region === from && one.to_region === to)
  const back = differences.find((one) => one.from_region === to && one.to_region === from)
  const held = there ?? back
  if (!held) return null
  const sign = there ? 1 : -1
  const turned = <T extends number | null>(value: T): T => (value === null ? value : ((sign * value + 0) as T))
  const effects = held.effects.map((one) => ({ ...one, score_effect: turned(one.score_effect), coverage_effect: turned(one.coverage_effect) })).map((one) => ({ ...one, total: one.score_effect + one.coverage_effect }))
  return {
    dimensions: held.dimensions.map((one) => ({ ...one, change: turned(one.change), score_effect: turned(one.score_effect), coverage_effect: turned(one.coverage_effect) })),
    effects: effects.sort((a, b) => Math.abs(b.total) - Math.abs(a.total)),
  }
}
