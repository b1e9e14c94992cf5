import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'

import axe from '@axe-core/playwright'

import { BASE_URL, NARROW, startBrowser, WIDE } from './browser.mjs'
import { signIn } from './people.mjs'

const AxeBuilder = axe.default ?? axe
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']
const NAME = `maria.${Date.now()}`

let browser
before(async () => {
  browser = await startBrowser()
})
after(() => browser?.close())

async function administrator(viewport, path, journey) {
  const context = await browser.newContext({ viewport, locale: 'en-GB' })
  context.setDefaultTimeout(15_000)
  const faults = []
  context.on('weberror', (error) => faults.push(error.error().message))
  await signIn(context, 'q-admin')
  const page = await context.newPage()
  try {
    await page.goto(BASE_URL + path)
    await settled(page)
    await journey(page, context)
    assert.deepEqual(faults, [])
  } finally {
    await context.close()
  }
}

/** What the page asks for is there. */
const settled = (page) => page.waitForFunction(() => document.querySelector('main h1:not(.hidden)') && !document.querySelector('.loading'))

async function inspect(page) {
  await settled(page)
  const { violations } = await new AxeBuilder({ page }).withTags(RULES).analyze()
  assert.deepEqual(violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => `${node.target} ${node.any[0]?.message ?? ''}`).slice(0, 3).join(' | ')}`), [])
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
  assert.ok(wide <= 0, `${page.url()} is ${wide} px too wide`)
}

async function picture(page, name) {
  if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/${name}.png` })
}

describe('an administrator', () => {
  it('makes a person who signs in with the password that is shown once, and takes a role away and back', () =>
    administrator(WIDE, '/admin', async (page) => {
      await inspect(page)
      await page.getByLabel('Name', { exact: true }).fill(NAME)
      await page.getByLabel('Name as shown').fill('<b onmouseover=alert(1)>Maria</b>')
      await page.getByRole('combobox', { name: 'Role' }).first().selectOption('expert')
      await page.getByRole('button', { name: 'Make the person' }).click()
      const password = await page.locator('.secret code').textContent()
      await inspect(page)
      const own = await browser.newContext()
      const answer = await own.request.post(`${BASE_URL}/api/v1/session`, { data: { name: NAME, password }, headers: { origin: BASE_URL } })
      assert.equal(answer.status(), 200)
      await page.getByRole('button', { name: 'I have handed it over' }).click()
      await page.getByRole('searchbox', { name: 'Find by name' }).fill(NAME)
      await page.getByRole('button', { name: new RegExp(`Take from ${NAME}`) }).click()
      await page.getByText('No role').waitFor()
      await page.getByRole('button', { name: 'Take back' }).click()
      await page.getByText('Expert: Catalonia').first().waitFor()
      await page.getByRole('button', { name: /^Disable/ }).click()
      assert.match(await page.evaluate(() => document.activeElement.textContent), /Rather not/)
      await page.getByRole('button', { name: 'Disable', exact: true }).click()
      await page.getByText('Disabled', { exact: true }).waitFor()
      assert.equal((await (await own.request.get(`${BASE_URL}/api/v1/session`)).json()).person, null)
      await own.close()
      await picture(page, 'people')
    }))

  it('makes a key, changes it, and sees its use', () =>
    administrator(WIDE, '/admin?part=keys', async (page) => {
      await page.getByLabel('Partner', { exact: true }).fill(NAME)
      await page.getByLabel(/^Addresses of the site/).fill('http://not-secure.example.org')
      await page.getByRole('button', { name: 'Make the key' }).click()
      await page.getByRole('alert').first().waitFor()
      await page.getByLabel(/^Addresses of the site/).fill('https://www.example.org')
      await page.getByRole('button', { name: 'Make the key' }).click()
      await page.getByText('The key is there:').waitFor()
      const card = page.locator('.admin-cards > li', { hasText: NAME })
      await card.getByText('searches in 30 days').click()
      await card.getByText('Not used in the last thirty days.').waitFor()
      await inspect(page)
      await card.getByRole('button', { name: /^Replace/ }).click()
      await card.getByRole('button', { name: 'Replace', exact: true }).click()
      await page.getByText('Being replaced').first().waitFor()
      await picture(page, 'keys')
    }))

  it('makes a program, in German, on a telephone, and finds the deed', () =>
    administrator(NARROW, '/admin?part=clients&lang=de', async (page) => {
      await page.getByLabel('Name', { exact: true }).fill(NAME)
      await page.getByRole('button', { name: 'Programm anlegen' }).click()
      await page.getByText('Wird nur dieses eine Mal gezeigt').waitFor()
      await inspect(page)
      await picture(page, 'clients-de')
      await page.getByRole('link', { name: 'Was getan wurde' }).click()
      await page.getByRole('cell').first().waitFor()
      await inspect(page)
      await picture(page, 'trail-de')
    }))

  it('is told which role it takes when it is not theirs', async () => {
    const context = await browser.newContext({ locale: 'en-GB' })
    await signIn(context, 'q-first')
    const page = await context.newPage()
    await page.goto(`${BASE_URL}/admin`)
    await page.getByText('Administrator', { exact: true }).waitFor()
    await context.close()
  })
})
