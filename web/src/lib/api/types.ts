/** What the gateway answers, as far as the pages read it. null means unknown, never zero. */

import type { Marks, Told, Written } from '../spoken'
import type { Evaluation } from './evaluation'

export interface Page<Item> {
  items: Item[]
  next: string | null
}

export interface RegionItem {
  code: string
  slug: string
  name: string
  names: Record<string, string> | null
  country_code: string
  country: string
  nuts: { code: string; level: number; version: string } | null
  website: string | null
  lab_label: string | null
  search_label: string | null
  in_mipex_r: boolean
  has_scores: boolean
  practice_count: number
  point: { lat: number; lng: number } | null
}

export interface Band {
  code: string
  name: string
}

export interface Score {
  axis: string
  dimension: string
  name: string
  group: string
  score: number | null
  coverage: number | null
  /** Shares of its answers that were not due; null for a quoted score. */
  share_not_applicable?: number | null
  share_not_competent?: number | null
  state: string
  band: Band | null
  rank: number | null
  n_ranked: number | null
  tie_size: number | null
  provenance: string
  source?: string | null
}

export interface ScoreSet {
  edition: string
  kind: string
  provenance: string
  notice: string | null
  overall: Score | null
  dimensions: Score[]
}

export interface Outcome {
  indicator: string
  name: string
  group_label: string | null
  population_group: string | null
  value: number | null
  unit: string
  period: string | null
  flag: string | null
  reason: string | null
  source: string | null
  dataset: string | null
  licence: string | null
  /** Name of the series that the value belongs to. */
  series: string | null
  sex: string | null
  age: string | null
  territorial_fit: { kind: string; codes: string[]; note: string | null } | null
  parts?: { code: string; name: string; value: number | null; flag: string | null }[]
}

export interface RegionPanel extends RegionItem {
  competence_note?: string | null
  competences: { area: string; kind: string; note: string | null; source: string | null }[]
  population: { group: string; share_pct: number | null; year: number | string | null; source: string | null }[]
  mipex_r: ScoreSet | null
  demonstration: ScoreSet | null
  outcomes: Outcome[]
  practices: { count: number; newest: PracticeItem[] }
  links: { website: string | null; profile: string | null; practices_search: string | null }
}

export interface Layer {
  id: string
  name: string
  kind: 'outcome' | 'practices' | 'score'
  unit: string
  edition: string | null
  axis: string | null
  dimension: string | null
  provenance: string
  groups: string[] | null
  period: string | null
  source: string | null
}

export interface LayerValue {
  code: string
  value: number | null
  state: string
  provenance: string
  flag: string | null
  note: string | null
}

export interface LayerValues {
  layer: string
  name: string
  kind: Layer['kind']
  unit: string
  group?: string | null
  group_label?: string | null
  doubts?: string[]
  scale: { type: string; breaks: number[]; direction: 'higher' | 'lower' | 'none' }
  period: string | null
  source: string | null
  licence: string | null
  provenance: string
  notice: string | null
  values: LayerValue[]
}

export interface PracticeItem {
  id: string
  external_id: string | null
  version: number
  title: string
  original_title: string | null
  original_language: string | null
  language: string | null
  summary: string | null
  regions: { code: string; name: string; country_code: string }[]
  role: string | null
  areas: string[]
  target_groups: string[]
  period: { start: string | null; end: string | null } | null
  status: string | null
  year: number | null
  result: string | null
  confidence: string | null
  provenance: string
  published_at: string | null
  updated_at: string | null
}

export interface Practice extends PracticeItem {
  objectives: string[]
  activities: string[]
  results: string[]
  lessons: string[]
  role_basis?: string | null
  result_basis: string | null
  budget: { amount: number | null; currency: string | null; stated: string | null } | null
  funds: string[]
  partners: { name: string; category: string | null }[]
  people_reached: string | number | null
  sources: { url: string | null; publisher: string | null; date: string | null; seen_on: string | null }[]
  notes: string | null
  provenance_note: string | null
  citation?: string | null
  licence: string | null
  challenges?: string[]
  limiting_factors?: string[]
  evidence?: { statement: string; url: string | null }[]
  links?: { title: string; url: string }[]
  files?: { title: string; url: string }[]
  evaluation?: Evaluation | null
  translations?: Told[]
  further_territories?: string[]
}

export interface Methodology {
  id: string
  version: string
  title: string
  notice: string
  language: string
  licence: string
  source: string | null
  date: string | null
  groups: { code: string; name: string }[]
  axes: { code: string; name: string; kind: string; dimensions: { code: string; name: string }[] }[]
  bands: { code: string; name: string; from: number }[]
  indicators: Indicator[]
}

export interface Indicator {
  code: string
  topic: string
  groups: string[]
  weight: string
  tags: Record<string, string[]>
  question: string
  why: string
  evidence: string
  not_applicable: string
  options: { code: string; value: number; text: string; test: string }[]
}

/** A joined search over regions and practices; each hit says which index it comes from. */
export interface FoundHits {
  hits: (RegionHit | PracticeHit)[]
}

interface Hit<Index extends string, Marked> {
  _federation: { indexUid: Index }
  _formatted?: Marked
}

export interface RegionHit extends Hit<'regions', { name: string; region_names: string[] }> {
  code: string
  name: string
  region_names: string[]
  country_code: string
}

export interface PracticeHit extends Hit<'practices', Marks & { filter_regions: string[] }>, Written {
  id: string
  filter_regions: string[]
}

/** Where a region is weak. null is a part that was not asked for. */
export interface Gap {
  area: string | null
  phase: string | null
  group: string | null
}

export interface Why {
  kind: string
  /** What the reason rests on: areas, groups, words, a result. */
  values: string[]
  /** The reason as a sentence, in English. */
  text: string
}

/** A practice that is suggested, with its reasons. */
export interface Suggested extends Written {
  id: string
  regions: string[]
  region_names: string[]
  status: string | null
  year: number | null
  why: Why[]
}
