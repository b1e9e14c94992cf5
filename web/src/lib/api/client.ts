import type { FoundHits, Gap, LayerValues, Layer, Methodology, Page, Practice, RegionItem, RegionPanel, Suggested } from './types'

const BASE = '/api/v1'
const PATIENCE_MS = 20_000

/** What went wrong, as the server said it (RFC 9457), or as far as we can tell without its word. */
export interface Problem {
  /** 0 when there was no answer at all. */
  status: number
  title: string
  detail: string | null
  traceId: string | null
  /** What is wrong with what was sent, place by place; not there when nothing in particular is. */
  errors?: Fault[]
  /** All that the server said, for pages that know more of it: `current` of a conflict, `error` of a sign-in. */
  said?: Record<string, unknown>
}

/** One thing wrong with an input, and where. */
export interface Fault {
  code: string
  detail: string
  pointer: string | null
  row: number | null
  column: string | null
  allowed: unknown
}

export class ApiProblem extends Error {
  constructor(readonly problem: Problem) {
    super(`${problem.status} ${problem.title}: ${problem.detail ?? ''}`)
  }
}

const answers = new Map<string, Promise<unknown>>()

/** Reads one address. Answers are kept for the visit, failures are not, so that trying again asks again. */
export function read<T>(path: string): Promise<T> {
  const known = answers.get(path)
  if (known) return known as Promise<T>
  const asking = ask(path)
  answers.set(path, asking)
  asking.catch(() => answers.delete(path))
  return asking as Promise<T>
}

/** Asks with a body. Nothing is kept. */
export const post = <T>(path: string, body: unknown): Promise<T> => ask(path, { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }) as Promise<T>

/** What came back of a request that changes something, with the tag for the next one. */
export interface Done<T> {
  body: T
  etag: string | null
}

/**
 * Changes something as the person who is signed in. `etag` is sent as If-Match, so that nobody's work is written over;
 * `key` makes a repeated request count once. Everything kept for reading is forgotten: it may be another now.
 */
export async function change<T>(method: 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, body?: unknown, { etag, key }: { etag?: string | null; key?: string } = {}): Promise<Done<T>> {
  const headers: Record<string, string> = { accept: 'application/json' }
  if (etag) headers['if-match'] = etag
  if (key) headers['idempotency-key'] = key
  let sent: BodyInit | undefined
  if (body instanceof Blob) [sent, headers['content-type']] = [body, body.type]
  else if (body !== undefined) [sent, headers['content-type']] = [JSON.stringify(body), 'application/json']
  const answer = await reach(path, { method, headers, ...(sent === undefined ? {} : { body: sent }) })
  if (!answer.ok) throw new ApiProblem(await problemOf(answer))
  answers.clear()
  return { body: (answer.status === 204 ? null : await answer.json()) as T, etag: answer.headers.get('etag') }
}

/** Reads what is private and changes often, with its tag: asked anew every time. */
export async function readNow<T>(path: string): Promise<Done<T>> {
  const answer = await reach(path, { cache: 'no-store' })
  if (!answer.ok) throw new ApiProblem(await problemOf(answer))
  return { body: (await answer.json()) as T, etag: answer.headers.get('etag') }
}

async function ask(path: string, how: RequestInit = {}): Promise<unknown> {
  const answer = await reach(path, how)
  if (!answer.ok) throw new ApiProblem(await problemOf(answer))
  try {
    return await answer.json()
  } catch {
    throw new ApiProblem({ status: answer.status, title: 'unreadable', detail: null, traceId: null })
  }
}

async function reach(path: string, how: RequestInit): Promise<Response> {
  try {
    return await fetch(BASE + path, { headers: { accept: 'application/json' }, ...how, signal: AbortSignal.timeout(PATIENCE_MS) })
  } catch (reason) {
    const slow = reason instanceof DOMException && reason.name === 'TimeoutError'
    throw new ApiProblem({ status: 0, title: slow ? 'slow' : 'unreachable', detail: null, traceId: null })
  }
}

async function problemOf(answer: Response): Promise<Problem> {
  const body = (await answer.json().catch(() => ({}))) as Record<string, unknown>
  const text = (value: unknown): string | null => (typeof value === 'string' && value ? value : null)
  return { status: answer.status, title: text(body.title) ?? answer.statusText, detail: text(body.detail), traceId: text(body.trace_id), errors: (body.errors ?? []) as Fault[], said: body }
}

export const segment = encodeURIComponent

/** Every page of a list. The lists that the map needs come in one page of at most 1,000. */
export async function whole<Item>(path: string): Promise<Item[]> {
  const items: Item[] = []
  let next: string | null = null
  do {
    const cursor: string = next ? `&cursor=${segment(next)}` : ''
    const page: Page<Item> = await read<Page<Item>>(path + cursor)
    items.push(...page.items)
    next = page.next
  } while (next)
  return items
}

/** There is no such thing: the server does not know it, or the name in the address cannot be one. */
export function isMissing(fault: unknown): boolean {
  if (!(fault instanceof ApiProblem)) return false
  const { status, errors = [] } = fault.problem
  return status === 404 || (status === 422 && errors.length > 0 && errors.every(({ pointer }) => pointer?.startsWith('/path/')))
}

/** null where the server does not know the address: a part of the page that it does not offer. */
export const ifOffered = <T>(asking: Promise<T>): Promise<T | null> =>
  asking.catch((fault: unknown) => {
    if (fault instanceof ApiProblem && fault.problem.status === 404) return null
    throw fault
  })

export const api = {
  regions: (): Promise<RegionItem[]> => whole('/regions?limit=1000'),
  /**
   * The names of regions that a language has of its own, by code and by what the search calls the region. None where they
   * cannot be had, and none in English: every answer has a name to fall back on.
   */
  async regionNames(language: string): Promise<Map<string, string>> {
    const found = new Map<string, string>()
    for (const { code, name, names, search_label } of language === 'en' ? [] : await api.regions().catch(() => [])) {
      const own = names?.[language]
      if (own) found.set(code, own).set(search_label ?? name, own)
    }
    return found
  },
  region: (code: string): Promise<RegionPanel> => read(`/regions/${segment(code)}`),
  layers: (): Promise<Layer[]> => read<Page<Layer>>('/map/layers').then((page) => page.items),
  layer: (id: string, group: string | null): Promise<LayerValues> => read(`/map/layers/${segment(id)}${group ? `?group=${segment(group)}` : ''}`),
  practice: (id: string): Promise<Practice> => read(`/practices/${segment(id)}`),
  suggestions(code: string, { area, phase, group }: Gap): Promise<Suggested[] | null> {
    const asked = Object.entries({ area, phase, group }).flatMap(([name, value]) => (value ? [`&${name}=${segment(value)}`] : []))
    return ifOffered(read<{ items: Suggested[] }>(`/regions/${segment(code)}/suggestions?limit=6${asked.join('')}`).then(({ items }) => items))
  },
  /** Several searches joined into one list, best first. */
  find: (question: unknown): Promise<FoundHits> => post('/search/multi-search', question),
  methodology: (id: string): Promise<Methodology> => read(`/methodologies/${segment(id)}`),
}
