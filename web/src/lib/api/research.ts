/** What follows from answers: contributions, plans, peers, differences, rank bands. Fetched with the pages that show it. */
import { post, read, segment, whole } from './client'
import type { Band, Score } from './types'

export interface RegionName {
  code: string
  slug: string
  name: string
  country_code: string
}

/** An edition in the list of editions. `kind`: answers, published (quoted scores without answers) or demonstration. */
export interface EditionItem {
  id: string
  kind: string
  state: string
  revision: number
  title: string
  notice: string | null
  provenance: string
  /** null where the scores are quoted. */
  methodology: string | null
  methodology_version: string | null
  date: string
  licence: string
  source: string
  regions: string[]
}

export interface Edition {
  edition: string
  kind: string
  provenance: string
  notice: string
  methodology: string
  methodology_version: string
  date: string
  licence: string
  source: string
  score_id: string | null
}

export interface Answer {
  indicator: string
  title: string
  group: string
  state: string
  option: string | null
  value: number | null
  text: string | null
}

/** The part of one question in the overall score. `weight` is a share of 1. */
export interface Contribution {
  indicator: string
  title: string
  score: number | null
  weight: number
  contribution: number
  gap: number
}

export interface Part {
  /** null: questions without a dimension on this axis. */
  dimension: string | null
  name: string | null
  weight: number
  contribution: number
  gap: number
}

export interface Contributions {
  overall: number | null
  indicators: Contribution[]
  subtotals: { axis: string; name: string; parts: Part[] }[]
}

export interface Profile extends Edition {
  region: RegionName
  scores: Score[]
  /** null where the edition quotes scores: there are no answers to take them apart by. */
  contributions: Contributions | null
  answers: Answer[]
}

export interface Step {
  indicator: string
  title: string
  group: string
  from_option: { code: string; value: number; text: string } | null
  to_option: { code: string; value: number; text: string }
  gain: number
  score: number
}

export interface Plan extends Edition {
  dimension: string
  target: number
  score: number | null
  state: string
  gap: number | null
  attainable: number | null
  reached: number | null
  steps: Step[]
}

export interface Peers extends Edition {
  rank: number | null
  peer_rank: number | null
  variables: { code: string; name: string; unit: string }[]
  context: { variable: string; value: number | null }[]
  items: { region: RegionName; distance: number; score: number | null; rank: number | null; context: { variable: string; value: number | null }[] }[]
  reason: string | null
}

/** A score with its place. */
export interface Value {
  score: number | null
  coverage: number | null
  state: string
  band: Band | null
  rank: number | null
  n_ranked: number
  tie_size: number
}

export interface Named {
  axis: string
  dimension: string
  name: string
  group: string
}

export interface Change {
  change: number | null
  score_effect: number | null
  coverage_effect: number | null
}

export interface Effect {
  indicator: string
  title: string
  score_effect: number
  coverage_effect: number
}

export interface Comparison extends Edition {
  regions: RegionName[]
  dimensions: (Named & { values: (Value & { region: string })[] })[]
  differences: { from_region: string; to_region: string; dimensions: (Named & Change)[]; effects: Effect[] }[]
}

export interface Cell {
  indicator: string
  group: string
  state: string
  option: string | null
}

export interface WhatIf extends Edition {
  what_if_id: string
  dimensions: (Named & Change & { before: Value; after: Value })[]
  effects: Effect[]
  contributions: Contributions
}

/** In nine of ten recalculations the rank lay between q05 and q95. */
export interface RankBand {
  region: string
  rank: number | null
  q05: number | null
  median: number | null
  q95: number | null
}

export interface ScoreRow extends Score {
  region: string
  region_name?: string
}

export interface Observation {
  /** The territory that was observed: the region, a part of it, or a larger one. */
  region: string
  indicator: string
  series: string
  population_group: string | null
  sex: string | null
  age: string | null
  period: string
  value: number | null
  unit: string
  flag: string | null
}

const edition = (id: string) => `/editions/${segment(id)}`
const query = (parameters: Record<string, string | number | null | undefined>) => {
  const given = Object.entries(parameters).flatMap(([name, value]) => (value === null || value === undefined || value === '' ? [] : [`${name}=${segment(String(value))}`]))
  return given.length ? `?${given.join('&')}` : ''
}

export const research = {
  editions: (): Promise<EditionItem[]> => whole('/editions?limit=1000'),
  profile: (of: string, code: string): Promise<Profile> => read(`${edition(of)}/regions/${segment(code)}`),
  plan: (of: string, code: string, target: number, dimension: string): Promise<Plan> => read(`${edition(of)}/regions/${segment(code)}/gaps${query({ target, dimension })}`),
  peers: (of: string, code: string): Promise<Peers> => read(`${edition(of)}/regions/${segment(code)}/peers`),
  compare: (of: string, codes: string[]): Promise<Comparison> => read(`${edition(of)}/compare?regions=${codes.map(segment).join(',')}`),
  scores: (of: string, filter: { dimension?: string; group?: string; country?: string }): Promise<ScoreRow[]> => whole(`${edition(of)}/scores${query({ ...filter, limit: 1000 })}`),
  /** What stands for the answers and the rules behind all scores of an edition; null where they are quoted. */
  scoreId: (of: string): Promise<string | null> => read<Edition>(`${edition(of)}/scores?limit=1`).then(({ score_id }) => score_id),
  rankBands: (of: string, dimension: string, group = 'ALL'): Promise<RankBand[]> => read<{ items: RankBand[] }>(`${edition(of)}/robustness${query({ dimension, group })}`).then(({ items }) => items),
  /** By dimension, for one region. */
  bandsOf: (of: string, region: string): Promise<Map<string, RankBand>> =>
    read<{ items: { dimension: string; items: RankBand[] }[] }>(`${edition(of)}/robustness/dimensions${query({ region })}`).then(({ items }) => new Map(items.flatMap(({ dimension, items: [band] }) => (band ? [[dimension, band] as const] : [])))),
  series: (code: string): Promise<Observation[]> => whole(`/outcomes/observations${query({ region: code, limit: 1000 })}`),
  whatIf: (of: string, region: string, changes: Cell[]): Promise<WhatIf> => post(`${edition(of)}/what-if`, { region, changes }),
}
