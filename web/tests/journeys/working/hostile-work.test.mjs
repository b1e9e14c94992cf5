/** Hostile texts in administration and in questionnaires: names, addresses, evidence, sources, comments, editions. */
import assert from 'node:assert/strict'
import { after, before, it } from 'node:test'

import { settled, startBrowser } from '../browser.mjs'
import { goOn, hostilePerson, nothingMade, packed, shown, texts } from '../hostile.mjs'

let browser
const fired = []
before(async () => {
  browser = await startBrowser()
})
after(() => browser?.close())

/** As many texts in one line as a name takes. */
const lines = (most) => packed(most).map((some) => some.join(' '))
const names = lines(200)
/** A title of a source is one line without control characters, and without a bar at its ends. */
const plain = (line) => line.replace(/[\x00-\x1f\x7f-\x9f]/g, ' ').replace(/^[|\s]+|[|\s]+$/g, '')

it('names of people, programs, keys and webhooks show as text, and addresses are addresses', async (test) => {
  const admin = await hostilePerson(browser, 'x-admin', fired)
  for (const [place, name] of lines(100).entries()) await admin.taken('POST', '/admin/people', { name: name.slice(0, 100), display_name: names[place % names.length] })
  for (const name of names) {
    await admin.taken('POST', '/admin/clients', { name, scopes: ['practices:write'], regions: ['ES51'] })
    await admin.taken('POST', '/admin/embed-keys', { name, origins: ['https://www.example.org'] })
  }
  for (const text of texts) {
    for (const [path, body] of [['/admin/embed-keys', { name: 'origin', origins: [text.slice(0, 200)] }], ['/webhooks', { url: text }]]) {
      assert.equal((await admin.ask('POST', path, body)).status(), 422, `${path} ${text}`)
    }
  }
  const page = await admin.open('/admin')
  const seen = async (part, words) => {
    await goOn(page, `/admin?part=${part}`, ['main', ''])
    await settled(page)
    await page.waitForFunction((wanted) => document.querySelector('main').textContent.replace(/\s+/g, ' ').includes(wanted), words)
    await nothingMade(page)
  }
  await seen('people', shown(names.at(-1)))
  await seen('clients', shown(names.at(-1)))
  await seen('keys', shown(names.at(-1)))
  // Ten webhooks are the most; each holds as many texts as its description and its address take.
  for (let begin = 0; begin < names.length; begin += 10) {
    const held = []
    for (const name of names.slice(begin, begin + 10)) held.push(await admin.taken('POST', '/webhooks', { url: `https://hooks.example.org/${encodeURIComponent(name).replaceAll("'", '%27')}`, description: name }))
    await seen('people', '')
    await seen('webhooks', shown(names[begin]))
    for (const { body } of held) await admin.taken('DELETE', `/webhooks/${body.id}`)
  }
  await seen('trail', '')
  test.diagnostic(`${texts.length} texts in the names of people, programs, keys and webhooks, ${fired.length} fired`)
  assert.deepEqual(fired, [])
})

it('editions and answers to questionnaires show as text', async (test) => {
  const reviewer = await hostilePerson(browser, 'x-reviewer', fired)
  const editor = await hostilePerson(browser, 'x-editor', fired)
  const { body: methodology } = await reviewer.taken('GET', '/methodologies/open-instrument-1')
  const titles = lines(300)
  const long = packed(3900).map((some) => some.join('\n'))
  for (const [place, line] of titles.entries()) {
    await reviewer.taken('POST', '/editions', { id: `hostile-${place}`, title: line, notice: long[place % long.length], methodology: methodology.id, methodology_version: methodology.version, date: '2026-11', licence: line, source: line })
  }
  const { body: own } = await editor.taken('POST', '/assessments', { edition: 'demonstration', region: 'ITF4', kind: 'self' })
  const { body: cells } = await editor.taken('GET', `/assessments/${own.id}/answers`)
  const answers = cells.items.map(({ indicator, group }, place) => ({
    indicator,
    group,
    state: 'scored',
    option: 'a',
    evidence: long[place % long.length],
    comment: long[(place + 1) % long.length],
    sources: [{ url: 'https://example.org/a', title: plain(titles[place % titles.length]) }],
  }))
  await editor.taken('PUT', `/assessments/${own.id}/answers`, { answers }, { 'if-match': '"v0"' })
  const page = await editor.open('/desk/assessments')
  await nothingMade(page)
  for (const query of ['section=resources', 'by=phase&section=formulation', 'by=area&section=health', 'view=scores', 'view=finish', 'view=files']) {
    await goOn(page, `/desk/assessments/${own.id}?${query}`, ['main h1', ''])
    await settled(page)
    await nothingMade(page)
  }
  await nothingMade(await reviewer.open('/desk/assessments'))
  test.diagnostic(`${texts.length} texts in ${titles.length} editions and ${answers.length} answers, ${fired.length} fired`)
  assert.deepEqual(fired, [])
})
