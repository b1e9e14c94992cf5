import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'

import { BASE_URL, inspect, NARROW, picture, startBrowser, visit } from '../browser.mjs'
import { NEXT, person } from '../people.mjs'

let browser
before(async () => {
  browser = await startBrowser()
})
after(() => browser?.close())

const saved = (page) => page.locator('[data-standing="saved"]').waitFor()
const step = (page, name) => page.getByRole('button', { name, exact: true }).first().click()
const stands = (page, state) => page.locator(`main > .page > p.state .state-${state}`).waitFor()

describe('a practice on its way', () => {
  let practice
  let editor, publisher, first, second
  before(async () => {
    ;[editor, publisher, first, second] = [await person(browser, 'w-editor'), await person(browser, 'w-publisher'), await person(browser, 'w-first'), await person(browser, 'w-second')]
  })
  after(async () => {
    for (const one of [editor, publisher, first, second]) await one?.close()
  })

  it('is begun with a title, saves itself, and survives a reload', async () => {
    const { page } = editor
    await editor.open('/desk')
    await inspect(page)
    await picture(page, 'desk')
    await page.getByRole('link', { name: /Begin a practice/ }).click()
    await page.getByLabel('Title of the practice').fill('A desk for newcomers')
    await inspect(page)
    await page.getByRole('button', { name: 'Begin', exact: true }).click()
    await page.waitForURL(/\/desk\/practices\/[0-9a-f-]{36}/)
    practice = new URL(page.url()).pathname
    await page.getByRole('link', { name: /What was done/ }).or(page.getByRole('navigation', { name: 'Sections' }).getByRole('link').nth(2)).first().click()
    await page.getByLabel(/^Summary/).fill('One desk where newcomers ask in their own language.')
    await page.getByLabel('Health').check()
    await page.locator('#box-f-activities').getByRole('button', { name: 'Add' }).click()
    await page.keyboard.type('Four hours a day')
    await page.keyboard.press('Enter')
    await page.keyboard.type('Two interpreters')
    await saved(page)
    await page.reload()
    await page.getByLabel(/^Summary/).waitFor()
    assert.equal(await page.getByLabel(/^Summary/).inputValue(), 'One desk where newcomers ask in their own language.')
    assert.ok(await page.getByLabel('Health').isChecked())
    assert.equal(await page.locator('#box-f-activities textarea').count(), 2)
    await inspect(page)
    await picture(page, 'form')
  })

  it('keeps what is typed when the server does not answer, over a reload too', async () => {
    const { page } = editor
    await page.route('**/draft', (route) => (route.request().method() === 'PUT' ? route.abort() : route.continue()))
    await page.getByLabel(/^Summary/).fill('Typed while nobody listened.')
    await page.locator('[data-standing="failed"]').waitFor()
    page.once('dialog', (dialog) => void dialog.accept())
    await page.reload()
    await page.waitForFunction(() => document.querySelector('#f-summary')?.value === 'Typed while nobody listened.')
    await page.getByText('Restored from this browser').waitFor()
    await page.unroute('**/draft')
    await saved(page)
  })

  it('says what cannot be saved, and saves the rest', async () => {
    const { page } = editor
    await editor.open(`${practice}?section=evidence`)
    await page.locator('#box-f-links').getByRole('button', { name: 'Add' }).click()
    await page.keyboard.type('The desk')
    await page.locator('#f-links-0-url').fill('www.example')
    await page.getByText('Write the whole address').waitFor()
    await page.getByText('Saved, except what is marked').waitFor()
    await inspect(page)
    await page.locator('#f-links-0-url').fill('https://example.org/desk')
    await page.getByText('Write the whole address').waitFor({ state: 'detached' })
    await page.getByText('Saved at').waitFor()
  })

  it('shows both versions when two windows change the same field', async () => {
    const { page, context } = editor
    await editor.open(`${practice}?section=content`)
    const other = await context.newPage()
    await other.goto(`${BASE_URL}${practice}?section=content`)
    await other.getByLabel(/^Summary/).fill('Written in the other window.')
    await saved(other)
    await page.getByLabel(/^Summary/).fill('Written in this window.')
    await page.getByRole('heading', { name: 'Two versions' }).waitFor()
    await inspect(page)
    await picture(page, 'conflict')
    assert.match(await page.locator('.conflict').textContent(), /Written in this window[\s\S]*Written in the other window/)
    await page.getByLabel(/The other one/).check()
    await page.getByRole('button', { name: 'Keep what is chosen and save' }).click()
    await saved(page)
    assert.equal(await page.getByLabel(/^Summary/).inputValue(), 'Written in the other window.')
    // Another field is brought together without a question.
    await other.close()
  })

  it('asks to sign in again in place and loses nothing', async () => {
    const { page, context } = editor
    await context.clearCookies()
    await page.getByLabel(/^Summary/).fill('One desk where newcomers ask in their own language, and are answered.')
    await page.locator('[data-standing="ended"]').waitFor()
    await inspect(page)
    await page.getByLabel(/^Password/).fill(NEXT)
    await page.getByRole('button', { name: 'Sign in', exact: true }).click()
    await saved(page)
    assert.match(await page.getByLabel(/^Summary/).inputValue(), /and are answered/)
  })

  it('is handed in when nothing is missing', async () => {
    const { page } = editor
    const submit = page.getByRole('button', { name: 'Hand in', exact: true })
    assert.ok(await submit.isDisabled())
    await editor.open(`${practice}?section=place`)
    await page.locator('#f-role').selectOption('leader')
    await saved(page)
    await submit.click()
    await stands(page, 'submitted')
    await inspect(page)
  })

  it('comes back with changes asked for field by field, and is answered', async () => {
    await publisher.open('/desk')
    await inspect(publisher.page)
    await publisher.page.getByRole('link', { name: 'A desk for newcomers' }).first().click()
    await publisher.page.getByRole('button', { name: 'Ask for a change: Summary' }).click()
    await publisher.page.locator('#ask-0').fill('Say for how many people.')
    await inspect(publisher.page)
    await publisher.page.locator('form.more').getByRole('button', { name: 'Ask for changes' }).click()
    await stands(publisher.page, 'changes_requested')
    const { page } = editor
    await editor.open(`${practice}?section=content`)
    await page.getByText('Say for how many people.').first().waitFor()
    await picture(page, 'changes')
    await page.getByLabel(/^Summary/).fill('One desk where 800 newcomers a year ask in their own language.')
    await page.locator('#box-f-summary').getByLabel('Answer').fill('Done: 800 a year.')
    await page.locator('#box-f-summary').getByRole('button', { name: 'Send' }).click()
    await page.getByText('Done: 800 a year.').first().waitFor()
    await inspect(page)
    await page.locator('#box-f-summary').getByRole('button', { name: 'Mark as dealt with' }).first().click()
    await saved(page)
    await step(page, 'Hand in')
    await stands(page, 'submitted')
  })

  it('is selected, and the questionnaire asks nothing twice', async () => {
    await publisher.open(practice)
    await step(publisher.page, 'Select for evaluation')
    await stands(publisher.page, 'selected')
    const { page } = editor
    await editor.open(practice)
    await page.getByText('You have already said').first().waitFor()
    assert.match(await page.locator('.shown').first().textContent(), /800 newcomers/)
    await inspect(page)
    await picture(page, 'questionnaire')
    const sections = await page.getByRole('navigation', { name: 'Sections' }).locator('ol').nth(1).getByRole('link').all()
    for (const section of sections) {
      await section.click()
      for (const box of await page.locator('form .box:has(.required) > textarea').all()) await box.fill('We counted and asked; the figures are in the report.')
    }
    await saved(page)
    await step(page, 'Hand in')
    await stands(page, 'in_review')
  })

  it('is given to two evaluators, who judge it without seeing one another', async () => {
    await publisher.open(practice)
    await step(publisher.page, 'Name the evaluators')
    for (const name of ['w-first', 'w-second']) await publisher.page.locator('form.more').getByRole('checkbox', { name: new RegExp(`^${name}`) }).check()
    await publisher.page.getByText('2 of 2 chosen.').waitFor()
    await inspect(publisher.page)
    await publisher.page.locator('form.more').getByRole('button', { name: 'Name the evaluators' }).click()
    await publisher.page.locator('form.more').waitFor({ state: 'detached' })
    await judge(first, 'Convincing', 'The figures are in the report.')
    await first.page.getByText('Waiting for the other evaluation.').waitFor()
    await judge(second, 'Partly convincing', 'The comparison is missing.')
  })

  it('is read by an evaluator in French, on a telephone', async () => {
    const { page, open, close } = await person(browser, 'w-first', NARROW)
    await open(`${practice}/evaluation?lang=fr`)
    await page.getByRole('link', { name: 'Pertinence' }).first().waitFor()
    await inspect(page)
    await picture(page, 'evaluation-fr-360')
    await close()
  })

  it('is agreed on, side by side', async () => {
    const { page } = second
    await page.getByRole('heading', { name: 'What you agree on' }).waitFor()
    await page.getByRole('navigation', { name: 'Sections' }).getByRole('link', { name: 'Relevance' }).click()
    await page.getByText('The two differ').first().waitFor()
    await inspect(page)
    await picture(page, 'consensus')
    await page.getByRole('button', { name: 'Propose this as what we agree on' }).click()
    await page.getByText('Still needed before it can be handed in').waitFor()
    await each(page, async (block) => {
      if (await block.getByRole('radio', { name: /^Partly convincing/ }).count()) await block.getByRole('radio', { name: /^Partly convincing/ }).check()
    })
    await page.getByRole('button', { name: 'Propose this as what we agree on' }).click()
    await page.getByText('Proposed. The other evaluator confirms it.').waitFor()
    await first.open(`${practice}/evaluation`)
    await first.page.getByRole('button', { name: 'I agree to this wording' }).click()
    await first.page.getByText('Both agree.').waitFor()
  })

  it('is accepted and published; the public page shows what was found', async () => {
    const { page } = publisher
    await publisher.open(practice)
    await step(page, 'Accept')
    await stands(page, 'accepted')
    await step(page, 'Publish')
    await page.locator('#reason').fill('First version.')
    await inspect(page)
    await page.locator('form.more').getByRole('button', { name: 'Publish' }).click()
    await stands(page, 'published')
    await publisher.open(practice.replace('/desk', ''))
    await page.getByRole('heading', { name: 'Evaluation', exact: true }).waitFor()
    assert.match(await page.locator('main').textContent(), /Partly convincing/)
  })

  it('is revised by its author, beside what is published', async () => {
    const { page } = editor
    await editor.open(practice)
    await inspect(page)
    await page.getByRole('button', { name: 'Start a revision' }).click()
    await page.getByRole('navigation', { name: 'Sections' }).getByRole('link').first().click()
    await page.getByLabel(/^Title/).fill('A desk for all newcomers')
    await saved(page)
    await stands(page, 'draft')
    await page.getByRole('link', { name: 'Published version 1' }).click()
    await page.getByRole('heading', { level: 1, name: 'A desk for newcomers' }).waitFor()
  })

  /** The desk of an evaluator, from the list of work to handing in. */
  async function judge(one, verdict, reason) {
    const { page } = one
    await one.open('/desk')
    await inspect(page)
    await page.getByRole('link', { name: 'A desk for newcomers' }).first().click()
    await page.waitForURL(/\/evaluation$/)
    await page.locator('.matrix textarea').first().fill('Newcomers in the city')
    await each(page, async (block) => {
      const radio = block.getByRole('radio', { name: new RegExp(`^${verdict}`) })
      if (await radio.count()) await radio.check()
      const text = block.locator('textarea').first()
      if ((await text.count()) && !(await text.inputValue())) await text.fill(reason)
    })
    await inspect(page)
    await picture(page, `judging-${verdict.split(' ')[0]}`)
    await saved(page)
    await page.getByRole('button', { name: 'Hand the evaluation in' }).click()
  }

  async function each(page, work) {
    const parts = await page.getByRole('navigation', { name: 'Sections' }).getByRole('link').all()
    for (const part of parts) {
      await part.click()
      for (const block of await page.locator('.matrix .block').all()) await work(block)
    }
  }
})

describe('a file of practices', () => {
  it('is checked first, row by row, and then imported', async () => {
    const { page, open, close } = await person(browser, 'w-editor')
    await open('/desk/import')
    await inspect(page)
    const rows = [
      { title: 'From a file', regions: ['ES51'], external_id: `file-${Date.now()}` },
      { title: 'X', regions: ['ES51'], external_id: 'bad', role: 'king' },
    ]
    await page.getByLabel('File').setInputFiles({ name: 'practices.json', mimeType: 'application/json', buffer: Buffer.from(JSON.stringify(rows)) })
    await page.getByRole('button', { name: 'Check the file' }).click()
    await page.getByRole('table').waitFor()
    assert.match(await page.getByRole('table').textContent(), /role[\s\S]*leader/)
    await inspect(page)
    await picture(page, 'import')
    await page.getByLabel(/Import the good rows/).check()
    await page.getByRole('button', { name: 'Import now (1)' }).click()
    await page.getByRole('heading', { name: 'Imported' }).waitFor()
    await open('/desk')
    await page.getByRole('link', { name: 'From a file' }).first().waitFor()
    await close()
  })
})

describe('in German, on a telephone', () => {
  it('a practice is begun and handed in with the keyboard alone', async () => {
    const { page, open, close } = await person(browser, 'w-editor', NARROW)
    await open('/desk/practices/new?lang=de')
    await inspect(page)
    await reach(page, '#new-title')
    await page.keyboard.type('Mit der Tastatur')
    await page.keyboard.press('Enter')
    await page.waitForURL(/\/desk\/practices\/[0-9a-f-]{36}/)
    await page.locator('form h2').waitFor()
    await inspect(page)
    await picture(page, 'form-de-360')
    for (const code of ['place', 'content']) {
      await reach(page, `nav details summary`)
      if (!(await page.locator('nav details[open]').count())) await page.keyboard.press('Enter')
      await reach(page, `nav a[href*="section=${code}"]`)
      await page.keyboard.press('Enter')
      if (code === 'place') {
        await reach(page, '#f-role')
        await page.keyboard.press('ArrowDown')
      } else {
        await reach(page, '#f-summary')
        await page.keyboard.type('Geschrieben ohne Maus.')
        await reach(page, '#box-f-areas input')
        await page.keyboard.press('Space')
        await reach(page, '#box-f-activities button')
        await page.keyboard.press('Enter')
        await page.locator('#f-activities-0-i').waitFor()
        await page.keyboard.type('Eine Tätigkeit')
      }
    }
    await saved(page)
    await inspect(page)
    await reach(page, 'section[aria-labelledby="steps"] button.strong')
    await page.keyboard.press('Enter')
    await stands(page, 'submitted')
    await open('/desk?lang=de')
    await page.getByRole('heading', { name: 'Meine Arbeit' }).waitFor()
    await inspect(page)
    await picture(page, 'desk-de-360')
    await close()
  })

  /** Presses Tab until the focus is on what the selector names. */
  async function reach(page, selector) {
    for (let presses = 0; presses < 250; presses++) {
      if (await page.evaluate((wanted) => document.activeElement?.matches(wanted) ?? false, selector)) return
      await page.keyboard.press('Tab')
    }
    assert.fail(`the keyboard does not reach ${selector}`)
  }
})

describe('who may not', () => {
  it('is told which role is needed, or asked to sign in', async () => {
    const { page, open, close } = await person(browser, 'w-first')
    await open('/desk/import')
    assert.match(await page.locator('main').textContent(), /Region editor/)
    await inspect(page)
    await open('/desk/practices/0192f0c1-2345-7000-8000-000000000000')
    await page.getByRole('heading', { name: 'There is no practice here that you work on' }).waitFor()
    await close()
  })

  it('comes back, once signed in, to the page that asked for it', async () => {
    await visit(browser, '/desk/import', {}, async (page) => {
      await page.getByRole('heading', { name: 'Sign in' }).waitFor()
      await inspect(page)
      assert.equal(new URL(page.url()).search, '?return=%2Fdesk%2Fimport')
      await page.getByLabel('Name').fill('w-editor')
      await page.getByLabel('Password').fill(NEXT)
      await page.getByRole('button', { name: 'Sign in' }).click()
      await page.getByRole('heading', { name: 'Import practices' }).waitFor()
      assert.equal(new URL(page.url()).pathname, '/desk/import')
    })
  })
})
