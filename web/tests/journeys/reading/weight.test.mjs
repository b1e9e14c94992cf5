import assert from 'node:assert/strict'
import { after, before, it } from 'node:test'

import { settled, startBrowser, visit } from '../browser.mjs'

const KB = 1000
const LIMITS = { map: { script: 60 * KB, all: 120 * KB }, search: 90 * KB }

let browser
before(async () => {
  browser = await startBrowser()
})
after(() => browser?.close())

/** Bytes that came over the network for a page, as they came (compressed), by kind. */
async function weigh(path) {
  const sizes = []
  await visit(browser, '/icon.svg', {}, async (page) => {
    const asked = []
    page.on('requestfinished', (request) => asked.push(request))
    await page.goto(new URL(path, page.url()).href)
    await settled(page)
    for (const request of asked) {
      const { responseBodySize } = await request.sizes()
      sizes.push({ url: new URL(request.url()).pathname, script: request.resourceType() === 'script', bytes: responseBodySize })
    }
  })
  const sum = (some) => some.reduce((total, { bytes }) => total + bytes, 0)
  return { script: sum(sizes.filter(({ script }) => script)), all: sum(sizes), sizes }
}

it('the map page weighs little', async (test) => {
  const { script, all, sizes } = await weigh('/')
  for (const { url, bytes } of sizes) test.diagnostic(`${String(bytes).padStart(7)} ${url}`)
  test.diagnostic(`map page: scripts ${script}, all ${all} bytes`)
  assert.ok(script <= LIMITS.map.script, `scripts ${script} > ${LIMITS.map.script}`)
  assert.ok(all <= LIMITS.map.all, `all ${all} > ${LIMITS.map.all}`)
})

it('the search page adds little to it', async (test) => {
  const [map, search] = [await weigh('/'), await weigh('/practices')]
  const known = new Set(map.sizes.map(({ url }) => url))
  const added = search.sizes.filter(({ url, script }) => script && !known.has(url)).reduce((total, { bytes }) => total + bytes, 0)
  test.diagnostic(`search page: ${added} bytes of scripts more than the map`)
  assert.ok(added <= LIMITS.search, `${added} > ${LIMITS.search}`)
})
