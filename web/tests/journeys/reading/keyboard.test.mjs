/** From the address to the goal without a mouse: the focus is seen at every step, and nothing holds it. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'

import { picture, settled, startBrowser, visit } from '../browser.mjs'

const MOST_STEPS = 400

let browser
before(async () => {
  browser = await startBrowser()
})
after(() => browser?.close())

/** What has the focus: whether it is seen, where it stands, and its words. */
function focused() {
  let one = document.activeElement
  if (!one || one === document.body) return null
  while (one.shadowRoot?.activeElement) one = one.shadowRoot.activeElement
  const { outlineStyle, outlineWidth } = getComputedStyle(one)
  const { width, height, top, bottom } = one.getBoundingClientRect()
  const ringed = one.closest('svg') && document.querySelector('svg .ring')
  return {
    seen: Boolean(ringed) || (outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2),
    inside: width > 0 && height > 0 && bottom > 0 && top < innerHeight,
    inFooter: Boolean(one.closest('footer')),
    words: `${one.tagName.toLowerCase()} ${(one.getAttribute('aria-label') ?? one.textContent ?? '').trim().slice(0, 40)}`,
  }
}

/** Presses Tab until the selector has the focus; the focus is seen on the way. */
async function reach(page, selector) {
  for (let steps = 0; steps < MOST_STEPS; steps++) {
    if (await page.evaluate((wanted) => document.activeElement?.matches(wanted) ?? false, selector)) return
    await page.keyboard.press('Tab')
    const at = await page.evaluate(focused)
    assert.ok(at === null || at.seen, `the focus is not seen on ${at?.words}`)
  }
  assert.fail(`the keyboard does not reach ${selector}`)
}

/** Over the skip link into the page. */
async function skip(page) {
  await page.keyboard.press('Tab')
  assert.match((await page.evaluate(focused)).words, /^a (Skip|Zum|Go)/)
  await page.keyboard.press('Enter')
  await page.waitForFunction(() => document.activeElement?.id === 'main')
}

const headed = (page, name) => page.getByRole('heading', { level: 1, name }).waitFor()

describe('the keyboard goes through the whole page, seen at every step, and out again:', () => {
  for (const path of ['/', '/?region=ES51', '/?tab=table', '/regions/ES51', '/compare?regions=ES51,SE224', '/rankings', '/what-if/ES51', '/practices', '/method', '/regions/ES51/brief', '/embed', '/about']) {
    it(path, () =>
      visit(browser, path, {}, async (page) => {
        await settled(page)
        const passed = []
        for (let steps = 0; steps < MOST_STEPS; steps++) {
          await page.keyboard.press('Tab')
          const at = await page.evaluate(focused)
          if (at === null) break
          passed.push(at)
        }
        assert.ok(passed.length < MOST_STEPS, `the focus never leaves the page: ${passed.slice(-3).map(({ words }) => words)}`)
        assert.deepEqual(passed.filter(({ seen }) => !seen).map(({ words }) => words), [])
        assert.deepEqual(passed.filter(({ inside }) => !inside).map(({ words }) => words), [])
        assert.ok(passed.length > 10 && passed.at(-1).inFooter, `it ends at ${passed.at(-1)?.words}`)
      }))
  }
})

describe('by keyboard alone', () => {
  it('the map is asked for another layer, and leads to a region and its profile', () =>
    visit(browser, '/', {}, async (page) => {
      await settled(page)
      await skip(page)
      await reach(page, '#layer')
      const title = await page.title()
      await page.keyboard.press('ArrowDown')
      await page.waitForFunction((old) => document.title !== old, title)
      await settled(page)
      await reach(page, 'svg a[data-code]')
      await page.keyboard.press('ArrowDown')
      await picture(page, 'keyboard-map', { fullPage: false })
      await page.keyboard.press('Enter')
      await page.waitForFunction(() => document.activeElement?.id === 'side-title')
      await settled(page)
      const name = await page.locator('#side-title').innerText()
      await reach(page, 'aside a[href^="/regions/"]')
      await page.keyboard.press('Enter')
      await headed(page, name)
      await page.waitForFunction(() => document.activeElement?.tagName === 'H1')
    }))

  it('two regions are compared, and why they differ is read', () =>
    visit(browser, '/compare', {}, async (page) => {
      await settled(page)
      await skip(page)
      for (const name of ['Catalonia', 'Puglia']) {
        await reach(page, '#add')
        await page.keyboard.type(name)
        assert.match(await page.locator('#add option:checked').innerText(), new RegExp(name))
        await page.keyboard.press('Tab')
        await page.keyboard.press('Enter')
        await page.getByRole('button', { name: `Remove ${name}` }).waitFor()
        await page.locator('#add').focus()
      }
      await page.locator('#why').waitFor()
      await settled(page)
      await reach(page, '[role="region"][aria-labelledby="side"]')
      await reach(page, '#from')
      await reach(page, '[role="region"][aria-labelledby="why"]')
      await reach(page, 'section[aria-labelledby="why"] ol a')
      await page.keyboard.press('Enter')
      await page.waitForURL(/methodologies/)
    }))

  it('a ranking is chosen, two regions are ticked and compared', () =>
    visit(browser, '/rankings', {}, async (page) => {
      await settled(page)
      await skip(page)
      await reach(page, '#dimension')
      await page.keyboard.press('ArrowDown')
      await page.waitForURL(/dimension=/)
      await settled(page)
      for (let place = 1; place <= 2; place++) {
        await reach(page, `tbody tr:nth-child(${place}) input`)
        await page.keyboard.press('Space')
      }
      await reach(page, 'a.button.strong')
      await page.keyboard.press('Enter')
      await page.getByRole('heading', { name: 'Side by side' }).waitFor()
    }))

  it('an answer is changed, its effect is read, and it is undone', () =>
    visit(browser, '/what-if/ES51?edition=demonstration', {}, async (page) => {
      await settled(page)
      await skip(page)
      await reach(page, '#F01-TCN')
      await page.keyboard.press('Home')
      await page.waitForURL(/set=F01/)
      await page.getByText('1 answer changed').waitFor()
      await reach(page, 'aside .ways button')
      await page.keyboard.press('Enter')
      await page.getByText('No answer is changed yet').waitFor()
    }))

  it('practices are searched, filtered, and one is opened', () =>
    visit(browser, '/practices', {}, async (page) => {
      await settled(page)
      await skip(page)
      await reach(page, '#practice-words')
      await page.keyboard.type('housing')
      await page.waitForURL(/query=housing/)
      await settled(page)
      await reach(page, '.filters input[type="checkbox"]')
      await page.keyboard.press('Space')
      await page.waitForURL(/refinementList/)
      await settled(page)
      await reach(page, '.hits h2 a')
      const title = await page.evaluate(() => document.activeElement.textContent)
      await picture(page, 'keyboard-practices', { fullPage: false })
      await page.keyboard.press('Enter')
      await headed(page, title)
    }))
})
