import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'

import axe from '@axe-core/playwright'

import { NARROW, settled, startBrowser, visit, WIDE } from './browser.mjs'

const AxeBuilder = axe.default ?? axe
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']
const PAGES = {
  'the map': '/',
  'the map with a region': '/?region=ES51',
  'a score layer': '/?layer=score.demonstration.overall',
  'the practices layer': '/?layer=practices',
  'the table': '/?tab=table',
  'the chart of few regions': '/?tab=chart&layer=score.demonstration.overall',
  'the chart of many regions': '/?tab=chart&layer=outcome.unemployment-rate',
  'the practices': '/practices',
  'the practices with a filter': '/practices?refinementList[filter_areas][0]=health&query=care',
  'no practice': '/practices?query=zzzzqqqq',
  'a profile': '/regions/ES51',
  'a profile in Swedish': '/regions/SE224?lang=sv',
  'a comparison': '/compare?regions=ES51,SE224,ITF4',
  'a comparison of nothing': '/compare?regions=nowhere',
  'the rankings': '/rankings?dimension=resources&group=TCN',
  'what if': '/what-if/ES51?set=F01.TCN.a,E06.TCN.-missing',
  'a policy brief': '/regions/ITF4/brief?lang=de',
  'the practices on the map': '/practices?show=map',
  'the rules of the numbers': '/method?lang=fr',
  'the method': '/about',
  'the instrument': '/methodologies/open-instrument-1',
  'a missing page': '/regions/nowhere',
}

let browser
before(async () => {
  browser = await startBrowser()
})
after(() => browser?.close())

for (const [size, viewport] of Object.entries({ 'a wide screen': WIDE, 'a telephone': NARROW })) {
  describe(`on ${size}, axe finds nothing wrong with`, () => {
    for (const [name, path] of Object.entries(PAGES)) {
      it(name, () => visit(browser, path, { viewport }, inspect))
    }
    it('the open list of the search', () =>
      visit(browser, '/', { viewport }, async (page) => {
        await settled(page)
        await page.locator('header').getByRole('combobox').first().pressSequentially('catal')
        await page.locator('#sought li').first().waitFor()
        await page.keyboard.press('ArrowDown')
        await inspect(page)
      }))
    it('a practice', () =>
      visit(browser, '/practices?query=robotics', { viewport }, async (page) => {
        await page.locator('.hits h2 a').first().click()
        await page.locator('article').waitFor()
        await inspect(page)
      }))
  })
}

async function inspect(page) {
  await settled(page)
  const { violations } = await new AxeBuilder({ page }).withTags(RULES).analyze()
  assert.deepEqual(violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => `${node.target} ${node.any[0]?.message ?? ''}`).slice(0, 3).join(' | ')}`), [])
}
