/** Addresses that are told what happens: those of the person who is signed in. */
import { change, readNow, segment } from '../lib/api/client'
import type { Paged } from '../lib/listing.svelte'

export const EVENTS = ['practice.published', 'practice.updated', 'practice.withdrawn', 'practice.state_changed', 'practice.changes_requested', 'practice.reminder_due'] as const
/** Told when nothing else is chosen: what happens to public practices. */
export const PUBLIC = EVENTS.slice(0, 3)

export interface Webhook {
  id: string
  url: string
  description: string
  events: string[]
  state: 'active' | 'disabled'
  /** Why it is disabled, in English. */
  reason: string | null
  /** null after a success. */
  failing_since: string | null
  created_at: string
}

export interface Delivery {
  id: string
  event: string
  state: 'pending' | 'delivered' | 'failed'
  body: string
  created_at: string
  next_at: string | null
  attempts: { number: number; at: string; status: number | null; error: string | null; milliseconds: number }[]
}

const of = (id: string) => `/webhooks/${segment(id)}`

export const webhooks = {
  list: async (): Promise<Webhook[]> => (await readNow<{ items: Webhook[] }>('/webhooks')).body.items,
  make: async (url: string, description: string, events: string[]) => (await change<Webhook & { secret: string }>('POST', '/webhooks', { url, description, events })).body,
  turn: async (id: string, state: Webhook['state']) => (await change<Webhook>('PATCH', of(id), { state })).body,
  renew: async (id: string) => (await change<{ secret: string }>('POST', `${of(id)}/secret`)).body.secret,
  remove: (id: string) => change<null>('DELETE', of(id)),
  test: async (id: string) => (await change<Delivery>('POST', `${of(id)}/test`)).body,
  deliveries: async (id: string, cursor: string | null = null): Promise<Paged<Delivery>> => (await readNow<Paged<Delivery>>(`${of(id)}/deliveries?limit=20${cursor ? `&cursor=${segment(cursor)}` : ''}`)).body,
  again: async (id: string, delivery: string) => (await change<Delivery>('POST', `${of(id)}/deliveries/${segment(delivery)}/redeliver`)).body,
}
