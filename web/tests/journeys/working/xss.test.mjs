/** Hostile texts in every text field: they show as text on every page, nothing runs, nothing is fetched, the policy has nothing to refuse. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, it } from 'node:test'

import { BASE_URL, settled, startBrowser } from '../browser.mjs'
import { signIn } from '../people.mjs'

const texts = readFileSync(new URL('../../../../tests/practices/data/xss.txt', import.meta.url), 'utf8').split('\n').filter((line) => line.trim() && !line.startsWith('# '))
const EACH = 6
const rounds = Array.from({ length: Math.ceil(texts.length / EACH) }, (_, index) => texts.slice(index * EACH, index * EACH + EACH))

let browser
const people = {}
const fired = []

before(async () => {
  browser = await startBrowser()
  for (const name of ['w-editor', 'w-publisher', 'w-first', 'w-second']) {
    const context = await browser.newContext({ locale: 'en-GB' })
    context.setDefaultTimeout(45_000)
    people[name] = { context, id: await signIn(context, name) }
  }
})
after(() => browser?.close())

async function ask(name, method, path, data, headers = {}) {
  const answer = await people[name].context.request.fetch(`${BASE_URL}/api/v1${path}`, { method, data, headers: { origin: BASE_URL, ...headers } })
  assert.ok(answer.ok(), `${method} ${path}: ${answer.status()} ${(await answer.text()).slice(0, 500)}`)
  return { body: answer.status() === 204 ? null : await answer.json(), etag: answer.headers().etag }
}

/** As many of the texts as the field takes, parted by a line break. */
function fitting(some, most) {
  let all = ''
  for (const text of some) if ((all + text).length < most) all += (all ? '\n' : '') + text
  return all || some[0].slice(0, most)
}
const line = (some, most) => fitting(some, most).replaceAll('\n', ' ')
const long = (text) => (text.trim().length < 3 ? `${text}...` : text)

/** A practice whose every text field holds hostile texts. */
function hostile(some) {
  const lists = Object.fromEntries(['further_territories', 'objectives', 'activities', 'results', 'lessons', 'challenges', 'limiting_factors', 'funds'].map((name) => [name, some]))
  const address = 'https://example.org/a'
  return {
    ...lists,
    title: long(line(some, 200)),
    original_title: line([...some].reverse(), 300),
    regions: ['ES51'],
    language: 'en',
    summary: fitting(some, 3000),
    people_reached: line(some, 500),
    role: 'leader',
    areas: ['health'],
    budget: { stated: line(some, 500) },
    translations: ['fr', 'de', 'it', 'es', 'pt', 'sv'].slice(0, some.length).map((language, index) => ({ language, title: long(some[index]).slice(0, 200), summary: some[index] })),
    partners: some.map((name) => ({ name })),
    sources: some.map((publisher) => ({ url: address, publisher })),
    evidence: some.map((statement) => ({ statement, url: address })),
    links: some.map((title) => ({ title, url: address })),
    files: some.map((title) => ({ title, url: address })),
    contact: { name: line(some, 500), organisation: line(some, 500) },
  }
}

/** A page that notes whatever runs, is refused by the policy, or is asked of another site. */
async function watched(name, path) {
  const page = await people[name].context.newPage()
  page.on('dialog', (dialog) => (fired.push(`dialog: ${dialog.message()} at ${page.url()}`), void dialog.dismiss()))
  page.on('console', (message) => /content security policy/i.test(message.text()) && fired.push(`${message.text()} at ${page.url()}`))
  page.on('request', (request) => !request.url().startsWith(BASE_URL) && !/^(data|blob|about):/.test(request.url()) && fired.push(`asked ${request.url()}`))
  page.on('pageerror', (error) => fired.push(`error ${error.message} at ${page.url()}`))
  await page.goto(BASE_URL + path)
  if (path !== '/icon.svg') await settled(page)
  return page
}

/** To another page of the site without loading the site anew; `ready` is what it must show. */
async function goOn(page, path, ready) {
  await page.evaluate((to) => (history.pushState(null, '', to), window.dispatchEvent(new PopStateEvent('popstate'))), path)
  await page.waitForFunction(([selector, text]) => [...document.querySelectorAll(selector)].some((one) => one.textContent.replace(/\s+/g, ' ').includes(text)), ready)
  const made = await page.evaluate(() => document.querySelectorAll('main script, main iframe, main object, main embed, main form[action], main [onerror], main [onload], main [onclick], main [style*="expression"], main a[href^="javascript:" i], main a[href^="data:" i], main img, main base, main meta').length)
  assert.equal(made, 0, `${path} has elements that a text made`)
}
const shown = (text) => text.replace(/\s+/g, ' ').trim().slice(0, 40)

it('hostile texts show as text, on every page that shows them', async (test) => {
  const began = Date.now()
  const made = []
  for (let index = 0; index < rounds.length; index += 6) {
    made.push(...(await Promise.all(rounds.slice(index, index + 6).map(async (some) => (await ask('w-editor', 'POST', '/practices', hostile(some))).body))))
  }
  test.diagnostic(`${texts.length} texts in ${made.length} practices: ${Date.now() - began} ms`)
  const editor = await watched('w-editor', '/desk')
  for (const one of made) await goOn(editor, `/desk/practices/${one.id}?section=content`, ['h1', shown(one.record.title)])
  await goOn(editor, `/desk/practices/${made[0].id}?section=evidence`, ['form h2', 'Sources'])
  await editor.getByRole('button', { name: 'Preview' }).click()
  await editor.locator('dl').first().waitFor()
  test.diagnostic(`pages of work: ${Date.now() - began} ms`)

  for (let index = 0; index < made.length; index += 6) {
    await Promise.all(
      made.slice(index, index + 6).map(async ({ id }, place) => {
        const sent = await ask('w-editor', 'POST', `/practices/${id}/submit`, undefined, { 'if-match': (await ask('w-editor', 'GET', `/practices/${id}/draft`)).etag })
        if (index + place > 0) await ask('w-publisher', 'POST', `/practices/${id}/publish`, { reason: texts[index] }, { 'if-match': sent.etag })
      }),
    )
  }
  await judged(made[0].id)
  test.diagnostic(`published: ${Date.now() - began} ms`)

  const reader = await watched('w-publisher', '/practices?query=script')
  for (const one of made) await goOn(reader, `/practices/${one.id}`, ['h1', shown(one.record.title)])
  for (const path of ['/practices?query=alert', '/practices?query=onerror', '/practices?query=javascript', '/regions/ES51']) {
    await reader.goto(BASE_URL + path)
    await settled(reader)
  }
  const frame = await watched('w-editor', '/icon.svg')
  await frame.goto(`${BASE_URL}/embed/practices?lang=en&regions=ES51`)
  await frame.getByRole('status').first().waitFor()
  test.diagnostic(`pages for readers: ${Date.now() - began} ms`)
  assert.deepEqual(fired, [])
})

/** Through the whole evaluation: every text of it is hostile, too. */
async function judged(id) {
  const move = async (name, action, body) => ask(name, 'POST', `/practices/${id}/${action}`, body, { 'if-match': (await ask(name, 'GET', `/practices/${id}/draft`)).etag })
  await move('w-publisher', 'select')
  const { body: framework } = await ask('w-editor', 'GET', '/evaluation-framework?lang=en')
  const questions = [...framework.criteria.flatMap(({ questions }) => questions), ...framework.transferability, ...framework.reflection]
  const from = (place, count) => Array.from({ length: count }, (_, index) => texts[(place * count + index) % texts.length])
  const open = await ask('w-editor', 'GET', `/practices/${id}/draft`)
  const answers = Object.fromEntries(questions.map(({ field }, place) => [field, fitting(from(place, 12), 3000)]))
  await ask('w-editor', 'PUT', `/practices/${id}/draft`, { ...hostile(rounds[0]), questionnaire: answers }, { 'if-match': open.etag })
  await move('w-editor', 'submit')
  await move('w-publisher', 'assign', { evaluators: [people['w-first'].id, people['w-second'].id] })
  await ask('w-editor', 'POST', `/practices/${id}/conversation`, { pointer: '/summary', text: fitting(from(0, 12), 3000) })
  const evaluation = {
    framing: { population: texts[0], context: texts[1], period: texts[2] },
    judgements: Object.fromEntries(framework.criteria.flatMap(({ code, questions }) => questions.map((question, place) => [`${code}.${question.code}`, { judgement: 'convincing', reason: fitting(from(place, 12), 3000) }]))),
    aspects: Object.fromEntries(framework.aspects.map(({ code }, place) => [code, { inspiring: from(place * 2, 20), room: from(place * 2 + 1, 20) }])),
    transferability: Object.fromEntries(framework.transferability.map(({ code }, place) => [code, fitting(from(place, 12), 3000)])),
    reflection: Object.fromEntries(framework.reflection.map(({ code }, place) => [code, fitting(from(place, 12), 3000)])),
  }
  for (const name of ['w-first', 'w-second']) {
    const at = `/practices/${id}/evaluations/${people[name].id}`
    const saved = await ask(name, 'PUT', at, evaluation, { 'if-match': (await ask(name, 'GET', at)).etag })
    await ask(name, 'POST', `${at}/submit`, undefined, { 'if-match': saved.etag })
  }
  const written = await ask('w-first', 'PUT', `/practices/${id}/consensus`, evaluation, { 'if-match': '"c0"' })
  const judge = await watched('w-first', `/desk/practices/${id}/evaluation`)
  for (const part of ['framing', ...framework.criteria.map(({ code }) => code), 'aspects', 'transferability', 'reflection']) await goOn(judge, `/desk/practices/${id}/evaluation?part=${part}`, ['nav a[aria-current="step"]', ''])
  await ask('w-second', 'POST', `/practices/${id}/consensus/confirm`, undefined, { 'if-match': written.etag })
  await move('w-publisher', 'accept')
  await move('w-publisher', 'publish', { reason: texts[3] })
}
