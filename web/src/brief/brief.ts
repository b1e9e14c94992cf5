/** What a policy brief of two pages has room for. Pure. */
import type { Outcome, Score, ScoreSet } from '../lib/api/types'
import { forAllGroups } from '../lib/dimensions'

const OUTCOMES = 8
const WORTH: readonly string[] = ['employment-gap', 'employment-rate-by-birth', 'unemployment-rate-by-birth', 'tertiary-gap', 'neet-rate', 'early-leavers', 'at-risk-of-poverty-or-social-exclusion', 'at-risk-of-poverty', 'foreign-born-share-15-64', 'non-eu-born-share-15-64', 'foreign-born-share-census', 'population']

/** The outcomes that say most of integration, in a fixed order, with a value; of those split by birth, the foreign-born. */
export function keyOutcomes(outcomes: readonly Outcome[]): Outcome[] {
  const held = outcomes.filter((one) => one.value !== null && one.population_group !== 'NAT')
  return WORTH.flatMap((code) => held.filter((one) => one.indicator === code).slice(0, 1)).slice(0, OUTCOMES)
}

/** Element, phase and group: the areas follow on their own, strongest first. */
export const governance = (set: ScoreSet): Score[] => forAllGroups(set.dimensions).filter((one) => one.axis === 'element' || one.axis === 'phase')
export const areas = (set: ScoreSet): Score[] =>
  forAllGroups(set.dimensions).filter((one) => one.axis === 'area').sort((a, b) => (b.score ?? -1) - (a.score ?? -1) || a.dimension.localeCompare(b.dimension))
