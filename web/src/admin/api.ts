/** What the gateway says to administrators. */
import { change, readNow, segment } from '../lib/api/client'
import type { Paged } from '../lib/listing.svelte'
import type { Grant } from '../session/session.svelte'

export interface Account {
  id: string
  name: string
  display_name: string
  roles: Grant[]
  state: 'active' | 'disabled'
  must_change_password: boolean
  second_factor: boolean
  sign_in: 'password' | 'provider'
  version: number
  created_at: string
}

export interface Role {
  role: string
  scopes: string[]
  regional: boolean
}

export interface Client {
  id: string
  name: string
  scopes: string[]
  regions: string[]
  signs_with: 'secret' | 'key'
  state: 'active' | 'revoked'
  created_at: string
}

export interface EmbedKey {
  id: string
  name: string
  origins: string[]
  per_minute: number
  state: 'active' | 'retiring' | 'retired' | 'revoked'
  created_at: string
  retires_at: string | null
  requests: number
  refused: number
}

export interface Day {
  day: string
  requests: number
  refused: number
}

export interface Deed {
  number: number
  at: string
  actor: string
  action: string
  target: string
  detail: Record<string, string>
}

const person = (id: string) => `/admin/people/${segment(id)}`
const grantOf = (id: string, { role, region }: { role: string; region: string }) => `${person(id)}/grants/${segment(role)}/${segment(region)}`
const key = (id: string) => `/admin/embed-keys/${segment(id)}`
const from = (cursor: string | null) => (cursor ? `&cursor=${segment(cursor)}` : '')

export const admin = {
  roles: async (): Promise<Role[]> => (await readNow<{ items: Role[] }>('/admin/roles')).body.items,
  people: async (cursor: string | null = null): Promise<Paged<Account>> => (await readNow<Paged<Account>>(`/admin/people?limit=100${from(cursor)}`)).body,
  make: async (name: string, display: string, roles: { role: string; region: string }[]) =>
    (await change<Account & { one_time_password: string }>('POST', '/admin/people', { name, roles, ...(display ? { display_name: display } : {}) })).body,
  alter: async (one: Account, changes: { display_name?: string; disabled?: boolean }) => (await change<Account>('PATCH', person(one.id), changes, { etag: `"v${one.version}"` })).body,
  password: async (id: string) => (await change<{ one_time_password: string }>('POST', `${person(id)}/password`)).body.one_time_password,
  erase: (id: string) => change<null>('DELETE', person(id)),
  grant: async (id: string, grant: { role: string; region: string }) => (await change<Account>('PUT', grantOf(id, grant))).body,
  ungrant: async (id: string, grant: { role: string; region: string }) => (await change<Account>('DELETE', grantOf(id, grant))).body,
  clients: async (cursor: string | null = null): Promise<Paged<Client>> => (await readNow<Paged<Client>>(`/admin/clients?limit=100${from(cursor)}`)).body,
  makeClient: async (name: string, scopes: string[], regions: string[]) => (await change<Client & { client_secret: string | null }>('POST', '/admin/clients', { name, scopes, regions })).body,
  renew: async (id: string) => (await change<{ client_secret: string; previous_until: string }>('POST', `/admin/clients/${segment(id)}/secret`)).body,
  revokeClient: (id: string) => change<null>('DELETE', `/admin/clients/${segment(id)}`),
  keys: async (): Promise<EmbedKey[]> => (await readNow<{ items: EmbedKey[] }>('/admin/embed-keys')).body.items,
  makeKey: async (name: string, origins: string[], per_minute: number) => (await change<EmbedKey>('POST', '/admin/embed-keys', { name, origins, per_minute })).body,
  alterKey: async (id: string, changes: { name: string; origins: string[]; per_minute: number }) => (await change<EmbedKey>('PATCH', key(id), changes)).body,
  rotate: async (id: string) => (await change<EmbedKey>('POST', `${key(id)}/rotate`)).body,
  revokeKey: (id: string) => change<null>('DELETE', key(id)),
  usage: async (id: string): Promise<Day[]> => (await readNow<{ days: Day[] }>(`${key(id)}/usage`)).body.days,
  trail: async (asked: Record<string, string>, cursor: string | null = null): Promise<Paged<Deed>> => {
    const query = Object.entries(asked).flatMap(([name, value]) => (value ? [`&${name}=${segment(value)}`] : []))
    return (await readNow<Paged<Deed>>(`/admin/audit?limit=50${query.join('')}${from(cursor)}`)).body
  },
}

/** Every one of the last thirty days, those without use with zero. */
export function lastDays(days: readonly Day[], today: Date, many = 30): Day[] {
  const known = new Map(days.map((one) => [one.day, one]))
  return Array.from({ length: many }, (_, index) => {
    const day = new Date(today.valueOf() - (many - 1 - index) * 86_400_000).toISOString().slice(0, 10)
    return known.get(day) ?? { day, requests: 0, refused: 0 }
  })
}

/** Origins as typed, one a line or with commas between. */
export const originsOf = (text: string): string[] => text.split(/[\s,]+/).filter(Boolean)
