/** The search on a partner's page of another origin, as an element and in a frame, and the page that makes the code. */
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { after, before, test } from 'node:test'

import { BASE_URL, inspect, NARROW, picture, settled, startBrowser, visit, WIDE } from '../browser.mjs'

const PORT = Number(process.env.PARTNER_PORT ?? 8501)
const KEY = process.env.EMBED_KEY ?? ''
const PARTNER = `http://127.0.0.1:${PORT}`
const page = (body, head = '') => `<!doctype html><html lang="de"><head><title>Partner</title>${head}</head><body><h1>Partner</h1>${body}</body></html>`
const script = `<script type="module" src="${BASE_URL}/embed/v1.js"></script>`
const element = (attributes) => `<practice-search ${attributes}><a href="${BASE_URL}/practices">Alle</a></practice-search>`

const pages = {
  '/element': page(element(`lang="it" regions="ITF3" key="${KEY}" style="--practice-search-accent: #b00020"`), script),
  '/language': page(element(''), script),
  '/frame': page(
    `<iframe title="Suche" src="${BASE_URL}/embed/practices?lang=de&countries=SE&key=${KEY}" style="width:100%;height:10rem"></iframe><script type="module" src="${BASE_URL}/embed/resize.js"></script>`,
  ),
  '/frame-without-key': page(`<iframe title="Suche" src="${BASE_URL}/embed/practices?lang=de"></iframe>`),
  '/strict': page(element('lang="fr"'), `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src ${BASE_URL}; connect-src ${BASE_URL}">${script}`),
}

let browser
let partner

before(async () => {
  partner = createServer((request, response) => {
    const html = pages[request.url]
    response.writeHead(html ? 200 : 404, { 'content-type': 'text/html; charset=utf-8' }).end(html)
  }).listen(PORT, '127.0.0.1')
  browser = await startBrowser()
})
after(async () => {
  await browser?.close()
  partner.close()
})

/** A visit of the partner's page. */
async function at(path, journey, viewport = WIDE) {
  const context = await browser.newContext({ viewport, locale: 'en-GB' })
  const opened = await context.newPage()
  opened.setDefaultTimeout(15_000)
  try {
    await opened.goto(PARTNER + path)
    await journey(opened)
  } finally {
    await context.close()
  }
}

const count = (scope) => scope.getByRole('status')

test('the element shows the practices of the region that the page fixed, in its language', async () => {
  await at('/element', async (opened) => {
    await count(opened).filter({ hasText: /\d+ pratic/ }).waitFor()
    const facts = await opened.locator('practice-search li p').allTextContents()
    assert.ok(facts.length > 0 && facts.every((line) => line.includes('Campania')), facts.join('\n'))
    await opened.getByLabel('Che cosa hanno fatto le regioni?').fill('zzzz nothing')
    await opened.getByText('Nessuna pratica corrisponde.', { exact: false }).waitFor()
  })
})

test('its colours follow the page, and a click leads to the platform in the same language', async () => {
  await at('/element', async (opened) => {
    const link = opened.locator('practice-search li a').first()
    await link.waitFor()
    assert.equal(await link.evaluate((one) => getComputedStyle(one).color), 'rgb(176, 0, 32)')
    assert.match(await link.getAttribute('href'), new RegExp(`^${BASE_URL}/practices/[0-9a-f-]+\\?lang=it$`))
    assert.equal(await link.getAttribute('lang'), 'en')
  })
})

test('without a language of its own it speaks that of the page; choices narrow and count', async () => {
  await at('/language', async (opened) => {
    await count(opened).filter({ hasText: '192 Praxisbeispiele' }).waitFor()
    await opened.getByLabel('Land').selectOption({ label: await opened.getByLabel('Land').locator('option', { hasText: 'Schweden' }).innerText() })
    await count(opened).filter({ hasNotText: '192' }).waitFor()
    const shown = await opened.getByLabel('Land').locator('option:checked').innerText()
    const [, found] = /\((\d+)\)/.exec(shown)
    await count(opened).filter({ hasText: new RegExp(`^${found} `) }).waitFor()
  })
})

test('more practices are shown on demand, and reading goes on at the first new one', async () => {
  await at('/language', async (opened) => {
    const more = opened.getByRole('button', { name: 'Mehr anzeigen' })
    await more.waitFor()
    await more.focus()
    await opened.keyboard.press('Enter')
    await opened.locator('practice-search li').nth(19).waitFor()
    const place = await opened.evaluate(() => {
      const root = document.querySelector('practice-search').shadowRoot
      return [...root.querySelectorAll('li')].indexOf(root.activeElement?.closest('li'))
    })
    assert.equal(place, 10)
  })
})

test('a page with a strict policy of its own can hold it', async () => {
  await at('/strict', async (opened) => count(opened).filter({ hasText: '192 pratiques' }).waitFor())
})

test('where the search cannot be reached, it says so and what the partner put inside is shown', async () => {
  await at('/language', async (opened) => {
    await count(opened).filter({ hasText: '192' }).waitFor()
    await opened.route('**/api/v1/search/**', (route) => route.abort())
    await opened.getByLabel('Was haben Regionen getan?').fill('Wohnen')
    await opened.getByRole('alert').filter({ hasText: 'nicht erreichbar' }).waitFor()
    assert.ok(await opened.getByRole('link', { name: 'Alle', exact: true }).isVisible())
    await opened.unroute('**/api/v1/search/**')
    await opened.getByRole('button', { name: 'Erneut versuchen' }).click()
    await opened.locator('practice-search li').first().waitFor()
  })
})

test('the frame grows with its content and opens practices in a window of their own', async () => {
  await at('/frame', async (opened) => {
    const frame = opened.frameLocator('iframe')
    await count(frame).filter({ hasText: 'Praxisbeispiele' }).waitFor()
    await opened.waitForFunction(() => document.querySelector('iframe').offsetHeight > 400)
    assert.equal(await frame.locator('li a').first().getAttribute('target'), '_blank')
  })
})

test('a site without a key cannot frame it', async () => {
  await at('/frame-without-key', async (opened) => {
    await opened.waitForLoadState('networkidle')
    assert.equal(await opened.frameLocator('iframe').locator('practice-search').count(), 0)
  })
})

test('a key is refused on a page that it was not made for, and the element shows what stands inside it', async () => {
  const foreign = createServer((_, response) => response.writeHead(200, { 'content-type': 'text/html' }).end(pages['/element'])).listen(0, '127.0.0.1')
  const context = await browser.newContext()
  try {
    const opened = await context.newPage()
    await opened.goto(`http://127.0.0.1:${foreign.address().port}/`)
    await opened.getByRole('alert').filter({ hasText: 'La ricerca non è raggiungibile' }).waitFor()
    assert.ok(await opened.getByRole('link', { name: 'Alle', exact: true }).isVisible())
    assert.equal(await opened.locator('practice-search li').count(), 0)
  } finally {
    await context.close()
    foreign.close()
  }
})

const MADE = {
  en: { regions: 'Regions', key: 'Your embed key', what: 'Show on the map', found: /\d+ practices?/, source: 'Source:', whole: 'Open the full map' },
  de: { regions: 'Regionen', key: 'Ihr Einbettungsschlüssel', what: 'Auf der Karte zeigen', found: /\d+ Praxisbeispiele?/, source: 'Quelle:', whole: 'Ganze Karte öffnen' },
}
for (const [language, words] of Object.entries(MADE)) {
  for (const viewport of [WIDE, NARROW]) {
    const shot = (name) => `partner-${name}-${language}-${viewport.width}`

    test(`what the builder makes works on the partner's page, in ${language}, ${viewport.width} wide`, async () => {
      await visit(browser, `/embed?lang=${language}`, { viewport }, async (opened) => {
        await settled(opened)
        await opened.getByRole('group', { name: words.regions }).locator('input[value="SE224"]').check()
        await opened.getByLabel(words.key).fill(KEY)
        const code = await opened.locator('pre').first().innerText()
        assert.match(code, new RegExp(`<practice-search lang="${language}" regions="SE224" key="${KEY}">`))
        await opened.locator('practice-search li').first().waitFor()
        await inspect(opened)
        await picture(opened, shot('builder'))
        pages['/made'] = page(code)
        pages['/made-frame'] = page(await opened.locator('pre').nth(1).innerText())
      })
      await at('/made', async (opened) => {
        await count(opened).filter({ hasText: words.found }).waitFor()
        const facts = await opened.locator('practice-search li p').allTextContents()
        assert.ok(facts.length > 0 && facts.every((line) => line.includes('Skåne')), facts.join('\n'))
        await picture(opened, shot('element'))
      }, viewport)
      await at('/made-frame', async (opened) => {
        await count(opened.frameLocator('iframe')).filter({ hasText: words.found }).waitFor()
        await picture(opened, shot('frame'))
      }, viewport)
    })

    test(`a map with a key is shown on the partner's page, in ${language}, ${viewport.width} wide`, async () => {
      await visit(browser, `/embed?what=map&lang=${language}`, { viewport }, async (opened) => {
        await settled(opened)
        await opened.getByLabel(words.what).selectOption('outcome.unemployment-rate')
        await opened.getByLabel(words.key).fill(KEY)
        await opened.waitForURL(/layer=outcome\.unemployment-rate/)
        const code = await opened.locator('pre').innerText()
        assert.match(code, /embed\/map\?.*layer=outcome\.unemployment-rate/)
        pages['/map'] = page(code)
        pages['/map-without-key'] = page(code.replace(KEY, 'prk_0000000000'))
      })
      await at('/map', async (opened) => {
        const frame = opened.frameLocator('iframe')
        await frame.locator('svg a .region').nth(10).waitFor()
        await frame.getByText(words.source).waitFor()
        const whole = frame.getByRole('link', { name: words.whole })
        assert.match(await whole.getAttribute('href'), /layer=outcome\.unemployment-rate/)
        await picture(opened, shot('map'))
      }, viewport)
      await at('/map-without-key', async (opened) => {
        await opened.waitForLoadState('networkidle')
        assert.equal(await opened.frameLocator('iframe').locator('svg').count(), 0)
      }, viewport)
    })
  }
}
