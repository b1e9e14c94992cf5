import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'

import { BASE_URL, NARROW, settled, startBrowser, visit, WIDE } from '../browser.mjs'

let browser
before(async () => {
  browser = await startBrowser()
})
after(() => browser?.close())

const QUOTED = 'mipex-r-2021-published'

describe('an edition', () => {
  it('is chosen on a page and stays in the address from page to page', () =>
    visit(browser, '/rankings', {}, async (page) => {
      await settled(page)
      await page.getByLabel('Edition').selectOption(QUOTED)
      await page.getByText('This edition has no score here').waitFor()
      await page.getByLabel('Dimension').selectOption('policy-output')
      await page.getByRole('link', { name: 'Catalonia' }).click()
      await page.getByRole('heading', { level: 1, name: 'Catalonia' }).waitFor()
      assert.match(page.url(), new RegExp(`edition=${QUOTED}`))
      const scores = page.locator('section[aria-labelledby="demonstration"]')
      await scores.locator('summary').first().click()
      await scores.getByText('REGIN final report').first().waitFor()
    }))

  it('that quotes scores says why nothing can be taken apart, and shows what there is', () =>
    visit(browser, `/regions/ES51?edition=${QUOTED}`, {}, async (page) => {
      await settled(page)
      await page.getByText('The answers behind them are not public').waitFor()
      assert.equal(await page.locator('.bars').count(), 0)
      await page.locator('section[aria-labelledby="demonstration"] .scores', { hasText: '71' }).waitFor()
      assert.equal(await page.getByText('Demonstration, synthetic').count(), 0)
    }))

  it('that quotes scores is compared with gaps where nothing was published', () =>
    visit(browser, `/compare?regions=ES51,SE224&edition=${QUOTED}`, {}, async (page) => {
      await settled(page)
      assert.match(await page.locator('tbody').last().textContent(), /71.*no value held.*81/s)
    }))

  it('that is not known is said, in another language too', async () => {
    await visit(browser, '/rankings?edition=nowhere', {}, (page) => page.getByText('There is no edition nowhere').waitFor())
    await visit(browser, '/rankings?edition=nowhere&lang=sv', {}, (page) => page.getByText('Det finns ingen utgåva nowhere').waitFor())
  })
})

describe('the map in a frame', () => {
  for (const viewport of [WIDE, NARROW]) {
    it(`shows a layer, its source and the way to the site, ${viewport.width} wide`, () =>
      visit(browser, '/embed/map?layer=outcome.employment-gap&lang=de', { viewport }, async (page) => {
        await settled(page)
        assert.equal(await page.locator('header').count(), 0)
        await page.getByText('Quelle:').waitFor()
        assert.equal(await page.getByRole('link', { name: 'Ganze Karte öffnen' }).getAttribute('target'), '_blank')
        assert.ok((await page.locator('svg a .region').count()) > 10)
        assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= viewport.width)
      }))
  }

  it('may not be framed without a key', async () => {
    const answer = await fetch(`${BASE_URL}/embed/map?lang=de`)
    assert.equal(answer.status, 200)
    assert.match(answer.headers.get('content-security-policy'), /frame-ancestors 'none'|frame-ancestors 'self'/)
  })

  it('gets its code on the map page and on the page that makes code', async () => {
    await visit(browser, '/?layer=outcome.employment-gap', {}, async (page) => {
      await settled(page)
      await page.getByText('Show this map on your site').click()
      assert.match(await page.locator('aside pre').innerText(), /embed\/map\?layer=outcome\.employment-gap/)
    })
    await visit(browser, '/embed?what=map', {}, async (page) => {
      await settled(page)
      await page.getByLabel('Show on the map').selectOption('outcome.unemployment-rate')
      assert.match(await page.locator('pre').innerText(), /layer=outcome\.unemployment-rate/)
    })
  })
})
