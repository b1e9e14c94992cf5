/** What the services say to those who work on practices. */
import { change, readNow, segment, type Done } from '../lib/api/client'
import type { Practice } from '../lib/api/types'
import type { Paged } from '../lib/listing.svelte'
import type { Person } from '../session/session.svelte'

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
  draft: (id: string): Promise<Done<Draft>> => readNow(`${of(id)}/draft`),
  /** A practice that is published and has no open draft, as its author or publisher sees it. */
  published: async (id: string, person: Pick<Person, 'roles'>): Promise<Done<Draft>> => {
    const { body } = await readNow<Practice>(of(id))
    const codes = body.regions.flatMap(({ code }) => (code ? [code] : []))
    const holds = (wanted: string) => person.roles.some(({ role, region }) => role === wanted && (region === '*' || region === codes[0]))
    const actions = [...(holds('region-editor') ? ['edit'] : []), ...(holds('publisher') ? ['withdraw'] : [])]
    const since = body.published_at ?? body.updated_at ?? ''
    const draft: Draft = { id, state: 'published', published_version: body.version, actions, missing: [], updated_at: since, next_actor: 'nobody', since, due: null, conversation_count: 0, record: { ...body, regions: codes } }
    return { body: draft, etag: `"v${body.version}"` }
  },
  save: (id: string, body: unknown, etag: string): Promise<Done<Draft>> => change('PUT', `${of(id)}/draft`, body, { etag }),
  discard: (id: string, etag: string) => change<null>('DELETE', `${of(id)}/draft`, undefined, { etag }),
  step: (id: string, action: string, etag: string, key: string, body?: unknown): Promise<Done<Draft>> => change('POST', `${of(id)}/${action}`, body, { etag, key }),
  evaluators: async (region: string | null): Promise<Evaluator[]> => (await readNow<{ items: Evaluator[] }>(`/evaluators${region ? `?region=${segment(region)}` : ''}`)).body.items,
  conversation: async (id: string): Promise<Message[]> => (await readNow<{ items: Message[] }>(`${of(id)}/conversation`)).body.items,
  say: (id: string, pointer: string | null, text: string, key: string) => change<Message>('POST', `${of(id)}/conversation`, { pointer, text }, { key }),
  resolve: async (id: string, message: string): Promise<Message[]> => (await change<{ items: Message[] }>('POST', `${of(id)}/conversation/${segment(message)}/resolve`)).body.items,
}
