/** A researcher: from a ranking to numbers in files that are the numbers on the screen, and how to cite them. */
import assert from 'node:assert/strict'
import { text } from 'node:stream/consumers'
import { after, before, describe, it } from 'node:test'
import { promisify } from 'node:util'
import { inflateRaw } from 'node:zlib'

import { BASE_URL, inspect, NARROW, picture, settled, startBrowser, visit, WIDE } from '../browser.mjs'

const WORDS = { en: { compare: /^Compare \(/, side: 'Side by side' }, de: { compare: /^Vergleichen \(/, side: 'Nebeneinander' } }
const CHOSEN = ['ES51', 'SE224', 'ITF4']

let browser
before(async () => {
  browser = await startBrowser()
})
after(() => browser?.close())

/** The number in a cell, in the language of the page. */
const number = (words) => Number(words.replace(',', '.').replace('−', '-').replace(/[^\d.-]/g, ''))

/** As the pages round. */
const rounded = (score) => new Intl.NumberFormat('en', { minimumFractionDigits: 1, maximumFractionDigits: 1 }).format(score)

/** The lines of a CSV file whose texts hold no line breaks, as records. */
function records(csv) {
  const [head, ...lines] = csv.replace(/^\uFEFF/, '').trim().split('\r\n').map((line) => [...line.matchAll(/("(?:[^"]|"")*"|[^,]*)(?:,|$)/g)].map(([, cell]) => cell.replace(/^"|"$/g, '').replaceAll('""', '"')))
  return lines.map((cells) => Object.fromEntries(head.map((name, place) => [name, cells[place]])))
}

/** The cells of the first sheet of a workbook, row by row: enough of the format to read what the platform writes. */
async function cells(workbook) {
  const files = {}
  for (let at = workbook.indexOf('PK\x01\x02'); at >= 0; at = workbook.indexOf('PK\x01\x02', at + 4)) {
    const [method, packed, nameLength, offset] = [workbook.readUInt16LE(at + 10), workbook.readUInt32LE(at + 20), workbook.readUInt16LE(at + 28), workbook.readUInt32LE(at + 42)]
    const begin = offset + 30 + workbook.readUInt16LE(offset + 26) + workbook.readUInt16LE(offset + 28)
    const body = workbook.subarray(begin, begin + packed)
    files[workbook.toString('utf8', at + 46, at + 46 + nameLength)] = (method ? await promisify(inflateRaw)(body) : body).toString('utf8')
  }
  const shared = [...(files['xl/sharedStrings.xml'] ?? '').matchAll(/<si>.*?<t[^>]*>(.*?)<\/t>.*?<\/si>/gs)].map(([, words]) => words)
  const sheet = files[Object.keys(files).filter((name) => /worksheets\/sheet\d/.test(name)).sort()[0]]
  return [...sheet.matchAll(/<row[^>]*>(.*?)<\/row>/gs)].map(([, row]) =>
    Object.fromEntries([...row.matchAll(/<c r="([A-Z]+)\d+"([^>]*?)(?:\/>|>(.*?)<\/c>)/gs)].map(([, column, kind, inside = '']) => {
      const value = /<v[^>]*>(.*?)<\/v>/s.exec(inside)?.[1] ?? /<t[^>]*>(.*?)<\/t>/s.exec(inside)?.[1] ?? ''
      return [column, /t="s"/.test(kind) ? shared[Number(value)] : value]
    })),
  )
}

async function downloaded(page, click) {
  const [file] = await Promise.all([page.waitForEvent('download'), click()])
  return file
}

for (const [language, words] of Object.entries(WORDS)) {
  for (const viewport of [WIDE, NARROW]) {
    const shot = (name) => `researcher-${name}-${language}-${viewport.width}`
    describe(`a researcher, in ${language}, ${viewport.width} wide`, () => {
      it('goes from the ranking to a comparison, and finds the same numbers in every file and the id to cite', () =>
        visit(browser, `/rankings?lang=${language}&edition=demonstration`, { viewport }, async (page) => {
          await settled(page)
          await inspect(page)
          await picture(page, shot('rankings'))
          const lines = await page.locator('tbody tr').evaluateAll((rows) => rows.map((row) => [...row.children].map((cell) => cell.textContent.trim())))
          assert.equal(lines.length, 25)
          // How sure a rank is stands beside it, as numbers and not only as a bar.
          assert.ok(lines.every(([, , , band]) => /^\d+(–\d+)?$/.test(band)), lines.map(([, , , band]) => band).join(' '))
          const own = records(await text(await (await downloaded(page, () => page.getByRole('button', { name: 'CSV' }).click())).createReadStream()))
          assert.deepEqual(own.map(({ rank, score }) => [rank, rounded(score)]), lines.map(([rank, , score]) => [rank, rounded(number(score))]))

          const id = await page.locator('section[aria-labelledby="cite"] code').innerText()
          for (const name of CHOSEN) await page.locator(`tbody tr:has(a[href*="/regions/${name}"]) input`).check()
          await page.getByRole('link', { name: words.compare }).click()
          await page.getByRole('heading', { name: words.side }).waitFor()
          await settled(page)
          await inspect(page)
          await picture(page, shot('compare'))
          assert.equal(await page.locator('section[aria-labelledby="cite"] code').innerText(), id)
          // Whatever the width, it is a table with headings for its lines and columns.
          assert.equal(await page.locator('section[aria-labelledby="side"]').getByRole('columnheader').count() >= 1 + CHOSEN.length, true)
          const shown = Object.fromEntries(
            await page.locator('section[aria-labelledby="side"] tbody tr:has(td)').evaluateAll((rows) => rows.map((row) => [row.querySelector('th').firstChild.textContent.trim(), [...row.querySelectorAll('td.number')].map((cell) => cell.firstChild.textContent.trim())])),
          )
          const order = new URL(page.url()).searchParams.get('regions').split(',')
          await equalInFiles(page, shown, order, id)

          await page.locator('a.how').first().click()
          await page.waitForFunction(() => document.activeElement?.id === location.hash.slice(1))
          await inspect(page)
          await picture(page, shot('method'))
        }))
    })
  }
}

/** CSV, XLSX and JSON-stat hold the scores that the table shows, under the id of the citation. */
async function equalInFiles(page, shown, order, id) {
  const answers = {}
  for (const name of ['CSV', 'XLSX', 'JSON-stat']) {
    const address = await page.locator('section[aria-labelledby="cite"]').getByRole('link', { name }).getAttribute('href')
    const answer = await fetch(BASE_URL + address)
    assert.equal(answer.status, 200, address)
    answers[name] = Buffer.from(await answer.arrayBuffer())
  }
  const rows = records(answers.CSV.toString('utf8')).filter(({ group }) => group === 'ALL')
  assert.ok(rows.every(({ score_id }) => score_id === id))
  const overall = order.map((region) => Number(rows.find((row) => row.region === region && row.dimension === 'overall').score))
  assert.deepEqual(overall.map(rounded), Object.values(shown)[0].map((score) => rounded(number(score))))
  // Every number on the screen is in the file, for its region.
  for (const scores of Object.values(shown)) {
    scores.forEach((score, place) => {
      if (!/\d/.test(score)) return
      assert.ok(rows.some((row) => row.region === order[place] && row.score && rounded(row.score) === rounded(number(score))), `${order[place]} ${score}`)
    })
  }
  const [head, ...sheet] = await cells(answers.XLSX)
  const columns = Object.fromEntries(Object.entries(head).map(([column, name]) => [name, column]))
  const all = records(answers.CSV.toString('utf8'))
  // A cell of a workbook holds fifteen digits for certain.
  const near = (a, b) => (a || b ? Math.abs(Number(a || 'NaN') - Number(b || 'NaN')) < 1e-9 : true)
  const filled = sheet.filter((row) => row[columns.dimension])
  assert.equal(filled.length, all.length)
  for (const [place, { region, dimension, group, score }] of all.entries()) {
    const row = filled[place]
    assert.deepEqual([row[columns.region], row[columns.dimension], row[columns.group]], [region, dimension, group])
    assert.ok(near(row[columns.score], score), `${region} ${dimension} ${group}: ${row[columns.score]} is not ${score}`)
  }
  const cube = JSON.parse(answers['JSON-stat'].toString('utf8'))
  assert.equal(cube.extension.score_id, id)
  const at = (...codes) => codes.reduce((place, code, axis) => place * cube.size[axis] + cube.dimension[cube.id[axis]].category.index.indexOf(code), 0)
  for (const { region, dimension, group, score } of all) assert.equal(cube.value[at(region, dimension, group)] ?? NaN, Number(score || 'NaN'), `${region} ${dimension} ${group}`)
}
