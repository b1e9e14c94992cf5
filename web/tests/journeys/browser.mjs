/** A browser for the journeys: Chromium at CHROMIUM (or Debian's), pages at BASE_URL; what every journey does with a page. */
import assert from 'node:assert/strict'

import axe from '@axe-core/playwright'
import { chromium } from 'playwright-core'

export const BASE_URL = process.env.BASE_URL ?? 'http://127.0.0.1:8000'
const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync']
export const WIDE = { width: 1280, height: 900 }
export const NARROW = { width: 360, height: 780 }
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']
/** A page is settled when nothing was asked for so long. */
const QUIET_MS = 120
const PATIENCE_MS = 60_000

export async function startBrowser() {
  return chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: FLAGS })
}

/** A fresh context that knows what its pages wait for and notes the errors that they report. */
export async function freshContext(browser, { viewport = WIDE, patience = 15_000, ...options } = {}) {
  const context = await browser.newContext({ viewport, locale: 'en-GB', ...options })
  context.setDefaultTimeout(patience)
  const faults = []
  context.on('weberror', (error) => faults.push(error.error().message))
  context.on('page', follow)
  return { context, faults }
}

/** Runs a visit in a fresh context and fails when the page itself reported an error. */
export async function visit(browser, path, options, journey) {
  const { context, faults } = await freshContext(browser, options)
  const page = await context.newPage()
  try {
    await page.goto(BASE_URL + path)
    await journey(page)
    assert.deepEqual(faults, [])
  } finally {
    await context.close()
  }
}

const waiting = new WeakMap()

/** Counts what a page has asked for and not yet been given. */
function follow(page) {
  const open = new Set()
  waiting.set(page, open)
  page.on('request', (request) => {
    // With a new document nobody waits for what the old one had asked.
    if (request.isNavigationRequest() && request.frame() === page.mainFrame()) open.clear()
    open.add(request)
  })
  for (const end of ['requestfinished', 'requestfailed']) page.on(end, (request) => open.delete(request))
}

/** Waits until the page has its heading, says of no part that it is loading, and has asked for nothing more. */
export async function settled(page) {
  const open = waiting.get(page)
  const there = () => page.waitForFunction(() => document.querySelector('main h1:not(.hidden)') && !document.querySelector('.loading'))
  await there()
  const deadline = Date.now() + PATIENCE_MS
  for (let quiet = 0; quiet < QUIET_MS; quiet = open.size ? 0 : quiet + 30) {
    assert.ok(Date.now() < deadline, `${page.url()} still waits for ${[...open].map((request) => request.url())}`)
    await page.waitForTimeout(30)
  }
  await there()
}

/** Axe finds nothing wrong with the page as it is now, and nothing makes it wider than the window. */
export async function inspect(page) {
  await settled(page)
  const { violations } = await new (axe.default ?? axe)({ page }).options({ resultTypes: ['violations'] }).withTags(RULES).analyze()
  assert.deepEqual(violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => `${node.target} ${node.any[0]?.message ?? ''}`).slice(0, 3).join(' | ')}`), [])
  const wider = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
  assert.ok(wider <= 0, `${page.url()} is ${wider} px too wide`)
}

/** Keeps a picture of the page in the folder SHOTS, for people to look at; without one, nothing. */
export async function picture(page, name, { fullPage = true } = {}) {
  if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/${name}.png`, fullPage })
}
