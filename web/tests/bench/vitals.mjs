/**
 * What a reader waits for, from Chromium's own measurements with a processor four times slower: largest contentful
 * paint, layout shift, blocking time, and the time to recolour the map. One JSON object per line, for tests/bench.
 */
import { readFileSync } from 'node:fs'

import { freshContext, settled, startBrowser, BASE_URL } from '../journeys/browser.mjs'

const SLOWER = 4
const RUNS = 3
const LONG_TASK_MS = 50
const PAGES = { map: '/', practices: '/practices', 'region profile': '/regions/ES51' }
/** The layer with most regions, and another one to switch to. */
const MANY = '/?layer=outcome.unemployment-rate'
const OTHER = 'outcome.gdp-per-inhabitant'
/** The whole map: 306 regions of the geometry, the smaller ones first. */
const { regions: DRAWN, background: BEHIND } = JSON.parse(readFileSync(new URL('../../src/geo/europe.json', import.meta.url)))
const CODES = Object.keys(DRAWN)
  .filter((code) => !BEHIND.includes(code))
  .sort((a, b) => b.length - a.length)
  .slice(0, 306)

/** Runs in the page, before anything of it. */
function watch() {
  window.seen = { lcp: 0, cls: 0 }
  const on = (type, note) => new PerformanceObserver((list) => list.getEntries().forEach(note)).observe({ type, buffered: true })
  on('largest-contentful-paint', (entry) => (window.seen.lcp = entry.startTime))
  on('layout-shift', (entry) => (window.seen.cls += entry.hadRecentInput ? 0 : entry.value))
}

async function slowPage(browser) {
  const { context } = await freshContext(browser)
  const page = await context.newPage()
  const session = await context.newCDPSession(page)
  await session.send('Emulation.setCPUThrottlingRate', { rate: SLOWER })
  await page.addInitScript(watch)
  return { context, page }
}

async function vitals(browser, path) {
  const { context, page } = await slowPage(browser)
  try {
    await browser.startTracing(page, { categories: ['toplevel', 'devtools.timeline', 'loading', 'blink.user_timing'] })
    await page.goto(BASE_URL + path)
    // To look again and again whether the page is done would block it too.
    await page.waitForLoadState('networkidle')
    await settled(page)
    await page.waitForTimeout(500)
    const { lcp, cls } = await page.evaluate(() => window.seen)
    const { traceEvents } = JSON.parse(await browser.stopTracing())
    return { lcp, cls, tbt: blocking(traceEvents, 'dur'), tbt_cpu: blocking(traceEvents, 'tdur') }
  } finally {
    await context.close()
  }
}

/**
 * Milliseconds beyond 50 of every task of the page's main thread from the first paint on; before it there is nothing to
 * press. `dur` is time by the clock, as Lighthouse counts: what else runs on the machine counts too. `tdur` is the
 * processor's time of the task alone, which the slow-down does not always lengthen.
 */
function blocking(events, measure) {
  const paint = events.find(({ name }) => name === 'firstContentfulPaint')
  const tasks = events.filter(({ name, pid, tid, ts }) => name === 'ThreadControllerImpl::RunTask' && pid === paint.pid && tid === paint.tid && ts >= paint.ts)
  return tasks.reduce((sum, task) => sum + Math.max(0, (task[measure] ?? 0) / 1000 - LONG_TASK_MS), 0)
}

/** A layer with a value for each of 306 regions of the geometry, its classes shifted so that every region changes colour. */
async function fill(route) {
  const answer = await (await route.fetch()).json()
  const { breaks } = answer.scale
  const shift = route.request().url().includes(OTHER) ? 1 : 0
  const inside = [breaks[0] - 1, ...breaks.slice(1).map((end, index) => (breaks[index] + end) / 2), breaks.at(-1) + 1]
  const value = (index) => inside[(index + shift) % inside.length] + index / 1e6
  const values = CODES.map((code, index) => ({ code, value: value(index), state: 'ok', provenance: 'statistics', flag: null, note: null }))
  await route.fulfill({ json: { ...answer, values } })
}

/** From the choice of another layer, its values at hand, to the frame with the new colours, without the slow-down. */
async function recolour(browser) {
  const { context } = await freshContext(browser)
  const page = await context.newPage()
  try {
    await page.route('**/api/v1/map/layers/*', fill)
    await page.goto(BASE_URL + MANY)
    await settled(page)
    const first = await page.locator('#layer').inputValue()
    const regions = await page.locator('#panel svg a').count()
    // Both layers are read once, so that what follows is drawing and not waiting.
    for (const layer of [OTHER, first]) await page.locator('#layer').selectOption(layer).then(() => settled(page))
    const { took, changed } = await page.evaluate(async (layer) => {
      const list = document.querySelector('#layer')
      const colours = () => [...document.querySelectorAll('#panel svg a .region')].map((path) => path.getAttribute('fill'))
      const before = colours()
      const drawn = () => new Promise((next) => requestAnimationFrame(() => setTimeout(next)))
      await drawn()
      const start = performance.now()
      list.value = layer
      list.dispatchEvent(new Event('change', { bubbles: true }))
      await drawn()
      const took = performance.now() - start
      return { took, changed: colours().filter((colour, index) => colour !== before[index]).length }
    }, OTHER)
    if (changed < regions) throw new Error(`${changed} of ${regions} regions had new colours by the next frame`)
    return { regions, took }
  } finally {
    await context.close()
  }
}

const middle = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]

const browser = await startBrowser()
try {
  for (const [name, path] of Object.entries(PAGES)) {
    const runs = []
    for (let run = 0; run < RUNS; run++) runs.push(await vitals(browser, path))
    console.log(JSON.stringify({ page: name, lcp: middle(runs.map(({ lcp }) => lcp)), cls: Math.max(...runs.map(({ cls }) => cls)), tbt: middle(runs.map(({ tbt }) => tbt)), tbt_cpu: middle(runs.map((run) => run.tbt_cpu)) }))
  }
  const runs = []
  for (let run = 0; run < RUNS + 2; run++) runs.push(await recolour(browser))
  console.log(JSON.stringify({ page: 'recolour', regions: runs[0].regions, took: middle(runs.map(({ took }) => took)), fastest: Math.min(...runs.map(({ took }) => took)) }))
} finally {
  await browser.close()
}
