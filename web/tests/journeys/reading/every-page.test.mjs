/** What holds of every page for readers: axe, forced colours, and a window of 320 pixels (1280 at 400 %). */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'

import axe from '@axe-core/playwright'

import { inspect, NARROW, picture, settled, startBrowser, visit, WIDE } from '../browser.mjs'

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
  'a comparison of five in German': '/compare?regions=ES51,SE224,ITF4,DE3,AT33&lang=de',
  'a comparison of nothing': '/compare?regions=nowhere',
  'the rankings': '/rankings?dimension=resources&group=TCN',
  'the rankings in German': '/rankings?lang=de',
  'what if': '/what-if/ES51?set=F01.TCN.a,E06.TCN.-missing',
  'a policy brief': '/regions/ITF4/brief?lang=de',
  'the practices on the map': '/practices?show=map',
  'the rules of the numbers': '/method?lang=fr',
  'the method': '/about',
  'the instrument': '/methodologies/open-instrument-1',
  'the page that makes code': '/embed',
  'the map in a frame': '/embed/map',
  'a missing page': '/regions/nowhere',
}

let browser
before(async () => {
  browser = await startBrowser()
})
after(() => browser?.close())

describe('on a wide screen, and in forced colours, nothing is wrong with', () => {
  each(WIDE, async (page) => {
    await inspect(page)
    await page.emulateMedia({ forcedColors: 'active' })
    assert.deepEqual(await page.evaluate(toldByColourAlone), [])
    const { violations } = await new (axe.default ?? axe)({ page }).withRules(['color-contrast']).analyze()
    assert.deepEqual(violations.flatMap(({ nodes }) => nodes.map(({ target }) => String(target))), [])
  })
})

describe('on a telephone, and 320 pixels wide, nothing is wrong with', () => {
  each(NARROW, async (page) => {
    await inspect(page)
    await page.setViewportSize({ width: 320, height: 256 })
    await settled(page)
    assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= 320)
    assert.deepEqual(await page.evaluate(outOfSight), [])
  })
})

function each(viewport, look) {
  for (const [name, path] of Object.entries(PAGES)) {
    it(name, () =>
      visit(browser, path, { viewport }, async (page) => {
        await settled(page)
        await picture(page, `every-${name.replaceAll(' ', '-')}-${viewport.width}`)
        await look(page)
      }))
  }
  it('the open list of the search', () =>
    visit(browser, '/', { viewport }, async (page) => {
      await settled(page)
      await page.locator('header').getByRole('combobox').first().pressSequentially('catal')
      await page.locator('#sought li').first().waitFor()
      await page.keyboard.press('ArrowDown')
      await look(page)
    }))
  it('a practice', () =>
    visit(browser, '/practices?query=robotics', { viewport }, async (page) => {
      await page.locator('.hits h2 a').first().click()
      await page.locator('article').waitFor()
      await settled(page)
      await picture(page, `every-practice-${viewport.width}`)
      await look(page)
    }))
}

/** What is chosen but looks like what is not, and colours of data that are lost or stand without words. */
function toldByColourAlone() {
  const wrong = []
  const name = (one) => `${one.tagName.toLowerCase()}.${one.getAttribute('class')} ${one.textContent.trim().slice(0, 30)}`
  const look = (one) => {
    const style = getComputedStyle(one)
    return [style.backgroundColor, style.color, style.borderBottomColor, style.borderBottomWidth, style.outlineStyle, style.outlineWidth, style.fontWeight, style.textDecorationLine].join()
  }
  for (const [chosen, other] of [['[aria-pressed="true"]', '[aria-pressed="false"]'], ['[aria-selected="true"]', '[aria-selected="false"]'], ['a[aria-current]', 'a[href]:not([aria-current])']]) {
    for (const one of document.querySelectorAll(chosen)) {
      if (one.closest('svg')) continue
      const group = one.closest('ul, ol, nav, [role="tablist"], [role="listbox"], [role="group"]')
      const peer = [...(group?.querySelectorAll(other) ?? [])].find((two) => two.tagName === one.tagName && two.offsetParent)
      if (peer && look(peer) === look(one)) wrong.push(`chosen by colour alone: ${name(one)}`)
    }
  }
  for (const one of document.querySelectorAll('.swatch')) {
    if (!one.getClientRects().length) continue
    if (getComputedStyle(one).forcedColorAdjust !== 'none') wrong.push(`loses its colours: ${name(one)}`)
    const beside = one.closest('tr') ?? one.closest('li, figure, p, label, div')
    if (!beside?.textContent.trim()) wrong.push(`has no words: ${name(one)}`)
  }
  return wrong
}

/** What reaches beyond the window and is not inside a box that scrolls and that a keyboard reaches. */
function outOfSight() {
  const found = []
  for (const one of document.querySelectorAll('main *, header *, footer *')) {
    const { left, right, width, height } = one.getBoundingClientRect()
    if (!width || !height || (right <= innerWidth + 1 && left >= -1)) continue
    if (one.closest('.hidden, svg') || getComputedStyle(one).clipPath !== 'none') continue
    let box = one.parentElement
    while (box && !/auto|scroll/.test(getComputedStyle(box).overflowX)) box = box.parentElement
    if (!box || !(box.tabIndex >= 0 || box.querySelector('a, button, select, input'))) found.push(`${one.tagName.toLowerCase()}.${one.getAttribute('class')} ${one.textContent.trim().slice(0, 30)}: ${Math.round(left)} to ${Math.round(right)}`)
  }
  return found.slice(0, 8)
}
