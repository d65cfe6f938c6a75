import { randomUUID } from 'node:crypto'
import type { Page } from 'playwright-core'
import { describe, expect } from 'vitest'
import { plainHost } from './chromium.ts'
import { it as base } from './fixtures.ts'
import { newTask, tick } from './locators.ts'
import { startProduct } from './product.ts'

const it = base
  .extend('url', { scope: 'file' }, async ({ running: _ }, { onCleanup }) => {
    const product = await startProduct(plainHost)
    onCleanup(product.dispose)
    return product.url
  })
  .extend('ignoredHeaders', { auto: true }, ({ pageErrors }) => {
    // Chromium warns that it ignores these headers on a page that is not secure.
    pageErrors.expect(/Cross-Origin-Opener-Policy|Origin-Agent-Cluster/)
  })

/** Through the page: only the browser knows the name. */
async function signUp(page: Page) {
  await page.goto('/sign-up')
  await page.getByLabel('Name').fill('Ada')
  await page.getByLabel('Email').fill(`ada-${randomUUID()}@example.com`)
  await page.getByLabel('Password', { exact: true }).fill(randomUUID())
  await page.getByRole('button', { name: 'Create account' }).click()
  await newTask(page).waitFor()
}

describe('plain http in a home network', () => {
  it('adds a task, although the page is not secure', async ({ page }) => {
    await signUp(page)
    expect(await page.evaluate(() => window.isSecureContext)).toBe(false)
    await newTask(page).fill('From the phone')
    await newTask(page).press('Enter')
    await tick(page, 'From the phone').waitFor()
    await page.reload()
    await tick(page, 'From the phone').waitFor()
  })

  it('copies a token', async ({ page }) => {
    await signUp(page)
    await page.goto('/developer')
    await page.getByRole('button', { name: 'Make token' }).click()
    await page.getByRole('button', { name: 'Copy token' }).click()
    await page.getByRole('button', { name: 'Copy token' }).getByText('Copied').waitFor()
    // On such a page a script cannot read the clipboard, but a person can paste.
    await page.goto('/')
    await newTask(page).press('Control+v')
    expect(await newTask(page).inputValue()).toMatch(/^taskward_/)
  })
})
