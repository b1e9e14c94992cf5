/**
 * What holds of every address that the app knows, whoever opens it: a heading and a title, no error of the page, no
 * loop, and Back leads to where one came from. The addresses are read from the router, so that none is forgotten.
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, describe, it } from 'node:test'

import { BASE_URL, freshContext, settled, startBrowser } from '../browser.mjs'
import { signIn } from '../people.mjs'

const NOBODY_HAS = '00000000-0000-4000-8000-000000000000'
const ROUTER = readFileSync(new URL('../../../src/lib/url.ts', import.meta.url), 'utf8')
const PATTERNS = [...ROUTER.matchAll(/^ {2}\['\w+', '([^']+)'\],$/gm)].map(([, pattern]) => pattern)

let browser, practice
before(async () => {
  browser = await startBrowser()
  const found = await fetch(`${BASE_URL}/api/v1/practices?limit=1`)
  practice = (await found.json()).items[0].id
})
after(() => browser?.close())

/** The pattern with what there is, with what there is not, with what cannot be; in a language that nobody speaks. */
function addresses() {
  const there = (pattern) => (pattern.startsWith('/practices') ? practice : pattern.startsWith('/methodologies') ? 'open-instrument-1' : NOBODY_HAS)
  return PATTERNS.flatMap((pattern) => {
    if (!pattern.includes(':')) return [`${pattern}?lang=zz&region=nowhere&part=x&view=x#%E0%A4%A`]
    return [pattern.replace(':code', 'ES51').replace(':id', there(pattern)), pattern.replace(/:\w+/, 'a%27b%3Cc'), `${pattern.replace(/:\w+/, '%E0%A4%A')}?lang=zz`]
  })
}

describe('every address opens, and Back leads away from it', () => {
  it('to a stranger', () => go(null))
  it('to an editor of a region', () => go('w-editor'))
})

async function go(name) {
  const { context, faults } = await freshContext(browser)
  if (name) await signIn(context, name)
  const page = await context.newPage()
  const start = '/about'
  await page.goto(BASE_URL + start)
  await settled(page)
  const wrong = []
  for (const address of addresses()) {
    await follow(page, address).catch((fault) => wrong.push(`${address}: ${fault.message}`))
    if (faults.length) wrong.push(`${address}: ${faults.splice(0).join('; ')}`)
  }
  await context.close()
  assert.deepEqual(wrong, [])
}

/** Follows a link to the address inside the app, and goes back. */
async function follow(page, address) {
  const [from, title, length] = await page.evaluate(() => [location.pathname, document.title, history.length])
  await page.evaluate((href) => {
    const link = Object.assign(document.createElement('a'), { href })
    document.body.append(link)
    link.click()
    link.remove()
  }, address)
  await settled(page)
  const [headings, here, added] = await page.evaluate((before) => [[...document.querySelectorAll('main h1')].map((one) => one.textContent.trim()), location.pathname, history.length - before], length)
  assert.ok(headings.length === 1 && headings[0], `headings: ${JSON.stringify(headings)}`)
  if (here === from) return
  assert.ok((await page.title()) !== title, `is called ${title}`)
  // Going on from an entry that is not the last one adds none.
  assert.ok(added <= 1, `${added} entries in the history`)
  await page.goBack()
  await settled(page)
  assert.equal(new URL(page.url()).pathname, from)
}
