/**
 * Takes screenshots of every state, in three widths, light and dark:
 *   npm run screenshots -- <folder>
 * Without a folder it takes the screenshot of README.md.
 */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type Browser, chromium, type Page } from 'playwright-core'
import { createAccount, signIn } from './account.ts'
import { chromiumArguments, requireChromium } from './chromium.ts'
import { tick } from './locators.ts'
import { startProduct } from './product.ts'
import { everydayTasks } from './sample-tasks.ts'
import { type State, states } from './states.ts'

const widths = { 320: 640, 768: 1024, 1440: 900 }
const schemes = ['light', 'dark'] as const
const [folder] = process.argv.slice(2)

const product = await startProduct()
const browser = await chromium.launch({
  executablePath: requireChromium(),
  args: chromiumArguments,
})
try {
  if (folder) await takeAll(browser, folder)
  else await takeForReadme(browser)
} finally {
  await browser.close()
  await product.dispose()
}

async function takeAll(browser: Browser, folder: string) {
  await mkdir(folder, { recursive: true })
  for (const state of states) {
    for (const [width, height] of Object.entries(widths)) {
      const page = await openPage(browser, state.tasks, Number(width), height)
      await state.open(page)
      for (const colorScheme of schemes) {
        await page.emulateMedia({ colorScheme })
        const name = `${state.name.replaceAll(' ', '-')}-${width}-${colorScheme}.png`
        await page.screenshot({ path: join(folder, name) })
      }
      await page.context().close()
    }
    console.log(state.name)
  }
}

async function takeForReadme(browser: Browser) {
  const page = await openPage(browser, everydayTasks(), 1440, 900, 'ada@example.com')
  await page.goto('/')
  await tick(page, 'Prepare the talk').waitFor()
  await page.evaluate(() => document.fonts.ready)
  await page.screenshot({ path: join(import.meta.dirname, '../../docs/task-page.png') })
}

async function openPage(
  browser: Browser,
  tasks: State['tasks'],
  width: number,
  height: number,
  email?: string,
): Promise<Page> {
  const context = await browser.newContext({
    baseURL: product.url,
    locale: 'en-GB',
    viewport: { width, height },
    reducedMotion: 'reduce',
  })
  if (tasks) {
    const ada = await createAccount(product.url, 'Ada', email)
    await ada.createTasks(...tasks)
    await signIn(context, product.url, ada)
  }
  return context.newPage()
}
