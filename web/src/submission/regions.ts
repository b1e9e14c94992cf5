import type { Person } from '../session/session.svelte'

/** The regions for which the person writes practices; `*` is every one. */
export const authorRegions = (person: Pick<Person, 'roles'>): string[] => {
  const own = [...new Set(person.roles.filter(({ role }) => role === 'region-editor').map(({ region }) => region))]
  return own.includes('*') ? ['*'] : own
}
