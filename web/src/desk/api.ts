/** What the services say to those who work on practices. */
import { change, readNow, segment, whole, type Done } from '../lib/api/client'
import type { Paged } from '../lib/listing.svelte'

export type State = 'draft' | 'submitted' | 'selected' | 'in_review' | 'changes_requested' | 'accepted' | 'published' | 'withdrawn' | 'rejected'
export type Part = 'author' | 'publisher' | 'evaluator'
export type Turn = 'author' | 'publisher' | 'evaluators' | 'nobody'

export interface DeskItem {
  id: string
  title: string
  regions: string[]
  state: State
  roles: Part[]
  /** The next step is the caller's. */
  mine: boolean
  next_actor: Turn
  since: string
  due: string | null
  overdue: boolean
  conversation_count: number
}

export interface Notice {
  id: string
  at: string
  event: string
  practice_id: string
  title: string
  region: string
  role: Part
  state: State
  due: string | null
  read: boolean
}

export interface Gap {
  pointer: string
  detail: string
}

export interface Draft {
  id: string
  state: State
  published_version: number | null
  actions: string[]
  missing: Gap[]
  updated_at: string
  next_actor: Turn
  since: string
  due: string | null
  conversation_count: number
  record: Record<string, unknown>
}

export interface Message {
  id: string
  pointer: string | null
  text: string
  role: Part
  kind: 'message' | 'request' | 'reason'
  at: string
  resolved: boolean
}

/** Somebody who may be asked to judge. `reason` (English) says why not; null where `may_judge`. */
export interface Evaluator {
  id: string
  display_name: string
  regions: string[]
  may_judge: boolean
  reason: string | null
}

const of = (id: string) => `/practices/${segment(id)}`
const from = (cursor: string | null) => (cursor ? `&cursor=${segment(cursor)}` : '')

export const work = {
  desk: async (cursor: string | null = null): Promise<Paged<DeskItem>> => (await readNow<Paged<DeskItem>>(`/desk/practices?limit=50${from(cursor)}`)).body,
  notices: async (cursor: string | null = null): Promise<Paged<Notice> & { unread: number }> => (await readNow<Paged<Notice> & { unread: number }>(`/notifications?limit=10${from(cursor)}`)).body,
  seen: (id: string) => change<null>('POST', `/notifications/${segment(id)}/read`),
  begin: (body: unknown, key: string): Promise<Done<Draft>> => change('POST', '/practices', body, { key }),
  /** What is being written; where nothing is, what was published last, as a revision would begin. */
  draft: (id: string): Promise<Done<Draft>> => readNow(`${of(id)}/draft`),
  save: (id: string, body: unknown, etag: string): Promise<Done<Draft>> => change('PUT', `${of(id)}/draft`, body, { etag }),
  discard: (id: string, etag: string) => change<null>('DELETE', `${of(id)}/draft`, undefined, { etag }),
  step: (id: string, action: string, etag: string, key: string, body?: unknown): Promise<Done<Draft>> => change('POST', `${of(id)}/${action}`, body, { etag, key }),
  /** All of them, for a practice of these regions. */
  evaluators: (regions: string[]): Promise<Evaluator[]> => whole(`/evaluators?limit=200${regions.map((code) => `&region=${segment(code)}`).join('')}`),
  conversation: async (id: string): Promise<Message[]> => (await readNow<{ items: Message[] }>(`${of(id)}/conversation`)).body.items,
  say: (id: string, pointer: string | null, text: string, key: string) => change<Message>('POST', `${of(id)}/conversation`, { pointer, text }, { key }),
  resolve: async (id: string, message: string): Promise<Message[]> => (await change<{ items: Message[] }>('POST', `${of(id)}/conversation/${segment(message)}/resolve`)).body.items,
}
