// Opens a partner's page, types into its search box and prints the titles of the hits.
import { createRequire } from 'node:module'

const require = createRequire(`${process.cwd()}/`)
const { chromium } = require('playwright-core')

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-background-networking', '--disable-sync'],
})
try {
  const page = await browser.newPage()
  const errors = []
  page.on('pageerror', (error) => errors.push(String(error)))
  page.on('console', (message) => message.type() === 'error' && errors.push(message.text()))
  await page.goto(process.argv[2])
  await page.getByRole('searchbox').fill('robotic')
  await page.waitForFunction(() => document.querySelectorAll('#hits h3').length > 0 && document.querySelectorAll('#hits h3').length < 20)
  console.log((await page.locator('#hits h3').allTextContents()).join('\n'))
  const unexpected = errors.filter((text) => !text.includes('favicon') && !text.includes('404'))
  if (unexpected.length > 0) throw new Error(unexpected.join('\n'))
} finally {
  await browser.close()
}
