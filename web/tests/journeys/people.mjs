/** People who work: each signs in with the password of the journeys and chooses the next one, once for a run. */
import { BASE_URL } from './browser.mjs'

export const FIRST = process.env.WORK_PASSWORD ?? 'the password of the journeys'
export const NEXT = 'another password of the journeys'

/** Signs the person of this browser context in, with the cookie and nothing else; the id of the person. */
export async function signIn(context, name) {
  const ask = (password) => context.request.post(`${BASE_URL}/api/v1/session`, { data: { name, password }, headers: { origin: BASE_URL } })
  let answer = await ask(NEXT)
  if (!answer.ok()) {
    answer = await ask(FIRST)
    if (!answer.ok()) throw new Error(`${name} cannot sign in: ${answer.status()} ${await answer.text()}`)
    answer = await context.request.post(`${BASE_URL}/api/v1/session/password`, { data: { password: FIRST, new_password: NEXT }, headers: { origin: BASE_URL } })
    if (!answer.ok()) throw new Error(`${name} cannot change the password: ${answer.status()} ${await answer.text()}`)
  }
  return (await answer.json()).person.id
}
