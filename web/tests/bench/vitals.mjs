/**
 * What a reader waits for, from Chromium's own measurements with a processor four times slower: largest contentful
 * paint, layout shift, blocking time, and the time to recolour the map. One JSON object per line, for tests/bench.
 */
import { settled, startBrowser, BASE_URL, WIDE } from '../journeys/browser.mjs'

const SLOWER = 4
const RUNS = 3
const LONG_TASK_MS = 50
const PAGES = { map: '/', practices: '/practices', 'region profile': '/regions/ES51' }
/** The layer with most regions, and another one to switch to. */
const MANY = '/?layer=outcome.unemployment-rate'
const OTHER = 'outcome.gdp-per-inhabitant'

/** Runs in the page, before anything of it. */
function watch() {
  window.seen = { lcp: 0, cls: 0 }
  const on = (type, note) => new PerformanceObserver((list) => list.getEntries().forEach(note)).observe({ type, buffered: true })
  on('largest-contentful-paint', (entry) => (window.seen.lcp = entry.startTime))
  on('layout-shift', (entry) => (window.seen.cls += entry.hadRecentInput ? 0 : entry.value))
}

async function slowPage(browser) {
  const context = await browser.newContext({ viewport: WIDE, locale: 'en-GB' })
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
    await settled(page)
    await page.waitForTimeout(500)
    const { lcp, cls } = await page.evaluate(() => window.seen)
    return { lcp, cls, tbt: blocking(JSON.parse(await browser.stopTracing()).traceEvents) }
  } finally {
    await context.close()
  }
}

/**
 * Milliseconds beyond 50 of every task of the page's main thread from the first paint on; before it there is nothing to
 * press. Counted is the processor's time, so that what else runs on the machine does not count as the page's.
 */
function blocking(events) {
  const paint = events.find(({ name }) => name === 'firstContentfulPaint')
  const tasks = events.filter(({ name, pid, tid, ts }) => name === 'ThreadControllerImpl::RunTask' && pid === paint.pid && tid === paint.tid && ts >= paint.ts)
  return tasks.reduce((sum, { tdur = 0 }) => sum + Math.max(0, tdur / 1000 - LONG_TASK_MS), 0)
}

/** From the moment the new values are there to the next frame with the new colours, without the slow-down. */
async function recolour(browser) {
  const context = await browser.newContext({ viewport: WIDE, locale: 'en-GB' })
  const page = await context.newPage()
  try {
    await page.goto(BASE_URL + MANY)
    await settled(page)
    const first = await page.locator('#layer').inputValue()
    const regions = await page.locator('#panel svg a').count()
    // Both layers are read once, so that what follows is drawing and not waiting.
    for (const layer of [OTHER, first]) await page.locator('#layer').selectOption(layer).then(() => settled(page))
    const took = await page.evaluate(async (layer) => {
      const list = document.querySelector('#layer')
      const colours = () => [...document.querySelectorAll('#panel svg a .region')].map((path) => path.getAttribute('fill')).join()
      const before = colours()
      const start = performance.now()
      list.value = layer
      list.dispatchEvent(new Event('change', { bubbles: true }))
      while (colours() === before) await new Promise((next) => setTimeout(next))
      return performance.now() - start
    }, OTHER)
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
    console.log(JSON.stringify({ page: name, lcp: middle(runs.map(({ lcp }) => lcp)), cls: Math.max(...runs.map(({ cls }) => cls)), tbt: middle(runs.map(({ tbt }) => tbt)) }))
  }
  const runs = []
  for (let run = 0; run < RUNS; run++) runs.push(await recolour(browser))
  console.log(JSON.stringify({ page: 'recolour', regions: runs[0].regions, took: middle(runs.map(({ took }) => took)) }))
} finally {
  await browser.close()
}
