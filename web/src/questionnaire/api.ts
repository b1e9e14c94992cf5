/** What the services say to those who answer questionnaires and review them. */
import { change, read, readNow, segment, type Done } from '../lib/api/client'
import type { Score } from '../lib/api/types'

export type CellState = 'scored' | 'not_applicable' | 'not_competent' | 'missing'
export type Kind = 'edition' | 'self'
export type Standing = 'answering' | 'in_review' | 'accepted' | 'published'
export type Part = 'state' | 'option' | 'evidence' | 'sources' | 'comment'

export interface Source {
  url: string
  title: string | null
  date: string | null
}

export interface Place {
  indicator: string
  group: string
}

/** One answer as it is sent. */
export interface Entry {
  state: CellState
  option: string | null
  evidence: string | null
  sources: Source[]
  comment: string | null
}

/** One answer as it is read; state null: not answered yet. */
export interface CellOut extends Omit<Entry, 'state'>, Place {
  state: CellState | null
  version: number
  updated_at: string | null
}

export interface Seat {
  number: number
  state: 'free' | 'open' | 'submitted'
  yours: boolean
  holder: string | null
  note: string | null
}

export interface Assessment {
  id: string
  kind: Kind
  edition: string
  region: string
  methodology: string
  methodology_version: string
  state: Standing
  role: 'expert' | 'region' | 'reviewer'
  seat: number | null
  seats: Seat[]
  actions: string[]
  revision: number | null
  created_at: string
  updated_at: string
}

export interface Answers {
  assessment: string
  seat: number
  version: number
  items: CellOut[]
}

export interface SeatProgress {
  seat: number
  answered: number
  total: number
  sections: { axis: string; code: string; name: string; answered: number; total: number }[]
}

export interface Decision extends CellOut {
  automatic: boolean
  decided_by: string | null
}

export interface ReviewCell extends Place {
  answers: CellOut[]
  agrees: boolean
  differences: Part[]
  decision: Decision | null
}

export interface Review {
  state: Standing
  total: number
  agreeing: number
  undecided: number
  items: ReviewCell[]
}

export interface LogLine {
  id: string
  at: string
  actor: string | null
  action: string
  seat: number | null
  indicator: string | null
  group: string | null
  note: string | null
}

/** A cell as a revision has it. */
export type Side = Entry

export interface Change extends Place {
  region: string
  differs: Part[]
  before: Side | null
  after: Side | null
}

export interface Revision {
  revision: number
  reason: string | null
  changes: Change[]
}

export interface Imported {
  dry_run: boolean
  report: { rows: number; new: number; changed: number; same: number }
}

export interface Beside {
  axis: string
  dimension: string
  name: string
  group: string
  own: number | null
  own_coverage: number | null
  region: number | null
  difference: number | null
  lowest: number | null
  median: number | null
  highest: number | null
}

export interface OwnScores {
  scores: Score[]
  notice: string | null
  compare: { edition: string; provenance: string; notice: string; same_methodology: boolean; items: Beside[] } | null
}

export interface Edition {
  id: string
  kind: 'answers' | 'demonstration' | 'published'
  title: string
  methodology: string | null
  methodology_version: string | null
}

interface Paged<Item> {
  items: Item[]
  next: string | null
}

const of = (id: string) => `/assessments/${segment(id)}`
const cellOf = ({ indicator, group }: Place) => `${segment(indicator)}/${segment(group)}`

async function all<Item>(path: string): Promise<Item[]> {
  const items: Item[] = []
  for (let cursor = ''; ; ) {
    const page: Paged<Item> = (await readNow<Paged<Item>>(path + cursor)).body
    items.push(...page.items)
    if (!page.next) return items
    cursor = `&cursor=${segment(page.next)}`
  }
}

export const questionnaires = {
  mine: () => all<Assessment>('/assessments?limit=200'),
  editions: (): Promise<Edition[]> => read<{ items: Edition[] }>('/editions').then(({ items }) => items),
  open: (edition: Record<string, string>, key: string) => change<{ id: string }>('POST', '/editions', edition, { key }),
  begin: (edition: string, region: string, kind: Kind, key: string) => change<Assessment>('POST', '/assessments', { edition, region, kind }, { key }),
  one: (id: string): Promise<Done<Assessment>> => readNow(of(id)),
  progress: async (id: string): Promise<SeatProgress[]> => (await readNow<{ seats: SeatProgress[] }>(`${of(id)}/progress`)).body.seats,
  claim: (id: string, key: string) => change<Assessment>('POST', `${of(id)}/claim`, undefined, { key }),
  answers: (id: string): Promise<Done<Answers>> => readNow(`${of(id)}/answers`),
  answer: (id: string, place: Place): Promise<Done<CellOut>> => readNow(`${of(id)}/answers/${cellOf(place)}`),
  save: (id: string, place: Place, entry: Entry, etag: string) => change<CellOut>('PUT', `${of(id)}/answers/${cellOf(place)}`, entry, { etag }),
  step: (id: string, action: string, etag: string, key: string, body?: unknown) => change<Assessment>('POST', `${of(id)}/${action}`, body, { etag, key }),
  toEdition: (id: string, edition: string, replace: boolean, key: string) => change<Assessment>('POST', `${of(id)}/to-edition`, { edition, replace }, { key }),
  bring: (id: string, file: Blob, dry: boolean, etag: string, key: string) => change<Imported>('POST', `${of(id)}/import?dry_run=${dry}`, file, dry ? {} : { etag, key }),
  exported: (id: string, format: string): string => `/api/v1${of(id)}/export?format=${format}`,
  scores: async (id: string, beside: string): Promise<OwnScores> => (await readNow<OwnScores>(`${of(id)}/scores${beside ? `?compare=${segment(beside)}` : ''}`)).body,
  log: (id: string) => all<LogLine>(`${of(id)}/log?limit=200`),
  revision: (edition: string, number: number): Promise<Revision> => read(`/editions/${segment(edition)}/revisions/${number}`),
  review: async (id: string): Promise<Review> => (await readNow<Review>(`${of(id)}/review`)).body,
  decide: (id: string, place: Place, entry: Entry, version: number) => change<Decision>('PUT', `${of(id)}/decisions/${cellOf(place)}`, entry, { etag: `"v${version}"` }),
}
