import assert from 'node:assert/strict'
import { text } from 'node:stream/consumers'
import { after, before, describe, it } from 'node:test'

import { BASE_URL, inspect, NARROW, settled, startBrowser, visit } from '../browser.mjs'

let browser
before(async () => {
  browser = await startBrowser()
})
after(() => browser?.close())

const numbers = (texts) => texts.map((text) => Number(text.replace('−', '-').replace(/[^\d.-]/g, '')))

describe('a profile', () => {
  it('takes its score apart into pulls that add up to it', () =>
    visit(browser, '/regions/ES51', {}, async (page) => {
      await settled(page)
      const [start, ...rest] = numbers(await page.locator('section[aria-labelledby="made"] .bars .number').allTextContents())
      const total = rest.pop()
      assert.ok(rest.length >= 3)
      assert.equal((start + rest.reduce((sum, pull) => sum + pull, 0)).toFixed(1), total.toFixed(1))
    }))

  it('leads from a question to its answer options, by keyboard', () =>
    visit(browser, '/regions/ES51', {}, async (page) => {
      await settled(page)
      await page.getByText('The 61 questions, one by one').focus()
      await page.keyboard.press('Enter')
      await page.locator('.questions a').first().focus()
      await page.keyboard.press('Enter')
      await page.waitForFunction(() => document.activeElement.classList.contains('indicator') || document.activeElement.id === location.hash.slice(1))
      assert.match(page.url(), /methodologies\/open-instrument-1#[A-Z]/)
    }))

  it('says how sure a rank is and where the region stands in its country', () =>
    visit(browser, '/regions/ES51?edition=demonstration', {}, async (page) => {
      await settled(page)
      const pieces = page.locator('section[aria-labelledby="demonstration"] .scores')
      await pieces.nth(1).waitFor()
      const scores = (await pieces.allTextContents()).join(' ')
      assert.match(scores, /likely \d+ to \d+/)
      assert.match(scores, /\d of \d in Spain/)
      assert.match(scores, /competence: /)
    }))

  it('says what was not due beside the coverage, and where it leaves no score', () =>
    visit(browser, '/regions/BE3?edition=demonstration', {}, async (page) => {
      await settled(page)
      const pieces = page.locator('section[aria-labelledby="demonstration"] .scores')
      await pieces.nth(1).waitFor()
      const line = (name) => pieces.locator('li').filter({ hasText: name })
      assert.match(await line('Education').innerText(), /does not apply\s+100 % not in the region’s power/)
      assert.match(await line('Overall score').innerText(), /coverage \d+ % · .*\d+ % not in the region’s power/)
    }))

  it('hands the shortest way to a target over to the what-if page', () =>
    visit(browser, '/regions/ES51?edition=demonstration', {}, async (page) => {
      await settled(page)
      await page.getByLabel('Target', { exact: true }).selectOption('80')
      await page.getByText(/better answers would be enough: 67.2 becomes 80/).waitFor()
      await page.getByRole('link', { name: 'Try these answers' }).click()
      await page.getByText(/67.2 → 80.0/).waitFor()
    }))

  it('is short on a telephone: its parts are folded, each with its figure, and found, linked and printed all the same', () =>
    visit(browser, '/regions/ES51', { viewport: NARROW }, async (page) => {
      const open = () => page.locator('.fold > details[open]').count()
      await settled(page)
      const folded = await page.locator('.fold').count()
      assert.ok(folded >= 8 && (await open()) === 0)
      assert.ok((await page.evaluate(() => document.documentElement.scrollHeight)) < 4500)
      assert.match(await page.locator('summary', { has: page.locator('#outcomes') }).innerText(), /Employment gap.*: -?[\d.]+ pp/)
      assert.ok(await page.evaluate(() => window.find('Eurostat (ilc_peps11n)')))
      await page.locator('summary', { has: page.locator('#peers') }).press('Enter')
      await page.getByRole('link', { name: 'Compare the scores of the nearest ones' }).waitFor()
      await inspect(page)
      await page.evaluate(() => window.dispatchEvent(new Event('beforeprint')))
      assert.equal(await open(), folded)
      await page.evaluate(() => window.dispatchEvent(new Event('afterprint')))
      assert.equal(await open(), 1)
      for (const [address, part] of [['?raise=actions', 'plan'], ['#sources', 'sources']]) {
        await page.goto(`${BASE_URL}/regions/ES51${address}`)
        await page.reload()
        await settled(page)
        assert.equal(await page.locator('.fold > details[open] > summary :is(h2, h3)').getAttribute('id'), part)
      }
    }))

  it('is readable without scripts, in the language of the address, with its sources', () =>
    visit(browser, '/regions/ES51?lang=de', { javaScriptEnabled: false }, async (page) => {
      assert.ok(await page.getByRole('heading', { level: 1, name: 'Katalonien' }).isVisible())
      const words = await page.locator('main').textContent()
      for (const wanted of ['71', 'REGIN final report', 'Eurostat', 'Demonstration, künstlich']) assert.ok(words.includes(wanted), wanted)
    }))

  it('still shows what it has when the scores cannot be computed', () =>
    visit(browser, '/about', {}, async (page) => {
      await settled(page)
      await page.route('**/api/v1/editions/**', (route) => route.fulfill({ status: 503, contentType: 'application/problem+json', body: JSON.stringify({ title: 'Not available now', status: 503, detail: 'The indicators rest.' }) }))
      await page.goto(`${BASE_URL}/regions/ES51`)
      await page.getByText('The indicators rest.').first().waitFor()
      assert.ok(await page.getByRole('heading', { name: 'How people fare' }).isVisible())
      await page.unroute('**/api/v1/editions/**')
      await page.locator('section[aria-labelledby="demonstration"] .problem').getByRole('button', { name: 'Try again' }).click()
      await page.locator('.bars').first().waitFor()
    }))
})

describe('a policy brief', () => {
  for (const path of ['/regions/ES51/brief', '/regions/ITF4/brief?lang=de', '/regions/ES63/brief?lang=fr', '/regions/SE224/brief?lang=ca']) {
    it(`${path} is two pages of A4`, () =>
      visit(browser, path, {}, async (page) => {
        await settled(page)
        await page.locator('article').first().waitFor()
        const pdf = (await page.pdf({ preferCSSPageSize: true })).toString('latin1')
        assert.equal(pdf.match(/\/Type\s*\/Page\b/g).length, 2)
        assert.match(pdf, /MediaBox\s*\[\s*0 0 59[45][.\d]* 84[12]/)
      }))
  }
})

describe('a comparison', () => {
  it('explains a difference by two effects that add up to it', () =>
    visit(browser, '/compare?regions=ES51,SE224,ITF4', {}, async (page) => {
      await settled(page)
      await page.getByLabel('To', { exact: true }).selectOption('ITF4')
      await page.getByText(/From Catalonia to Puglia/).waitFor()
      const [whole, answers, coverage] = numbers(await page.locator('section[aria-labelledby="why"] tbody tr').first().locator('td').allTextContents())
      assert.ok(Math.abs(whole - answers - coverage) < 0.11, `${whole} = ${answers} + ${coverage}`)
    }))

  it('is made by choosing, and is in the address', () =>
    visit(browser, '/compare', {}, async (page) => {
      await settled(page)
      await page.getByText('Choose at least two regions').waitFor()
      for (const code of ['ES51', 'SE224']) {
        await page.getByLabel('Add a region').selectOption(code)
        await page.getByRole('button', { name: 'Add', exact: true }).click()
        await page.waitForURL(new RegExp(code))
      }
      await page.getByRole('heading', { name: 'Side by side' }).waitFor()
      assert.match(page.url(), /regions=ES51,SE224/)
      await page.getByRole('button', { name: 'Remove Skåne' }).click()
      await page.getByText('Choose at least two regions').waitFor()
    }))

  it('says which names it does not know', () =>
    visit(browser, '/compare?regions=ES51,SE224,nowhere', {}, async (page) => {
      await page.getByText('Not in this edition, left out: nowhere').waitFor()
      await page.getByRole('heading', { name: 'Side by side' }).waitFor()
    }))

  it('is kept as a picture with title, label, source and licence inside', () =>
    visit(browser, '/compare?regions=ES51,SE224', {}, async (page) => {
      await settled(page)
      const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'SVG' }).click()])
      const picture = await text(await file.createReadStream())
      for (const words of ['Catalonia', 'Demonstration, synthetic', 'Source:', 'Licence', 'CC0']) assert.ok(picture.includes(words), words)
    }))
})

describe('the rankings', () => {
  it('go by the dimension and the group that are chosen', () =>
    visit(browser, '/rankings', {}, async (page) => {
      await settled(page)
      await page.getByLabel('Dimension').selectOption('evaluation')
      await page.getByLabel('Target group').selectOption('BIP')
      await page.getByRole('region', { name: /Evaluation, Beneficiaries/ }).waitFor()
      assert.match(page.url(), /dimension=evaluation&group=BIP/)
      const scores = numbers(await page.locator('tbody td:nth-child(3)').allTextContents()).filter((score) => !Number.isNaN(score) && score !== 0)
      assert.deepEqual(scores, [...scores].sort((a, b) => b - a))
    }))

  it('lead to a comparison of those that are ticked', () =>
    visit(browser, '/rankings', {}, async (page) => {
      await settled(page)
      for (const name of ['Catalonia', 'Skåne']) await page.getByRole('checkbox', { name: `Choose ${name} for comparing` }).check()
      await page.getByRole('link', { name: 'Compare (2 chosen)' }).click()
      await page.getByRole('heading', { name: 'Side by side' }).waitFor()
    }))

  it('are kept as a table', () =>
    visit(browser, '/rankings', {}, async (page) => {
      await settled(page)
      const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'CSV' }).click()])
      const lines = (await text(await file.createReadStream())).trim().split('\r\n')
      assert.match(lines[0], /rank,rank_from,rank_to,region/)
      assert.equal(lines.length, 26)
    }))
})

describe('what if', () => {
  it('moves scores with an answer, is shared by its address, and is undone', () =>
    visit(browser, '/what-if/ES51?edition=demonstration', {}, async (page) => {
      await settled(page)
      await page.locator('#F01-TCN').selectOption('option:a')
      await page.getByText(/67.2 → 67.6/).waitFor()
      assert.match(page.url(), /set=F01.TCN.a/)
      const shared = page.url()
      await page.getByRole('button', { name: 'Undo' }).click()
      await page.getByText('No answer is changed yet').waitFor()
      await page.goto(shared)
      await page.getByText(/67.2 → 67.6/).waitFor()
    }))

  it('leaves out what the questionnaire does not know, and says so', () =>
    visit(browser, '/what-if/ES51?edition=demonstration&set=F01.TCN.a,X99.TCN.a', {}, async (page) => {
      await page.getByText('1 change of the address does not fit').waitFor()
      await page.getByText(/67.2 → 67.6/).waitFor()
    }))

  it('keeps the changes when the service does not answer', () =>
    visit(browser, '/what-if/ES51?edition=demonstration', {}, async (page) => {
      await settled(page)
      await page.route('**/what-if', (route) => route.abort())
      await page.locator('#F01-TCN').selectOption('option:a')
      await page.getByText('Your changes are kept in the address.').waitFor()
      await page.unroute('**/what-if')
      await page.getByRole('button', { name: 'Try again' }).click()
      await page.getByText(/67.2 → 67.6/).waitFor()
    }))
})

describe('the practices', () => {
  it('that are found stand on a map, and a region of it filters', () =>
    visit(browser, '/practices?query=housing', {}, async (page) => {
      await settled(page)
      await page.getByRole('button', { name: 'Map', exact: true }).click()
      const region = page.locator('svg a[data-code="DE3"]')
      await region.waitFor()
      await region.focus()
      await page.keyboard.press('Enter')
      await page.getByRole('button', { name: /Region: Berlin/ }).waitFor()
      assert.match(page.url(), /show=map/)
    }))
})

describe('every number', () => {
  it('is one link away from its rule, on a telephone too', () =>
    visit(browser, '/regions/ES51?lang=es', { viewport: NARROW }, async (page) => {
      await settled(page)
      await page.locator('a[href*="/method"][href$="#robustness"]').first().click()
      await page.waitForFunction(() => document.activeElement.id === 'robustness')
      assert.ok(await page.locator('h2#robustness').isVisible())
      assert.match(page.url(), /lang=es/)
    }))
})

describe('search engines', () => {
  it('find every page in the list, each in eight languages, and true 404s', async () => {
    const list = await fetch(`${BASE_URL}/sitemap.xml`).then((answer) => answer.text())
    assert.ok((list.match(/<loc>/g) ?? []).length > 500)
    const page = await fetch(`${BASE_URL}/rankings`).then((answer) => answer.text())
    assert.equal(page.match(/hreflang=/g).length, 8)
    for (const path of ['/regions/nowhere', '/regions/nowhere/brief', '/what-if/nowhere', '/nothing']) assert.equal((await fetch(BASE_URL + path)).status, 404, path)
  })
})
