import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'

import { settled, startBrowser, visit } from '../browser.mjs'

let browser
before(async () => {
  browser = await startBrowser()
})
after(() => browser?.close())

const SIMILAR = '**/api/v1/practices/*/similar*'
const GAP = '**/api/v1/regions/*/suggestions*'

async function openPractice(page) {
  await page.locator('.hits h2 a').first().click()
  await page.locator('article').waitFor()
  await settled(page)
}

describe('similar practices', () => {
  it('say why each is there, and lead on to one another', () =>
    visit(browser, '/practices?query=robotics', {}, async (page) => {
      await openPractice(page)
      const list = page.getByRole('list', { name: 'Similar practices' })
      await list.waitFor()
      const reasons = await list.locator(':scope > li').evaluateAll((items) => items.map((item) => item.querySelectorAll('.why li').length))
      assert.ok(reasons.length > 0 && reasons.every((count) => count > 0), String(reasons))
      assert.match(await list.textContent(), /Same areas: \w+/)
      const next = list.getByRole('link').first()
      const title = await next.textContent()
      await next.click()
      await page.getByRole('heading', { level: 1, name: title }).waitFor()
    }))

  it('speak the language of the reader', () =>
    visit(browser, '/practices?query=robotics&lang=sv', {}, async (page) => {
      await openPractice(page)
      assert.match(await page.getByRole('list', { name: 'Liknande exempel' }).textContent(), /Samma områden: Utbildning/)
    }))

  it('are absent where the server does not offer them, and one line where they fail', () =>
    visit(browser, '/practices?query=robotics', {}, async (page) => {
      await page.route(SIMILAR, (route) => route.fulfill({ status: 404, json: {} }))
      await openPractice(page)
      assert.equal(await page.getByRole('heading', { name: 'Similar practices' }).count(), 0)
      await page.unroute(SIMILAR)
      await page.route(SIMILAR, (route) => route.fulfill({ status: 503, json: {} }))
      await page.reload()
      await page.getByText('Suggestions cannot be had at the moment.').waitFor()
      await page.unroute(SIMILAR)
      await page.getByRole('button', { name: 'Try again' }).click()
      await page.getByRole('list', { name: 'Similar practices' }).waitFor()
    }))
})

describe('practices for a gap', () => {
  it('answer the weakest area first, under the label of the demonstration', () =>
    visit(browser, '/regions/ES51?edition=demonstration', {}, async (page) => {
      await settled(page)
      const section = page.getByRole('region', { name: 'Practices that answer a gap' })
      assert.match(await section.textContent(), /Demonstration, synthetic\./)
      const choice = section.getByLabel('Policy area')
      const [, lowest, ...others] = await choice.locator('option').allTextContents()
      const points = (text) => Number(/\(([\d.]+)\)/.exec(text)[1])
      assert.ok(others.every((other) => points(other) >= points(lowest)))
      assert.equal(await choice.locator('option:checked').textContent(), lowest)
      const area = lowest.split(' (')[0]
      const items = section.getByRole('list', { name: 'Practices that answer a gap' }).locator(':scope > li')
      for (const text of await items.allTextContents()) {
        assert.ok(text.includes(`Works in: `) && text.includes(area), text)
        assert.doesNotMatch(text, /^\s*\S.*Catalonia · /)
      }
    }))

  it('follow the choice, which stays in the address', () =>
    visit(browser, '/regions/ES51?area=housing', {}, async (page) => {
      await settled(page)
      const section = page.getByRole('region', { name: 'Practices that answer a gap' })
      assert.match(await section.locator('.why').first().textContent(), /Housing/)
      await section.getByLabel('Policy cycle').selectOption('evaluation')
      await section.getByText('Practices carry no phase').first().waitFor()
      await section.getByLabel('Target group').selectOption('BIP')
      await page.waitForURL((url) => url.searchParams.get('group') === 'BIP' && url.searchParams.get('phase') === 'evaluation')
      await page.goBack()
      await page.goBack()
      await page.waitForFunction(() => document.querySelector('#gap-phase')?.value === '')
      assert.match(page.url(), /area=housing$/)
    }))

  it('help when nothing meets all of it', () =>
    visit(browser, '/regions/ES51?edition=demonstration', {}, async (page) => {
      await page.route(GAP, (route) => route.fulfill({ json: { items: [] } }))
      await page.reload()
      await page.getByText('No practice of another region meets all of this.').waitFor()
    }))

  it('are absent where the server does not offer them', () =>
    visit(browser, '/regions/ES51?edition=demonstration', {}, async (page) => {
      await page.route(GAP, (route) => route.fulfill({ status: 404, json: {} }))
      await page.reload()
      await settled(page)
      assert.equal(await page.getByRole('heading', { name: 'Practices that answer a gap' }).count(), 0)
    }))
})
