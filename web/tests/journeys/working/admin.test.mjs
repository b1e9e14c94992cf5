import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'

import { BASE_URL, inspect, NARROW, picture, startBrowser, WIDE } from '../browser.mjs'
import { person } from '../people.mjs'

const NAME = `maria.${Date.now()}`

let browser
before(async () => {
  browser = await startBrowser()
})
after(() => browser?.close())

async function administrator(viewport, path, journey) {
  const { page, open, close } = await person(browser, 'q-admin', viewport)
  try {
    await open(path)
    await journey(page)
  } finally {
    await close()
  }
}

describe('an administrator', () => {
  it('makes a person who signs in with the password that is shown once, and takes a role away and back', () =>
    administrator(WIDE, '/admin', async (page) => {
      await inspect(page)
      await page.getByLabel('Name', { exact: true }).fill(NAME)
      await page.getByLabel('Name as shown').fill('<b onmouseover=alert(1)>Maria</b>')
      await page.getByRole('combobox', { name: 'Role' }).first().selectOption('expert')
      await page.getByRole('button', { name: 'Make the person' }).click()
      assert.equal(await page.evaluate(() => document.activeElement.id), 'place', 'a right is for a region that was chosen')
      await page.getByLabel('Region', { exact: true }).first().selectOption({ label: 'Catalonia' })
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
      await page.locator('form.admin-form select').selectOption({ label: 'Katalonien' })
      await page.getByRole('button', { name: 'Programm anlegen' }).click()
      await page.getByText('Wird nur dieses eine Mal gezeigt').waitFor()
      await inspect(page)
      await picture(page, 'clients-de')
      await page.getByRole('link', { name: 'Webhooks' }).click()
      await page.getByLabel('Adresse').fill('http://localhost/hook')
      await page.getByRole('button', { name: 'Webhook anlegen' }).click()
      const refused = page.getByRole('alert').filter({ hasText: 'only https' })
      await refused.waitFor()
      await page.waitForFunction((top) => top.getBoundingClientRect().top >= 0, await refused.elementHandle())
      await page.getByRole('link', { name: 'Was getan wurde' }).click()
      await page.getByRole('cell').first().waitFor()
      await inspect(page)
      await picture(page, 'trail-de')
    }))

  it('is told which role it takes when it is not theirs', async () => {
    const { page, open, close } = await person(browser, 'q-first')
    await open('/admin')
    await page.getByText('Administrator', { exact: true }).waitFor()
    await close()
  })
})
