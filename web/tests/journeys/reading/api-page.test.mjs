import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'

import { inspect, NARROW, startBrowser, visit } from '../browser.mjs'

let browser
before(async () => {
  browser = await startBrowser()
})
after(() => browser?.close())

describe('the page of the API', () => {
  it('is read on a narrow screen and gone through by keyboard', () =>
    visit(browser, '/api/v1/docs', { viewport: NARROW, patience: 60_000 }, async (page) => {
      await inspect(page)
      await page.getByText('Submission (').focus()
      await page.keyboard.press('Enter')
      await page.getByRole('link', { name: 'Begin a practice' }).focus()
      await page.keyboard.press('Enter')
      await page.waitForURL(/#create_practice$/)
      await page.getByRole('heading', { name: 'Begin a practice' }).waitFor()
      assert.ok(await page.locator('#create_practice').evaluate((one) => one.getBoundingClientRect().top < innerHeight))
    }))
})
