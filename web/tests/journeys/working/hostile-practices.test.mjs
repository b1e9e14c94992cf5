/** Hostile texts in every text field of a practice and of its way: they show as text on every page that shows them. */
import assert from 'node:assert/strict'
import { after, before, it } from 'node:test'

import { BASE_URL, settled, startBrowser } from '../browser.mjs'
import { goOn, hostilePerson, nothingMade, packed, shown, texts } from '../hostile.mjs'

/** What fits a title fits every field. */
const TITLE = 200
const AT_ONCE = 6
const rounds = packed(TITLE)

let browser
let editor, publisher, first, second
const fired = []

before(async () => {
  browser = await startBrowser()
  ;[editor, publisher, first, second] = [await hostilePerson(browser, 'x-editor', fired), await hostilePerson(browser, 'x-publisher', fired), await hostilePerson(browser, 'x-first', fired), await hostilePerson(browser, 'x-second', fired)]
})
after(() => browser?.close())

/** A practice whose every text field holds all of these texts. */
function hostile(some) {
  const lists = Object.fromEntries(['further_territories', 'objectives', 'activities', 'results', 'lessons', 'challenges', 'limiting_factors', 'funds'].map((name) => [name, some]))
  const [line, lines] = [some.join(' '), some.join('\n')]
  const title = line.trim().length < 3 ? `${line}...` : line
  const url = 'https://example.org/a'
  return {
    ...lists,
    title,
    original_title: line,
    regions: ['ITF4'],
    language: 'en',
    summary: lines,
    people_reached: line,
    role: 'leader',
    areas: ['health'],
    budget: { stated: line },
    translations: ['fr', 'de'].map((language) => ({ language, title, summary: lines })),
    partners: some.map((name) => ({ name })),
    sources: some.map((publisher) => ({ url, publisher })),
    evidence: some.map((statement) => ({ statement, url })),
    links: some.map((title) => ({ title, url })),
    files: some.map((title) => ({ title, url })),
    contact: { name: line, organisation: line },
  }
}

/** The same for all, some at a time. */
async function eachOf(all, work) {
  const done = []
  for (let index = 0; index < all.length; index += AT_ONCE) done.push(...(await Promise.all(all.slice(index, index + AT_ONCE).map(work))))
  return done
}

const move = async (who, id, action, body) => who.taken('POST', `/practices/${id}/${action}`, body, { 'if-match': (await who.taken('GET', `/practices/${id}/draft`)).etag })

it('hostile texts in a practice show as text, for its author, its publisher and its readers', async (test) => {
  assert.ok(texts.length >= 200)
  const made = await eachOf(rounds, async (some) => (await editor.taken('POST', '/practices', hostile(some))).body)
  const written = await editor.open('/desk')
  for (const one of made.slice(0, AT_ONCE)) await goOn(written, `/desk/practices/${one.id}?section=content`, ['h1', shown(one.record.title)])
  for (const section of ['place', 'evidence', 'contact']) await goOn(written, `/desk/practices/${made[0].id}?section=${section}`, ['form h2', ''])
  await written.getByRole('button', { name: 'Preview' }).click()
  await written.locator('dl').first().waitFor()
  await nothingMade(written)

  await eachOf(made, ({ id }) => move(editor, id, 'submit'))
  const read = await publisher.open('/desk')
  for (const one of made) await goOn(read, `/desk/practices/${one.id}`, ['h1', shown(one.record.title)])
  const [judgedOne, askedOne, rejectedOne, ...others] = made
  await spokenOf(askedOne.id)
  await move(publisher, rejectedOne.id, 'reject', { reasons: packed(2900).map((some) => some.join('\n')) })
  await goOn(await editor.open('/desk'), `/desk/practices/${rejectedOne.id}`, ['main', shown(texts[0])])
  await eachOf(others, ({ id, record }) => move(publisher, id, 'publish', { reason: record.title }))
  await judged(judgedOne.id)

  const reader = await publisher.open('/practices?query=script')
  for (const one of [judgedOne, ...others]) await goOn(reader, `/practices/${one.id}`, ['h1', shown(one.record.title)])
  for (const path of ['/practices?query=alert', '/practices?query=onerror', '/practices?query=javascript', '/regions/ITF4']) {
    await reader.goto(BASE_URL + path)
    await settled(reader)
    await nothingMade(reader)
  }
  const frame = await editor.open('/icon.svg')
  await frame.goto(`${BASE_URL}/embed/practices?lang=en&regions=ITF4`)
  await frame.getByRole('status').first().waitFor()
  test.diagnostic(`${texts.length} texts in each text field of ${made.length} practices, ${fired.length} fired`)
  assert.deepEqual(fired, [])
})

/** Every text in the conversation, and among the changes that are asked for. */
async function spokenOf(id) {
  const messages = packed(2900).map((some) => ({ pointer: '/summary', text: some.join('\n') }))
  for (const message of messages) await publisher.taken('POST', `/practices/${id}/conversation`, message)
  await move(publisher, id, 'request-changes', { messages })
  await goOn(await editor.open('/desk'), `/desk/practices/${id}?section=content`, ['form', shown(texts[0])])
}

/** Through the whole evaluation: every text of it is hostile, too. */
async function judged(id) {
  await move(publisher, id, 'select')
  const { body: framework } = await editor.taken('GET', '/evaluation-framework?lang=en')
  const questions = [...framework.criteria.flatMap(({ questions }) => questions), ...framework.transferability, ...framework.reflection]
  const from = (place, count) => Array.from({ length: count }, (_, index) => texts[(place * count + index) % texts.length])
  const long = (place) => from(place, 20).join('\n').slice(0, 3000)
  const { etag } = await editor.taken('GET', `/practices/${id}/draft`)
  const answers = Object.fromEntries(questions.map(({ field }, place) => [field, long(place)]))
  await editor.taken('PUT', `/practices/${id}/draft`, { ...hostile(rounds[0]), questionnaire: answers }, { 'if-match': etag })
  await move(editor, id, 'submit')
  await move(publisher, id, 'assign', { evaluators: [first.id, second.id] })
  const evaluation = {
    framing: { population: rounds[0].join('\n'), context: rounds[1].join('\n'), period: rounds[2].join('\n') },
    judgements: Object.fromEntries(framework.criteria.flatMap(({ code, questions }, criterion) => questions.map((question, place) => [`${code}.${question.code}`, { judgement: 'convincing', reason: long(criterion * 4 + place) }]))),
    aspects: Object.fromEntries(framework.aspects.map(({ code }, place) => [code, { inspiring: from(place * 2, 20), room: from(place * 2 + 1, 20) }])),
    transferability: Object.fromEntries(framework.transferability.map(({ code }, place) => [code, long(place)])),
    reflection: Object.fromEntries(framework.reflection.map(({ code }, place) => [code, long(place)])),
  }
  for (const one of [first, second]) {
    const place = `/practices/${id}/evaluations/${one.id}`
    const saved = await one.taken('PUT', place, evaluation, { 'if-match': (await one.taken('GET', place)).etag })
    await one.taken('POST', `${place}/submit`, undefined, { 'if-match': saved.etag })
  }
  const agreed = await first.taken('PUT', `/practices/${id}/consensus`, evaluation, { 'if-match': '"c0"' })
  const judge = await first.open(`/desk/practices/${id}/evaluation`)
  for (const part of ['framing', ...framework.criteria.map(({ code }) => code), 'aspects', 'transferability', 'reflection']) await goOn(judge, `/desk/practices/${id}/evaluation?part=${part}`, ['nav a[aria-current="step"]', ''])
  await second.taken('POST', `/practices/${id}/consensus/confirm`, undefined, { 'if-match': agreed.etag })
  await move(publisher, id, 'accept')
  await move(publisher, id, 'publish', { reason: texts[3] })
}
