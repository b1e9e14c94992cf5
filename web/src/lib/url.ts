/** Addresses as values: pure functions, so that every page can keep its state in the address. */

/** Parameters that stay when the reader moves to another page. */
const KEPT = ['lang']
/** The edition stays on pages that show scores. */
const EDITION = 'edition'
const SCORED = /^\/($|map$|regions\/|compare$|rankings$|what-if\/)/

/** Changes for an address: null and '' take a parameter away. */
export type Changes = Record<string, string | null | undefined>

/**
 * Where a window is. More than one slash in front is one: a link made of such a path would lead to another site.
 */
export function addressOf(href: string): URL {
  const url = new URL(href)
  if (url.pathname.startsWith('//')) url.pathname = url.pathname.replace(/^\/+/, '/')
  return url
}

/** The same page with some parameters changed; the order of the others is kept. */
export function withChanges(url: URL, changes: Changes): string {
  const next = new URLSearchParams(url.search)
  for (const [name, value] of Object.entries(changes)) {
    if (value) next.set(name, value)
    else next.delete(name)
  }
  return join(url.pathname, next)
}

/** Another page, with the parameters that stay. */
export function toPage(url: URL, path: string, parameters: Changes = {}): string {
  const target = new URL(path, url.origin)
  const next = new URLSearchParams(target.search)
  for (const [name, value] of Object.entries(parameters)) if (value) next.set(name, value)
  for (const name of SCORED.test(target.pathname) ? [...KEPT, EDITION] : KEPT) {
    const value = url.searchParams.get(name)
    if (value && !next.has(name)) next.set(name, value)
  }
  return join(target.pathname, next) + target.hash
}

function join(path: string, parameters: URLSearchParams): string {
  const query = readable(parameters.toString())
  return query ? `${path}?${query}` : path
}

/** Brackets, colons and commas need no escaping inside a query, and an address is read by people too. */
const readable = (query: string): string => query.replaceAll('%5B', '[').replaceAll('%5D', ']').replaceAll('%3A', ':').replaceAll('%2C', ',')

/** Every page and its path; `:name` is a part of the address that the page reads. The first that fits counts. */
const PATHS = [
  ['map', '/'],
  ['map', '/map'],
  ['region', '/regions/:code'],
  ['brief', '/regions/:code/brief'],
  ['compare', '/compare'],
  ['rankings', '/rankings'],
  ['whatif', '/what-if/:code'],
  ['practices', '/practices'],
  ['practice', '/practices/:id'],
  ['builder', '/embed'],
  ['embedmap', '/embed/map'],
  ['signin', '/sign-in'],
  ['account', '/account'],
  ['work', '/desk'],
  ['worknew', '/desk/practices/new'],
  ['workimport', '/desk/import'],
  ['workpractice', '/desk/practices/:id'],
  ['workevaluation', '/desk/practices/:id/evaluation'],
  ['assessments', '/desk/assessments'],
  ['assessment', '/desk/assessments/:id'],
  ['review', '/desk/assessments/:id/review'],
  ['admin', '/admin'],
  ['about', '/about'],
  ['method', '/method'],
  ['methodology', '/methodologies/:id'],
] as const

export type PageName = (typeof PATHS)[number][0]

export interface Route {
  page: PageName | 'unknown'
  code?: string
  id?: string
}

/** The page that a path names. A slash at the end does not matter. */
export function routeOf(path: string): Route {
  const asked = path.split('/').filter(Boolean).map(decoded)
  for (const [page, pattern] of PATHS) {
    const parts = pattern.split('/').filter(Boolean)
    const fits = parts.length === asked.length && parts.every((part, index) => part.startsWith(':') || part === asked[index])
    if (fits) return { page, ...Object.fromEntries(parts.flatMap((part, index) => (part.startsWith(':') ? [[part.slice(1), asked[index]]] : []))) }
  }
  return { page: 'unknown' }
}

export function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part // a broken escape is an unknown name, not a crash
  }
}
