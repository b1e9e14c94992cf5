import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'

import { inspect, NARROW, picture, settled, startBrowser } from '../browser.mjs'
import { person } from '../people.mjs'

const EDITION = `round-${Date.now()}`
const HEAD = 'region,indicator,group,state,option,evidence,sources,comment'

let browser
before(async () => {
  browser = await startBrowser()
})
after(() => browser?.close())

const radio = (page, cell, index = 0) => page.locator(`input[name="${cell}"]`).nth(index)
const allSaved = (page) => page.getByText('All is saved.').waitFor()

/** Fills everything but the given cells, from a file, through the page. */
async function importAll(one, path, { but = [], option = 'a' } = {}) {
  const answers = await (await one.ask('GET', `${path.replace('/desk', '')}/answers`)).json()
  const region = 'ES51'
  const rows = answers.items.filter(({ indicator, group }) => !but.includes(`${indicator}/${group}`)).map(({ indicator, group }) => `${region},${indicator},${group},scored,${option},,,`)
  await one.open(`${path}?view=files`)
  await one.page.getByLabel('File', { exact: true }).setInputFiles({ name: 'answers.csv', mimeType: 'text/csv', buffer: Buffer.from([HEAD, ...rows, ''].join('\n')) })
  await one.page.getByText('Tried; nothing is stored yet.').waitFor()
  await one.page.getByRole('button', { name: 'Store the answers of answers.csv' }).click()
  await one.page.getByText('Stored.', { exact: true }).waitFor()
}

describe('a questionnaire on its way to a revision', () => {
  let first, second, reviewer, path
  before(async () => {
    ;[first, second, reviewer] = [await person(browser, 'q-first'), await person(browser, 'q-second'), await person(browser, 'q-reviewer')]
  })
  after(async () => {
    for (const one of [first, second, reviewer]) await one?.close()
  })

  it('begins with an edition that a reviewer opens', async () => {
    const { page } = reviewer
    await reviewer.open('/desk/assessments')
    await page.getByText('Open an edition for answers').click()
    await page.getByLabel('Title', { exact: true }).fill(EDITION)
    await page.getByLabel('What readers must know of it').fill('A trial of the journeys.')
    await page.getByLabel('Source', { exact: true }).fill('The journeys')
    await page.getByRole('button', { name: 'Open the edition' }).click()
    await page.getByText(`${EDITION} takes answers now.`).waitFor()
  })

  it('is begun by an expert, saves every answer, and survives a reload', async () => {
    const { page } = first
    await first.open('/desk/assessments')
    await page.getByRole('radio', { name: /^For an edition/ }).check()
    await page.getByLabel('Edition', { exact: true }).selectOption({ label: EDITION })
    await inspect(page)
    await page.getByRole('button', { name: 'Begin', exact: true }).click()
    await page.getByRole('heading', { level: 1, name: 'Catalonia' }).waitFor()
    path = new URL(page.url()).pathname
    await first.open(`${path}?section=resources`)
    await radio(page, 'F01/TCN').check()
    const cell = page.locator('#F01 .material').first()
    await cell.getByText('Evidence, sources, comment').click()
    await cell.getByLabel('Evidence').fill('Register of residents, <img src=x onerror=alert(1)> page 4')
    await cell.getByRole('button', { name: 'Add a source' }).click()
    await cell.getByLabel('Address').fill('not an address')
    await cell.getByText('Not sent yet: an address begins').waitFor()
    await cell.getByLabel('Address').fill('https://example.org/register')
    await cell.getByLabel('Date of the source').fill('2024-05')
    await cell.getByRole('button', { name: 'Same for: Beneficiaries of international protection' }).click()
    await allSaved(page)
    await page.locator('#F01').scrollIntoViewIfNeeded()
    await picture(page, 'answering')
    await page.reload()
    await settled(page)
    assert.ok(await radio(page, 'F01/BIP').isChecked())
    assert.match(await page.locator('#F01 .material').last().getByLabel('Evidence').inputValue(), /onerror=alert/)
  })

  it('keeps what was typed when the line is down, and brings it back', async () => {
    const { page } = first
    await page.route('**/api/v1/assessments/*/answers/**', (route) => route.abort())
    await page.locator('#F01 .material').first().getByLabel('Comment').fill('Typed without a line')
    await page.getByText(/Not saved:.*A copy is kept/).first().waitFor()
    page.once('dialog', (dialog) => dialog.accept())
    await page.reload()
    await page.unroute('**/api/v1/assessments/*/answers/**')
    await settled(page)
    assert.equal(await page.locator('#F01 .material').first().getByLabel('Comment').inputValue(), 'Typed without a line')
    await page.reload({ waitUntil: 'load' }).catch(() => undefined)
    await settled(page)
    await page.waitForFunction(async ([address]) => (await (await fetch(address)).json()).comment === 'Typed without a line', [`/api/v1${path.replace('/desk', '')}/answers/F01/TCN`])
  })

  it('shows both versions when two windows change the same answer', async () => {
    const { page } = first
    await first.open(`${path}?by=phase&section=formulation`)
    const place = `${path.replace('/desk', '')}/answers/F01/TCN`
    const now = await first.ask('GET', place)
    const cell = await now.json()
    const elsewhere = { state: 'scored', option: 'c', evidence: cell.evidence, sources: cell.sources, comment: cell.comment }
    assert.equal((await first.ask('PUT', place, elsewhere, { 'if-match': now.headers().etag })).status(), 200)
    await radio(page, 'F01/TCN', 1).check()
    await page.locator('#F01 form.conflict').waitFor()
    await page.locator('#F01 form.conflict input[type="radio"]').last().check()
    await page.locator('#F01 form.conflict button[type="submit"]').click()
    await allSaved(page)
    assert.ok(await radio(page, 'F01/TCN', 2).isChecked())
  })

  it('has a section answered with the keyboard alone', async () => {
    const { page } = first
    await first.open(`${path}?by=area&section=health`)
    const open = await page.locator('article').count()
    assert.ok(open > 0)
    await inspect(page)
    const focused = () => page.evaluate(() => (document.activeElement?.tagName === 'BUTTON' ? document.activeElement.textContent : ''))
    for (let tries = 0; tries < 60 && !/Next unanswered/.test(await focused()); tries++) await page.keyboard.press('Tab')
    await page.locator('article').first().locator('input[type="radio"]').first().waitFor()
    await page.keyboard.press('Enter')
    const seen = new Set()
    for (let cell = 0; cell < 2 * open; cell++) {
      const name = await page.waitForFunction((known) => (document.activeElement?.name && !known.includes(document.activeElement.name) ? document.activeElement.name : null), [...seen]).then((handle) => handle.jsonValue())
      seen.add(name)
      await page.keyboard.press('Space')
      await page.keyboard.press('ArrowDown')
      await page.keyboard.press('Control+Enter')
    }
    await allSaved(page)
    for (const name of seen) assert.equal((await (await first.ask('GET', `${path.replace('/desk', '')}/answers/${name}`)).json()).option, 'b', name)
  })

  it('is answered in French, on a telephone', async () => {
    const { page, open, close } = await person(browser, 'q-first', NARROW)
    await open(`${path}?by=area&section=housing&lang=fr`)
    await page.locator('article input[type="radio"]').first().check()
    await page.getByText('Tout est enregistré.').waitFor()
    await inspect(page)
    await picture(page, 'questions-fr-360')
    await close()
  })

  it('says what is missing, takes the rest from a file, and is submitted', async () => {
    const { page } = first
    await first.open(`${path}?view=finish`)
    await page.getByText(/cells are not ready/).waitFor()
    await picture(page, 'finish')
    await inspect(page)
    await page.locator('summary', { hasText: /^Resources/ }).click()
    await page.getByRole('link', { name: /^Protection beneficiaries: \w+ .+\?/ }).last().click()
    await page.waitForFunction(() => document.activeElement?.name?.endsWith('/BIP'))
    await first.open(`${path}?view=files`)
    await page.getByLabel('File', { exact: true }).setInputFiles({ name: 'wrong.csv', mimeType: 'text/csv', buffer: Buffer.from(`${HEAD}\nES51,F99,TCN,scored,a,,,\nES51,F01,TCN,scored,z,,,\n`) })
    await page.getByText('2 things are wrong. Nothing was stored.').waitFor()
    await inspect(page)
    await importAll(first, path, { but: ['F01/TCN'] })
    await first.open(`${path}?view=finish`)
    await page.getByRole('button', { name: 'Submit my answers…' }).click()
    await page.getByRole('button', { name: 'Yes, submit' }).click()
    await page.getByText('Your answers are submitted.').waitFor()
  })

  it('is answered by a second expert who sees nothing of the first', async () => {
    const { page } = second
    await second.open('/desk/assessments')
    const card = page.locator('.card', { hasText: EDITION })
    await card.getByRole('button', { name: 'Take a seat as an expert' }).click()
    await page.getByRole('heading', { level: 1, name: 'Catalonia' }).waitFor()
    await page.getByText('0 of 122 answered').first().waitFor()
    await importAll(second, path)
    await second.open(`${path}?view=finish`)
    await page.getByRole('button', { name: 'Submit my answers…' }).click()
    await page.getByRole('button', { name: 'Yes, submit' }).click()
    await page.waitForFunction(() => /submitted|cannot|read/.test(document.querySelector('main').textContent))
  })

  it('is read by the reviewer in German, on a telephone', async () => {
    const { page, open, close } = await person(browser, 'q-reviewer', NARROW)
    await open(`${path}/review?lang=de`)
    await page.locator('article').first().waitFor()
    await inspect(page)
    await picture(page, 'review-de-360')
    await close()
  })

  it('is decided by the reviewer side by side, accepted and published', async () => {
    const { page } = reviewer
    await reviewer.open(`${path}/review`)
    const articles = page.locator('article')
    await articles.first().waitFor()
    assert.equal(await articles.count(), 1)
    await page.getByText('differs').first().waitFor()
    await inspect(page)
    await picture(page, 'review')
    await page.getByRole('button', { name: 'Take expert 2’s answer' }).click()
    await page.getByText('What counts:').waitFor()
    await page.getByRole('link', { name: 'All is decided: go on' }).click()
    await page.getByRole('button', { name: 'Accept…' }).click()
    await page.getByRole('button', { name: 'Yes, accept' }).click()
    await page.getByRole('button', { name: 'Publish…' }).click()
    await page.getByLabel(/^Reason/).fill('First round')
    await inspect(page)
    await page.getByRole('button', { name: 'Yes, publish' }).click()
    await page.getByText('Published as revision 2.').waitFor()
    await page.getByRole('heading', { name: 'What revision 2 changed' }).waitFor()
    await page.getByText('122 cells are new').waitFor()
    await page.getByRole('link', { name: 'Log' }).click()
    await page.getByText('First round').waitFor()
    await inspect(page)
    await picture(page, 'log')
  })

  it('is corrected with a reason, and the diff is read', async () => {
    const { page } = reviewer
    const [id] = path.split('/').slice(-1)
    const assessment = `/assessments/${id}`
    const step = async (action, data) => {
      const { etag } = (await reviewer.ask('GET', assessment)).headers()
      return reviewer.ask('POST', `${assessment}/${action}`, data, { 'if-match': etag })
    }
    await step('reopen', { reason: 'Misread' })
    const [{ indicator, group, decision }] = (await (await reviewer.ask('GET', `${assessment}/review`)).json()).items
    const corrected = { state: 'scored', option: 'c', evidence: 'Page 12, not page 21' }
    await reviewer.ask('PUT', `${assessment}/decisions/${indicator}/${group}`, corrected, { 'if-match': `"v${decision.version}"` })
    await step('accept')
    await step('publish', { reason: 'Page 12 was misread' })
    await reviewer.open(`${path}/review?view=steps`)
    await page.getByRole('heading', { name: 'What revision 3 changed' }).waitFor()
    await page.getByText('Page 12 was misread').waitFor()
    await page.getByRole('cell', { name: /Page 12, not page 21/ }).waitFor()
    await inspect(page)
  })
})

describe('a self-assessment', () => {
  it('is scored at once, in Swedish, on a telephone', async () => {
    const editor = await person(browser, 'q-editor', NARROW)
    const { page } = editor
    await editor.open('/desk/assessments?lang=sv')
    await inspect(page)
    await picture(page, 'list-sv')
    await page.getByRole('button', { name: 'Börja', exact: true }).click()
    await page.getByRole('heading', { level: 1, name: 'Skåne' }).waitFor()
    const path = new URL(page.url()).pathname
    await settled(page)
    await inspect(page)
    await picture(page, 'questions-sv')
    const all = await (await editor.ask('GET', `${path.replace('/desk', '')}/answers`)).json()
    const sent = all.items.slice(0, 110).map(({ indicator, group }) => ({ indicator, group, state: 'scored', option: 'a' }))
    assert.equal((await editor.ask('PUT', `${path.replace('/desk', '')}/answers`, { answers: sent }, { 'if-match': '"v0"' })).status(), 200)
    await editor.open(`${path}?lang=sv&view=scores`)
    const row = page.getByRole('row', { name: /^Totalt|^Samlat|^Helhet/ }).or(page.locator('tbody tr').first()).first()
    assert.match(await row.textContent(), /100/)
    await page.getByText('Utgåvan bredvid är en demonstration').waitFor()
    await inspect(page)
    await picture(page, 'scores-sv')
    await editor.open(`${path}?lang=sv&view=finish`)
    await inspect(page)
    await editor.close()
  })
})
