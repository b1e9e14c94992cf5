/** The service is down, slow, or answers a problem: every page says so, says what still works, and comes back. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'

import { BASE_URL, inspect, NARROW, picture, settled, startBrowser, visit, WIDE } from '../browser.mjs'

const API = '**/api/v1/**'
/** Every page for readers that asks the service, and what it shows when it was answered. */
const PAGES = {
  'the map': ['/', 'svg a .region >> nth=20'],
  'the table of the map': ['/?tab=table', 'tbody tr >> nth=20'],
  'the map in a frame': ['/embed/map', 'svg a .region >> nth=20'],
  'a profile': ['/regions/ES51', '.bars'],
  'a comparison': ['/compare?regions=ES51,SE224', '#side'],
  'the rankings': ['/rankings', 'tbody tr >> nth=20'],
  'what if': ['/what-if/ES51', '#F01-TCN'],
  'a policy brief': ['/regions/ES51/brief', 'article.sheet >> nth=1'],
  'the practices': ['/practices', '.hits li'],
  'the practices on the map': ['/practices?show=map', 'svg a .region'],
  'a practice': ['a practice', 'article'],
  'the instrument': ['/methodologies/open-instrument-1', '#F01'],
}

let browser
before(async () => {
  browser = await startBrowser()
  const found = await fetch(`${BASE_URL}/api/v1/practices?limit=1`).then((answer) => answer.json())
  PAGES['a practice'][0] = `/practices/${found.items[0].id}`
})
after(() => browser?.close())

const notice = (page) => page.locator('main [role="alert"]').first()
const retry = (page) => page.getByRole('button', { name: 'Try again' })

/** There is a heading, words, no endless wheel, and a way on. */
async function readable(page) {
  assert.ok((await page.locator('main h1').first().innerText()).length > 2)
  await page.waitForFunction(() => !document.querySelector('main .loading'))
  assert.ok((await page.locator('main').innerText()).length > 100)
  assert.match(await notice(page).innerText(), /work|kept|same data/i)
}

/** Tries again wherever the page offers it, until it is as it should be. */
async function comesBack(page, there) {
  for (let tries = 0; tries < 12; tries++) {
    await retry(page).or(page.locator(there)).first().waitFor()
    if (!(await retry(page).count())) break
    await retry(page).first().click()
    await settled(page)
  }
  await page.locator(there).first().waitFor()
  await page.waitForFunction(() => !document.querySelector('main [role="alert"]'))
}

describe('when the service cannot be reached', () => {
  for (const [name, [, there]] of Object.entries(PAGES)) {
    it(`${name} says so and comes back`, () =>
      visit(browser, '/icon.svg', {}, async (page) => {
        await page.route(API, (route) => route.abort())
        await page.goto(BASE_URL + PAGES[name][0])
        await notice(page).filter({ hasText: 'The service cannot be reached' }).waitFor()
        await readable(page)
        await picture(page, `down-${name.replaceAll(' ', '-')}`)
        await page.unroute(API)
        await comesBack(page, there)
      }))
  }

  it('a page that was open still leads to one that needs no answer, and back', () =>
    visit(browser, '/about', {}, async (page) => {
      await settled(page)
      await page.route(API, (route) => route.abort())
      await page.getByRole('link', { name: 'Map', exact: true }).click()
      await notice(page).filter({ hasText: 'The service cannot be reached' }).waitFor()
      await page.getByRole('link', { name: 'Method and sources', exact: true }).first().click()
      await page.getByRole('heading', { level: 1, name: 'Method, sources and licences' }).waitFor()
      await page.unroute(API)
      await page.goBack()
      await comesBack(page, '#layer')
    }))

  it('says so in German, on a telephone, without a fault of access', () =>
    visit(browser, '/icon.svg', { viewport: NARROW }, async (page) => {
      await page.route(API, (route) => route.abort())
      for (const path of ['/?lang=de', '/rankings?lang=de', '/practices?lang=de']) {
        await page.goto(BASE_URL + path)
        await notice(page).filter({ hasText: 'nicht erreichbar' }).waitFor()
        await inspect(page)
      }
    }))
})

describe('when the service answers a problem', () => {
  const problem = { title: 'Not available now', status: 503, detail: 'The service rests until noon.', trace_id: '4bf92f3577b34da6a3ce929d0e0e4736' }
  for (const [name, [, there]] of Object.entries(PAGES)) {
    it(`${name} shows its words and its number, and comes back`, () =>
      visit(browser, '/icon.svg', {}, async (page) => {
        await page.route(API, (route) => route.fulfill({ status: 503, contentType: 'application/problem+json', body: JSON.stringify(problem) }))
        await page.goto(BASE_URL + PAGES[name][0])
        await notice(page).filter({ hasText: problem.detail }).waitFor()
        assert.match(await notice(page).innerText(), new RegExp(problem.trace_id))
        await readable(page)
        await page.unroute(API)
        await comesBack(page, there)
      }))
  }
})

describe('when the service is slow', () => {
  it('every page says after some seconds that it takes long, and in the end that it waits no more', () =>
    Promise.all(
      Object.values(PAGES).map(([path]) =>
        visit(browser, '/icon.svg', { patience: 60_000 }, async (page) => {
          await page.route(API, () => undefined) // never answered
          await page.goto(BASE_URL + path, { waitUntil: 'commit' })
          await page.getByText('this takes longer than usual').first().waitFor()
          await notice(page).filter({ hasText: 'taking too long' }).waitFor()
          await retry(page).first().waitFor()
        }),
      ),
    ))
})

describe('what is not there', () => {
  const unknown = '00000000-0000-7000-8000-000000000000'
  for (const [viewport, language, words] of [
    [WIDE, 'en', 'Did you mean one of these regions?'],
    [NARROW, 'de', 'Meinten Sie eine dieser Regionen?'],
  ]) {
    it(`is a 404 that helps, in ${language}, ${viewport.width} wide`, () =>
      visit(browser, '/icon.svg', { viewport }, async (page) => {
        for (const path of ['/regions/Catalunia', '/what-if/Catalunia', '/regions/Catalunia/brief', `/practices/${unknown}`, '/methodologies/nowhere', '/nothing/here']) {
          const answer = await page.goto(`${BASE_URL + path}?lang=${language}`)
          assert.equal(answer.status(), 404, path)
          await page.locator('main h1').first().waitFor()
          if (path.includes('Catalunia')) await page.getByText(words).waitFor()
          await page.locator('main ul a').nth(2).waitFor()
          if (path.startsWith('/regions/Catalunia') || path.startsWith('/practices')) await inspect(page)
        }
        await picture(page, `missing-${language}-${viewport.width}`)
      }))
  }
})

describe('without scripts', () => {
  it('a practice is read with its sources, and leads on', () =>
    visit(browser, '/icon.svg', { javaScriptEnabled: false }, async (page) => {
      await page.goto(`${BASE_URL}${PAGES['a practice'][0]}?lang=fr`)
      assert.ok((await page.locator('main h1').innerText()).length > 5)
      assert.ok((await page.locator('main').innerText()).length > 300)
      assert.ok((await page.locator('main a[href^="http"]').count()) > 0)
      await picture(page, 'practice-without-scripts')
      await page.locator('main a[href*="/regions/"]').first().click()
      assert.match(page.url(), /\/regions\//)
      assert.ok((await page.locator('main h1').innerText()).length > 2)
      await picture(page, 'profile-without-scripts')
    }))
})
