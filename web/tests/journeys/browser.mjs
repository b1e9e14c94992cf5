/** A browser for the journeys: Chromium at CHROMIUM (or Debian's), pages at BASE_URL. */
import { chromium } from 'playwright-core'

export const BASE_URL = process.env.BASE_URL ?? 'http://127.0.0.1:8000'
const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync']
export const WIDE = { width: 1280, height: 900 }
export const NARROW = { width: 360, height: 780 }

export async function startBrowser() {
  return chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: FLAGS })
}

/** Runs a visit in a fresh context and fails when the page itself reported an error. */
export async function visit(browser, path, { viewport = WIDE, ...options } = {}, journey) {
  const context = await browser.newContext({ viewport, locale: 'en-GB', ...options })
  context.setDefaultTimeout(15_000)
  const page = await context.newPage()
  const faults = []
  page.on('pageerror', (error) => faults.push(error.message))
  try {
    await page.goto(BASE_URL + path)
    await journey(page)
    if (faults.length) throw new Error(`The page reported: ${faults.join('; ')}`)
  } finally {
    await context.close()
  }
}

/** Waits until nothing is loading any more. */
export async function settled(page) {
  await page.waitForLoadState('networkidle')
  await page.locator('main h1').first().waitFor()
  await page.waitForFunction(() => !document.querySelector('.loading'))
}
