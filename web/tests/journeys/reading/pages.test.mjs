import assert from 'node:assert/strict'
import { text } from 'node:stream/consumers'
import { after, before, describe, it } from 'node:test'

import { BASE_URL, NARROW, settled, startBrowser, visit } from '../browser.mjs'

let browser
before(async () => {
  browser = await startBrowser()
})
after(() => browser?.close())

describe('the map', () => {
  it('shows a legend, and a region by keyboard alone', () =>
    visit(browser, '/', {}, async (page) => {
      await settled(page)
      assert.ok(await page.getByRole('heading', { name: 'Legend' }).isVisible())
      await page.getByRole('group', { name: /Map of Europe/ }).locator('a[tabindex="0"]').focus()
      const first = await page.evaluate(() => document.activeElement.getAttribute('data-code'))
      await page.keyboard.press('ArrowRight')
      const next = await page.evaluate(() => document.activeElement.getAttribute('data-code'))
      assert.notEqual(next, first)
      await page.keyboard.press('Enter')
      await page.getByRole('link', { name: 'Open the full profile' }).waitFor()
      assert.match(page.url(), new RegExp(`region=${next}`))
      assert.equal(await page.evaluate(() => document.activeElement.id), 'side-title')
      await page.keyboard.press('Escape')
      await page.waitForFunction((code) => document.activeElement.getAttribute('data-code') === code, next)
      assert.doesNotMatch(page.url(), /region=/)
    }))

  for (const path of ['/', '/?layer=score.demonstration.overall', '/?layer=score.demonstration.overall&lang=de']) {
    it(`${path} is seen as a whole in a window of 1280 by 860`, () =>
      visit(browser, path, { viewport: { width: 1280, height: 860 } }, async (page) => {
        await settled(page)
        const { y, height } = await page.locator('#panel svg').boundingBox()
        assert.ok(height >= 450 && y + height <= 860, `from ${y} to ${y + height}`)
      }))
  }

  it('is one tab stop', () =>
    visit(browser, '/', {}, async (page) => {
      await settled(page)
      assert.equal(await page.locator('svg a[tabindex="0"]').count(), 1)
    }))

  it('labels synthetic scores on screen', () =>
    visit(browser, '/?layer=score.demonstration.policy-output', {}, async (page) => {
      await settled(page)
      assert.ok(await page.getByText('Demonstration, synthetic.').first().isVisible())
    }))

  it('sorts the table by value and keeps that in the address', () =>
    visit(browser, '/?tab=table', {}, async (page) => {
      await settled(page)
      await page.getByRole('columnheader', { name: /Value/ }).getByRole('button').click()
      await page.waitForFunction(() => document.querySelector('th.value')?.getAttribute('aria-sort') === 'ascending')
      assert.match(page.url(), /sort=value/)
      const values = await page.locator('td.value').allTextContents()
      const numbers = values.filter((text) => text !== '—').map((text) => Number(text.replace('−', '-').replace(/[^\d.-]/g, '')))
      assert.deepEqual(numbers, [...numbers].sort((a, b) => a - b))
    }))

  it('finds a region without its accent', () =>
    visit(browser, '/', {}, async (page) => {
      await settled(page)
      await page.getByRole('combobox', { name: 'Find a region' }).fill('skane')
      await page.keyboard.press('ArrowDown')
      await page.keyboard.press('Enter')
      await page.getByRole('heading', { name: 'Skåne' }).waitFor()
    }))

  it('goes back from a region to the map as it was', () =>
    visit(browser, '/?layer=practices&view=alps', {}, async (page) => {
      await settled(page)
      await page.locator('svg a[data-code="AT33"]').click({ position: { x: 40, y: 20 }, force: true })
      await page.getByRole('link', { name: 'Open the full profile' }).click()
      await page.getByRole('heading', { level: 1, name: 'Tyrol' }).waitFor()
      await page.goBack()
      await page.goBack()
      assert.equal(page.url(), `${BASE_URL}/?layer=practices&view=alps`)
    }))

  it('is saved as a picture with title, label, source and the notice of the boundaries inside', () =>
    visit(browser, '/?layer=score.demonstration.policy-output', {}, async (page) => {
      await settled(page)
      const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'SVG' }).click()])
      const picture = await text(await file.createReadStream())
      for (const words of ['Policy output', 'Demonstration, synthetic', 'Source:', '© EuroGeographics', 'No data']) assert.ok(picture.includes(words), words)
    }))

  it('is saved as a table with source and licence in every line', () =>
    visit(browser, '/', {}, async (page) => {
      await settled(page)
      const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'CSV' }).click()])
      const lines = (await text(await file.createReadStream())).trim().split('\r\n')
      assert.match(lines[0], /region,name,.*source,licence/)
      assert.ok(lines.length > 50 && lines.slice(1).every((line) => line.includes('Eurostat')))
    }))

  it('says what happened when a layer is not there', () =>
    visit(browser, '/?layer=outcome.nothing', {}, async (page) => {
      await page.getByText('This was not found').waitFor()
      assert.ok(await page.getByText(/outcome.nothing/).isVisible())
    }))
})

describe('the practices', () => {
  for (const [words, expected] of [
    ['robotic', /robotics/i],
    ['Skane', /Skåne/],
    ['helth', /health/i],
  ]) {
    it(`are found by “${words}”`, () =>
      visit(browser, '/practices', {}, async (page) => {
        await settled(page)
        const before = await page.getByRole('status').first().textContent()
        await page.getByRole('searchbox', { name: 'Search the practices' }).fill(words)
        await page.waitForFunction((old) => document.querySelector('.total')?.textContent !== old, before)
        assert.match(await page.locator('.hits li').first().textContent(), expected)
        await page.waitForURL((url) => url.searchParams.get('query') === words)
      }))
  }

  it('keep the old links of the Integration Lab', () =>
    visit(browser, '/practices?refinementList[filter_regions][0]=Campania', {}, async (page) => {
      await settled(page)
      await page.getByRole('button', { name: /Region: Campania/ }).waitFor()
      await page.locator('.hits li').first().waitFor()
      const hits = await page.locator('.hits > li .facts').allTextContents()
      assert.ok(hits.length > 0 && hits.every((facts) => facts.includes('Campania')), hits.join(' / '))
    }))

  it('are filtered, and all filters are taken away at once', () =>
    visit(browser, '/practices', {}, async (page) => {
      await settled(page)
      const all = await page.locator('.total').textContent()
      await page.getByRole('checkbox', { name: /Italy/ }).check()
      await page.waitForFunction((old) => document.querySelector('.total')?.textContent !== old, all)
      await page.getByRole('button', { name: 'Reset all' }).click()
      await page.waitForFunction((old) => document.querySelector('.total')?.textContent === old, all)
    }))

  it('help when nothing fits', () =>
    visit(browser, '/practices?query=zzzzqqqq', {}, async (page) => {
      await page.getByRole('heading', { name: 'No practice fits all of this' }).waitFor()
      await page.getByRole('button', { name: 'Show all practices' }).click()
      await page.locator('.hits li').first().waitFor()
    }))

  it('name every region in the reader’s language where it has a name of its own there', () =>
    visit(browser, '/practices?query=Acuerdos+de+derivaci%C3%B3n&lang=de', {}, async (page) => {
      const hit = page.locator('.hits > li', { hasText: 'Agreements among regions' })
      await hit.getByText(/Navarra, Katalonien, /).waitFor()
      await page.getByRole('checkbox', { name: /^Katalonien/ }).check()
      await page.getByRole('button', { name: /Region:? Katalonien/ }).waitFor()
      await hit.getByRole('link').click()
      await page.locator('.places', { hasText: 'Navarra (Spanien), Katalonien (Spanien), Valencia (Spanien)' }).waitFor()
    }))

  it('open from the list, with their sources and where they come from', () =>
    visit(browser, '/practices?query=robotics', {}, async (page) => {
      await page.locator('.hits h2 a').first().click()
      await page.getByRole('heading', { name: 'Sources' }).waitFor()
      assert.ok(await page.getByText('Collected from public sources, not yet reviewed by the region.').isVisible())
      assert.ok((await page.locator('.sources a[href^="http"]').count()) > 0)
      await page.goBack()
      await page.locator('.hits li').first().waitFor()
      assert.match(page.url(), /query=robotics/)
    }))
})

describe('a profile', () => {
  it('of Catalonia shows the published 71, apart from the demonstration', () =>
    visit(browser, '/regions/ES51', {}, async (page) => {
      await settled(page)
      const published = page.locator('section', { has: page.getByRole('heading', { name: 'MIPEX-R, published scores' }) })
      assert.match(await published.textContent(), /71\s*Policy output.*published/s)
      const demonstration = page.locator('section', { has: page.getByRole('heading', { name: 'Demonstration scores' }) })
      assert.match(await demonstration.textContent(), /Demonstration, synthetic\./)
      assert.doesNotMatch(await published.textContent(), /synthetic/)
    }))
})

describe('every page', () => {
  it('keeps page and filters when the language is switched', () =>
    visit(browser, '/practices?refinementList[filter_regions][0]=Campania', {}, async (page) => {
      await settled(page)
      await page.getByLabel('Language', { exact: true }).selectOption('it')
      await page.getByRole('heading', { level: 1, name: 'Pratiche delle regioni' }).waitFor()
      assert.match(page.url(), /filter_regions\]\[0\]=Campania/)
      assert.match(page.url(), /lang=it/)
      assert.equal(await page.locator('html').getAttribute('lang'), 'it')
      await page.locator('.hits h2 a').first().click()
      await page.getByRole('heading', { name: 'Fonti' }).waitFor()
    }))

  it('is read from its heading after a link was followed', () =>
    visit(browser, '/about', {}, async (page) => {
      await settled(page)
      await page.getByRole('link', { name: 'The open instrument and its 61 indicators' }).first().click()
      await page.waitForFunction(() => document.activeElement.tagName === 'H1' && document.activeElement.textContent.includes('instrument'))
    }))

  it('that does not exist offers what may have been meant', () =>
    visit(browser, '/regions/Catalunia', {}, async (page) => {
      await page.getByRole('link', { name: 'Catalonia' }).waitFor()
      assert.ok(await page.getByRole('heading', { level: 1, name: /There is no region/ }).isVisible())
    }))

})
