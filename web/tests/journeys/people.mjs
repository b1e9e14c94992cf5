/** People who work: each signs in with the password that they were given and chooses another, once for a run. */
import assert from 'node:assert/strict'

import { BASE_URL, freshContext, settled } from './browser.mjs'

/** By name; what `python -m services people create` printed. */
const GIVEN = JSON.parse(process.env.PASSWORDS ?? '{}')
export const NEXT = 'another password of the journeys'

/** Signs the person of this browser context in, with the cookie and nothing else; the id of the person. */
export async function signIn(context, name) {
  const ask = (path, data) => context.request.post(`${BASE_URL}/api/v1/session${path}`, { data, headers: { origin: BASE_URL } })
  // The next one is tried again at the end: another journey may choose it at the same moment.
  const given = GIVEN[name] ?? ''
  for (const password of [NEXT, given, NEXT]) {
    const answer = await ask('', { name, password })
    if (!answer.ok()) continue
    const changed = password === NEXT ? answer : await ask('/password', { password: given, new_password: NEXT })
    if (changed.ok()) return (await changed.json()).person.id
  }
  throw new Error(`${name} cannot sign in`)
}

/** Somebody at work: a context of their own, signed in; `close` fails when a page reported an error. */
export async function person(browser, name, viewport) {
  const { context, faults } = await freshContext(browser, { viewport, patience: 45_000 })
  const id = await signIn(context, name)
  const page = await context.newPage()
  const open = async (path) => {
    await page.goto(BASE_URL + path)
    await settled(page)
  }
  const ask = (method, path, data, headers = {}) => context.request.fetch(`${BASE_URL}/api/v1${path}`, { method, data, headers: { origin: BASE_URL, ...headers } })
  return { id, page, open, ask, context, close: () => context.close().then(() => assert.deepEqual(faults, [])) }
}
