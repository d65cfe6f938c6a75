import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type BrowserContext, chromium } from 'playwright-core'
import { expect, inject, it as test } from 'vitest'
import { createAccount, signIn } from './account.ts'
import { watchPageErrors } from './page-errors.ts'

const timeoutMs = 10_000

/**
 * - `url`, `browser`: the product and the browser of this run
 * - `context`, `page`: a browser profile for one test, closed afterwards. The test fails on an error
 *   of one of its pages that it did not announce with `pageErrors.expect`
 * - `ada`: an account whose session the context holds
 * - `adasPage`: the page, with that session
 */
export const it = test
  .extend('running', { scope: 'file' }, () => inject('running'))
  .extend('url', { scope: 'file' }, ({ running }) => running.url)
  .extend('browser', { scope: 'file' }, async ({ running }, { onCleanup }) => {
    const browser = await chromium.connect(running.browserEndpoint)
    onCleanup(() => browser.close())
    return browser
  })
  .extend('context', async ({ browser, url, task }, { onCleanup }) => {
    const context = await browser.newContext({
      baseURL: url,
      locale: 'en-GB',
      viewport: { width: 1280, height: 800 },
      reducedMotion: 'reduce', // no test waits for an animation
    })
    context.setDefaultTimeout(timeoutMs)
    onCleanup(async () => {
      if (task.result?.state === 'fail') await keepScreenshots(context, task.name)
      await context.close()
    })
    return context
  })
  .extend('pageErrors', { auto: true }, ({ context, url }, { onCleanup }) => {
    const pageErrors = watchPageErrors(context, url)
    onCleanup(() => expect(pageErrors.list()).toEqual([]))
    return pageErrors
  })
  .extend('page', ({ context }) => context.newPage())
  .extend('ada', async ({ context, url }) => {
    const ada = await createAccount(url, 'Ada')
    await signIn(context, url, ada)
    return ada
  })
  .extend('adasPage', ({ page, ada: _ }) => page)

async function keepScreenshots(context: BrowserContext, testName: string) {
  const folder = await mkdtemp(join(tmpdir(), 'taskward-e2e-failed-'))
  for (const [index, page] of context.pages().entries()) {
    const path = join(folder, `page-${index + 1}.png`)
    await page.screenshot({ path, fullPage: true })
    console.error(`Screenshot of “${testName}”: ${path} (${page.url()})`)
  }
}
