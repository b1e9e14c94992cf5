// Opens a partner's page and prints what its search element shows once practices are there.
import { createRequire } from 'node:module'

const require = createRequire(`${process.cwd()}/`)
const { chromium } = require('playwright-core')

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-background-networking', '--disable-sync'],
})
try {
  const page = await browser.newPage()
  page.on('console', (message) => message.type() === 'error' && console.error(message.text()))
  await page.goto(process.argv[2])
  await page.locator('practice-search li').first().waitFor({ timeout: 30_000 })
  console.log(await page.locator('practice-search [role=status]').textContent())
  console.log(await page.locator('practice-search li').allTextContents())
} finally {
  await browser.close()
}
