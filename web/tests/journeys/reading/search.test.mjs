import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'

import { BASE_URL, settled, startBrowser, visit } from '../browser.mjs'

let browser
before(async () => {
  browser = await startBrowser()
})
after(() => browser?.close())

const box = (page) => page.getByRole('combobox', { name: 'Search regions and practices' })
const options = (page) => page.locator('#sought').getByRole('option')
const DOOR = '**/api/v1/search/multi-search'

describe('the search of every page', () => {
  it('shows the region first, then its practices, and says how many', () =>
    visit(browser, '/about', {}, async (page) => {
      await settled(page)
      await box(page).pressSequentially('catal')
      await options(page).first().waitFor()
      const texts = await options(page).allTextContents()
      assert.match(texts[0], /Region\s*Catalonia\s*Spain/)
      assert.ok(texts.length > 3 && texts.slice(1, -1).every((text) => text.includes('Practice')), texts.join(' / '))
      assert.equal(await options(page).first().locator('mark').first().textContent(), 'Catalonia')
      assert.equal(await box(page).getAttribute('aria-expanded'), 'true')
      await page.locator('[aria-live]', { hasText: `${texts.length - 1} suggestions` }).waitFor({ state: 'attached' })
    }))

  it('opens the first with Enter alone, even before the answer is there', () =>
    visit(browser, '/about', {}, async (page) => {
      await settled(page)
      await page.route(DOOR, async (route) => {
        await new Promise((done) => setTimeout(done, 400))
        await route.continue()
      })
      await box(page).fill('catal')
      await page.keyboard.press('Enter')
      await page.getByRole('heading', { level: 1, name: 'Catalonia' }).waitFor()
      assert.equal(page.url(), `${BASE_URL}/regions/ES51`)
      assert.equal(await box(page).inputValue(), '')
    }))

  it('opens what the arrows chose, and keeps the language', () =>
    visit(browser, '/?lang=ca', {}, async (page) => {
      await settled(page)
      const search = page.locator('header').getByRole('combobox').first()
      await search.pressSequentially('catal')
      await options(page).first().waitFor()
      assert.match(await options(page).first().textContent(), /Catalunya/)
      await page.keyboard.press('ArrowDown')
      await page.keyboard.press('ArrowDown')
      assert.equal(await search.getAttribute('aria-activedescendant'), 'sought-1')
      const title = await options(page).nth(1).locator('strong').textContent()
      await page.keyboard.press('Enter')
      await page.getByRole('heading', { level: 1, name: title }).waitFor()
      assert.match(page.url(), /\/practices\/[^?]+\?lang=ca$/)
    }))

  it('leads to all results', () =>
    visit(browser, '/regions/ES51', {}, async (page) => {
      await settled(page)
      await box(page).pressSequentially('housing')
      await options(page).first().waitFor()
      await page.keyboard.press('ArrowUp')
      await page.keyboard.press('Enter')
      await page.waitForURL(`${BASE_URL}/practices?query=housing`)
      await page.locator('.hits li').first().waitFor()
      await box(page).pressSequentially('health')
      await options(page).last().click()
      await page.waitForURL(`${BASE_URL}/practices?query=health`)
      await page.waitForFunction(() => /health/i.test(document.querySelector('.hits li')?.textContent ?? ''))
    }))

  it('closes with Escape, then empties, and opens again with an arrow', () =>
    visit(browser, '/about', {}, async (page) => {
      await settled(page)
      await box(page).pressSequentially('tyrol')
      await options(page).first().waitFor()
      await page.keyboard.press('Escape')
      assert.equal(await options(page).first().isVisible(), false)
      assert.equal(await box(page).inputValue(), 'tyrol')
      await page.keyboard.press('ArrowDown')
      assert.ok(await options(page).first().isVisible())
      await page.keyboard.press('Escape')
      await page.keyboard.press('Escape')
      assert.equal(await box(page).inputValue(), '')
    }))

  it('shows the answer to the last letters, however late an earlier one comes', () =>
    visit(browser, '/about', {}, async (page) => {
      await settled(page)
      await page.route(DOOR, async (route) => {
        if (route.request().postData().includes('"skane"')) await new Promise((done) => setTimeout(done, 800))
        await route.continue().catch(() => undefined)
      })
      await box(page).fill('skane')
      await page.waitForRequest(DOOR)
      await box(page).fill('bavaria')
      await page.waitForTimeout(1100)
      assert.match(await options(page).first().textContent(), /Bavaria/)
    }))

  it('says when nothing is found, and Enter shows ways on', () =>
    visit(browser, '/about', {}, async (page) => {
      await settled(page)
      await box(page).pressSequentially('zzzzqqqq')
      await page.getByText('Nothing found for “zzzzqqqq”.').first().waitFor()
      await page.keyboard.press('Enter')
      await page.getByRole('heading', { name: 'No practice fits all of this' }).waitFor()
    }))

  it('says when the search is down, and works again when it is back', () =>
    visit(browser, '/about', {}, async (page) => {
      await settled(page)
      await page.route(DOOR, (route) => route.fulfill({ status: 503, json: { title: 'Unavailable' } }))
      await box(page).pressSequentially('tyrol')
      await page.getByText('The search does not answer at the moment.').first().waitFor()
      await page.unroute(DOOR)
      await page.keyboard.press('Backspace')
      await options(page).first().waitFor()
    }))

  it('says in which language a title is where that is not the one of the page', () =>
    visit(browser, '/?lang=ca', {}, async (page) => {
      await settled(page)
      const translations = [{ language: 'ca', title: "Escola d'acollida", summary: null }]
      await page.route(DOOR, async (route) => {
        const answer = await (await route.fetch()).json()
        const [first, second] = answer.hits.filter(({ _federation }) => _federation.indexUid === 'practices')
        await route.fulfill({ json: { hits: [first, { ...second, translations, _formatted: { ...second._formatted, translations } }] } })
      })
      await page.locator('header').getByRole('combobox').first().pressSequentially('school')
      await options(page).first().waitFor()
      assert.equal(await page.locator('html').getAttribute('lang'), 'ca')
      const titles = await options(page).locator('strong').evaluateAll((found) => found.map(({ lang, textContent }) => [lang, textContent]))
      assert.equal(titles[0][0], 'en')
      assert.deepEqual(titles[1], ['ca', "Escola d'acollida"])
    }))

  it('shows what the data says as text, never as HTML', () =>
    visit(browser, '/about', {}, async (page) => {
      await settled(page)
      const title = '<img src=x onerror="document.title=1"> __ais-highlight__tyr__/ais-highlight__ol'
      await page.route(DOOR, (route) => route.fulfill({ json: { hits: [{ id: '1', language: 'en', title, filter_regions: [], _formatted: { title, filter_regions: [] }, _federation: { indexUid: 'practices' } }] } }))
      await box(page).pressSequentially('tyr')
      await options(page).first().waitFor()
      assert.match(await options(page).first().textContent(), /<img src=x/)
      assert.equal(await page.locator('#sought img').count(), 0)
    }))
})

describe('the language of a practice', () => {
  /** The `lang` of each element that the selector finds, once each. */
  const languages = async (page, selector) => {
    await page.locator(selector).first().waitFor()
    return [...new Set(await page.locator(selector).evaluateAll((found) => found.map(({ lang }) => lang)))]
  }

  it('is said in a page of another language: by results, similar practices and the map', () =>
    visit(browser, '/practices?lang=ca&query=Progetto', {}, async (page) => {
      assert.deepEqual(await languages(page, '.hits h2 a'), ['en'])
      assert.deepEqual(await languages(page, '.hits .summary'), ['en'])
      assert.ok((await languages(page, '.hits .original')).includes('it'))
      await page.goto(`${BASE_URL}/practices?lang=ca&query=trafficking`)
      await page.locator('.hits h2 a').first().click()
      assert.deepEqual(await languages(page, '#similar ~ ul h3 a'), ['en'])
      assert.deepEqual(await languages(page, '#similar ~ ul .summary'), ['en'])
      await page.goto(`${BASE_URL}/?lang=ca&region=ITF3`)
      assert.deepEqual(await languages(page, '.side li a[href^="/practices/"]'), ['en'])
    }))

  it('is that of the translation where there is one for the reader', () =>
    visit(browser, '/about?lang=ca', {}, async (page) => {
      const translation = { language: 'ca', title: 'Escola oberta', summary: null }
      await page.route(DOOR, async (route) => {
        const answer = await (await route.fetch()).json()
        for (const { hits } of answer.results) for (const hit of hits) Object.assign(hit, { translations: [translation], _formatted: { ...hit._formatted, translations: [translation] } })
        await route.fulfill({ json: answer })
      })
      await page.goto(`${BASE_URL}/practices?lang=ca`)
      assert.deepEqual(await languages(page, '.hits h2 a'), ['ca'])
      assert.equal(await page.locator('.hits h2 a').first().textContent(), 'Escola oberta')
      assert.deepEqual(await languages(page, '.hits .summary'), ['en'])
    }))
})
