/** A policy officer: from the map to what others did about the weakest area, and a brief for the desk. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'

import { inspect, NARROW, picture, settled, startBrowser, visit, WIDE } from '../browser.mjs'

/** The region of the journey, in the languages in which it is made. */
const NAMES = { en: 'Catalonia', fr: 'Catalogne' }

let browser
before(async () => {
  browser = await startBrowser()
})
after(() => browser?.close())

for (const [language, region] of Object.entries(NAMES)) {
  for (const viewport of [WIDE, NARROW]) {
    const shot = (name) => `officer-${name}-${language}-${viewport.width}`
    describe(`a policy officer, in ${language}, ${viewport.width} wide`, () => {
      it('goes from the map over a gap to a practice, prints the brief, and shares the link', () =>
        visit(browser, `/?lang=${language}&layer=score.demonstration.overall`, { viewport }, async (page) => {
          await settled(page)
          await page.locator('svg a[data-code="ES51"]').dispatchEvent('click', { button: 0 })
          await page.locator('#side-title').filter({ hasText: region }).waitFor()
          await inspect(page)
          await picture(page, shot('map'))
          await page.locator('aside a[href^="/regions/ES51"]').first().click()
          await page.getByRole('heading', { level: 1, name: region }).waitFor()
          await settled(page)
          const gap = page.locator('section[aria-labelledby="gap"]')
          if (viewport === NARROW) await gap.locator('summary').first().click()
          const weakest = await gap.locator('#gap-area option:checked').innerText()
          assert.match(weakest, /\(\d+([.,]\d+)?\)/)
          await picture(page, shot('profile'))
          const first = gap.getByRole('list').first().getByRole('link').first()
          const title = await first.innerText()
          await first.click()
          await page.getByRole('heading', { level: 1, name: title }).waitFor()
          await inspect(page)
          await picture(page, shot('practice'))
          await page.goBack()
          await page.getByRole('heading', { level: 1, name: region }).waitFor()
          await page.locator('a[href*="/brief"]').first().click()
          await page.locator('article.sheet').nth(1).waitFor()
          await inspect(page)
          await picture(page, shot('brief'))
          assert.ok((await page.locator('article.sheet').last().innerText()).includes(page.url().split('/regions/')[0]))
          await page.evaluate(() => (window.print = () => document.body.setAttribute('data-printed', 'yes')))
          await page.locator('.ways button').click()
          await page.locator('body[data-printed]').waitFor()
          // What is shared is the address: another reader sees the same.
          const shared = page.url()
          assert.match(shared, new RegExp(`lang=${language}`))
          await page.goto('about:blank')
          await page.goto(shared)
          await page.locator('article.sheet').first().getByText(region).first().waitFor()
        }))
    })
  }
}
