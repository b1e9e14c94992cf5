/** The years of a value, for a small chart. Pure. */
import type { Observation } from '../lib/api/research'
import type { Outcome } from '../lib/api/types'

export interface Year {
  period: string
  value: number
  flag: string | null
}

export interface Development {
  years: Year[]
  /** The years belong to another series than the value, which must not be chained with it. */
  other: boolean
}

/**
 * The years of the series that an outcome belongs to; where it has one year only, those of the longest other series of
 * the same people. The observations may be of parts of the region too: only those of its own territory are taken. null where no series has two years, and for the figure of a larger territory.
 */
export function developmentOf(outcome: Outcome, observations: readonly Observation[]): Development | null {
  if (outcome.value === null || outcome.unit === 'class' || outcome.territorial_fit?.kind !== 'matches') return null
  const { codes } = outcome.territorial_fit
  const series = new Map<string, Year[]>()
  for (const one of observations) {
    const same = codes.includes(one.region) && one.indicator === outcome.indicator && one.population_group === outcome.population_group && one.sex === outcome.sex && one.age === outcome.age && one.unit === outcome.unit
    if (same && one.value !== null) series.set(one.series, [...(series.get(one.series) ?? []), { period: one.period, value: one.value, flag: one.flag }])
  }
  const own = series.get(outcome.series ?? '') ?? []
  const longest = [...series.values()].reduce((best, years) => (years.length > best.length ? years : best), [])
  const years = own.length > 1 ? own : longest
  return years.length < 2 ? null : { years: years.sort((a, b) => a.period.localeCompare(b.period)), other: years !== own }
}

/** Parts of the line: it is broken where a year is missing or the series has a break, since the sides cannot be compared. */
export function unbroken(years: readonly Year[]): Year[][] {
  const parts: Year[][] = []
  for (const year of years) {
    const last = parts.at(-1)?.at(-1)
    const follows = last && Number(year.period) === Number(last.period) + 1 && !year.flag?.includes('b')
    if (follows) parts.at(-1)!.push(year)
    else parts.push([year])
  }
  return parts
}

export interface Series extends Pick<Observation, 'indicator' | 'series' | 'population_group' | 'age' | 'unit'> {
  years: Year[]
}

/**
 * Every series with at least three years, by indicator; the longest where an indicator has several for the same people.
 * Of the region's own territory, else of the larger one that an outcome is of; never of its parts.
 */
export function longSeries(observations: readonly Observation[], outcomes: readonly Outcome[]): Series[] {
  const of = (kind: string) => new Set(outcomes.flatMap(({ territorial_fit: fit }) => (fit?.kind === kind ? fit.codes : [])))
  const [own, larger] = [of('matches'), of('larger')]
  const within = (codes: Set<string>) => longest(observations.filter(({ region }) => codes.has(region)))
  return [...new Map([...within(larger), ...within(own)]).values()]
}

/** By indicator and people. */
function longest(observations: readonly Observation[]): Map<string, Series> {
  const all = new Map<string, Series>()
  for (const { region, indicator, series, population_group, sex, age, unit, period, value, flag } of observations) {
    if (value === null || unit === 'class' || (sex !== null && sex !== 'T')) continue
    const key = [region, series, population_group, age].join()
    const held = all.get(key) ?? { indicator, series, population_group, age, unit, years: [] }
    held.years.push({ period, value, flag })
    all.set(key, held)
  }
  const found = new Map<string, Series>()
  for (const one of all.values()) {
    const key = [one.indicator, one.population_group].join()
    if (one.years.length >= 3 && one.years.length > (found.get(key)?.years.length ?? 0)) found.set(key, one)
  }
  for (const { years } of found.values()) years.sort((a, b) => a.period.localeCompare(b.period))
  return found
}
