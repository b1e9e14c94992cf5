/** Hostile texts, and pages that note whatever of them runs, is fetched, or is refused by the policy. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'

import { BASE_URL, settled } from './browser.mjs'
import { person } from './people.mjs'

export const texts = readFileSync(new URL('../../../tests/practices/data/xss.txt', import.meta.url), 'utf8').split('\n').filter((line) => line.trim() && !line.startsWith('# '))

/** All texts in as few groups as possible, each of which fits a field of so many characters, parted by blanks or line breaks. */
export function packed(most) {
  const groups = [[]]
  let length = 0
  for (const text of texts) {
    if (length + text.length + 1 > most) [length] = [0, groups.push([])]
    groups.at(-1).push(text)
    length += text.length + 1
  }
  return groups
}

/** Somebody at work whose pages are watched; every request of theirs has to be taken. */
export async function hostilePerson(browser, name, fired) {
  const { id, context, ask } = await person(browser, name)
  const taken = async (...request) => {
    const answer = await ask(...request)
    assert.ok(answer.ok(), `${request[0]} ${request[1]}: ${answer.status()} ${(await answer.text()).slice(0, 500)}`)
    return { body: answer.status() === 204 ? null : await answer.json(), etag: answer.headers().etag }
  }
  const open = async (path) => {
    const page = await context.newPage()
    page.on('dialog', (dialog) => (fired.push(`dialog: ${dialog.message()} at ${page.url()}`), void dialog.dismiss()))
    page.on('console', (message) => /content security policy/i.test(message.text()) && fired.push(`${message.text()} at ${page.url()}`))
    page.on('request', (request) => !request.url().startsWith(BASE_URL) && !/^(data|blob|about):/.test(request.url()) && fired.push(`asked ${request.url()}`))
    page.on('pageerror', (error) => fired.push(`error ${error.message} at ${page.url()}`))
    await page.goto(BASE_URL + path)
    if (path !== '/icon.svg') await settled(page)
    return page
  }
  return { id, ask, taken, open }
}

/** No element of the page was made by a text. */
export async function nothingMade(page) {
  const made = await page.evaluate(() => document.querySelectorAll('main script, main iframe, main object, main embed, main form[action], main [onerror], main [onload], main [onclick], main [onfocus], main [onmouseover], main [style*="expression"], main a[href^="javascript:" i], main a[href^="data:" i], main img, main base, main meta').length)
  assert.equal(made, 0, `${page.url()} has elements that a text made`)
}

/** To another page of the site without loading the site anew; `ready` is what it must show. */
export async function goOn(page, path, ready) {
  await page.evaluate((to) => (history.pushState(null, '', to), window.dispatchEvent(new PopStateEvent('popstate'))), path)
  await page.waitForFunction(([selector, text]) => [...document.querySelectorAll(selector)].some((one) => one.textContent.replace(/\s+/g, ' ').includes(text)), ready)
  await nothingMade(page)
}

/** How a text begins on a page. */
export const shown = (text) => text.replace(/\s+/g, ' ').trim().slice(0, 40)
