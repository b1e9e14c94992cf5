/** The own account on a telephone, in German, with a keyboard: the password, and an authenticator beside it. */
import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { after, before, describe, it } from 'node:test'

import { inspect, NARROW, picture, startBrowser } from '../browser.mjs'
import { NEXT, person } from '../people.mjs'

let browser
before(async () => {
  browser = await startBrowser()
})
after(() => browser?.close())

describe('the account', () => {
  it('names regions by name, and takes an authenticator and lets it go with the keyboard', async () => {
    const { page, open, close } = await person(browser, 'a-account', NARROW)
    await open('/account?lang=de')
    await page.getByText('Katalonien').waitFor()
    await inspect(page)
    const password = page.getByLabel('Jetziges Passwort').last()
    await type(password, 'not the password at all')
    await page.getByText('Das jetzige Passwort stimmt nicht.').waitFor()
    await type(password, NEXT)
    const code = page.getByLabel('Code', { exact: false }).last()
    await code.waitFor()
    assert.equal(await page.evaluate(() => document.activeElement.autocomplete), 'one-time-code')
    const secret = (await page.locator('code').textContent()).replace(/\s/g, '')
    await inspect(page)
    await picture(page, 'authenticator-de-360')
    await type(code, otherThan(codeOf(secret)))
    await page.getByText('Der Code stimmt nicht').waitFor()
    await type(code, codeOf(secret))
    await page.getByText('Zum Anmelden ist ein Code Ihrer App nötig.').waitFor()
    assert.equal(await page.evaluate(() => document.activeElement.tagName), 'H2')
    await inspect(page)
    await picture(page, 'account-secured-de-360')
    await type(password, NEXT)
    await page.getByText('Ein Code auf Ihrem Telefon schützt').waitFor()
    await close()
  })
})

async function type(field, text) {
  await field.fill(text)
  await field.press('Enter')
}

/** The code of this half minute (RFC 6238). */
function codeOf(secret) {
  const bits = [...secret].map((letter) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0')).join('')
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)))
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000)))
  const digest = createHmac('sha1', key).update(counter).digest()
  const number = digest.readUInt32BE(digest[19] & 15) & 0x7fffffff
  return String(number % 1_000_000).padStart(6, '0')
}

const otherThan = (code) => String((Number(code) + 500_000) % 1_000_000).padStart(6, '0')
