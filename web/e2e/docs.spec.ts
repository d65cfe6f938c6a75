import type { Page } from 'playwright-core'
import { describe, expect } from 'vitest'
import { colourRules, findViolations } from './axe.ts'
import { it } from './fixtures.ts'
import { pathOf } from './locators.ts'
import { measureOverflow } from './overflow.ts'

const documents = (page: Page) => page.getByRole('navigation', { name: 'Documents', exact: true })
const search = (page: Page) => page.getByLabel('Search the documents')
const result = (page: Page, name: RegExp) => page.getByRole('search').getByRole('link', { name })

describe('the documentation', () => {
  it('links its pages to each other, also without JavaScript', async ({ browser, url }) => {
    const context = await browser.newContext({ baseURL: url, javaScriptEnabled: false })
    const page = await context.newPage()
    await page.goto('/docs')
    await documents(page).getByRole('link', { name: 'Paging' }).click()
    await page.getByRole('heading', { level: 1, name: 'Paging' }).waitFor()
    expect(await documents(page).locator('[aria-current]').textContent()).toBe('Paging')
    expect(pathOf(page)).toBe('/docs/paging')
    expect(await search(page).isVisible()).toBe(false)
    const neighbours = page.getByRole('navigation', { name: 'Previous and next document' })
    await neighbours.getByRole('link', { name: 'Subscriptions' }).click()
    await page.waitForURL('**/docs/subscriptions')
    await page.setViewportSize({ width: 320, height: 640 })
    const link = documents(page).getByRole('link', { name: 'Running Taskward' })
    expect(await link.isVisible()).toBe(false)
    await page.getByRole('link', { name: 'All documents' }).click()
    await link.click()
    await page.waitForURL('**/docs/operations')
    await context.close()
  })

  it('can be searched without requests to other sites', async ({ page, context, url }) => {
    await context.route(
      (address) => address.origin !== url,
      (route) => route.abort(),
    )
    await page.goto('/docs')
    await search(page).fill('idempot')
    await page
      .getByRole('status')
      .getByText(/places? found$|^The best 8 of/)
      .waitFor()
    await result(page, /^Changing tasks safely/)
      .first()
      .waitFor()
    await search(page).fill('cost and points')
    await result(page, /^Limits: Cost and points /).waitFor()
    await search(page).press('Enter')
    await page.waitForURL('**/docs/limits#cost-and-points')
    await search(page).fill('zeppelin')
    await page.getByRole('status').getByText('No document has “zeppelin”. Try one word').waitFor()
  })

  it('can be searched with the keyboard alone, also at 320 px', async ({ page }) => {
    await page.setViewportSize({ width: 320, height: 640 })
    await page.goto('/docs/scopes')
    await search(page).waitFor()
    await page.keyboard.press('/')
    await page.keyboard.type('rate limit')
    await result(page, /rate limit/i)
      .first()
      .waitFor()
    expect(await measureOverflow(page)).toBe(0)
    for (const [colorScheme, rules] of [
      ['light', undefined],
      ['dark', colourRules],
    ] as const) {
      await page.emulateMedia({ colorScheme })
      expect(await findViolations(page, { rules })).toEqual([])
    }
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('ArrowDown')
    const second = page.getByRole('search').getByRole('link').nth(1)
    expect(await second.evaluate((link) => link.matches(':focus'))).toBe(true)
    await page.keyboard.press('Escape')
    expect(await search(page).evaluate((input) => input.matches(':focus'))).toBe(true)
    await page.keyboard.press('ArrowDown')
    const address = await second.getAttribute('href')
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    await page.waitForURL(`**${address}`)
  })

  it('lists the headings beside a long page from 1280 px', async ({ page }) => {
    await page.goto('/docs/limits')
    const contents = page.getByRole('navigation', { name: 'On this page' })
    await contents.getByRole('link', { name: 'Cost and points' }).click()
    expect(pathOf(page) + new URL(page.url()).hash).toBe('/docs/limits#cost-and-points')
    await page.setViewportSize({ width: 1279, height: 800 })
    expect(await contents.isVisible()).toBe(false)
  })

  it('shows commands with the address of this server', async ({ page, url }) => {
    await page.goto('/docs/quick-start')
    await page.getByText(`export TASKWARD_URL=${url}`).waitFor()
  })

  it('answers 404 for an unknown page', async ({ page, pageErrors }) => {
    pageErrors.expect(/status of 404/)
    const response = await page.goto('/docs/nothing')
    expect(response?.status()).toBe(404)
  })

  it.for(['/docs', '/docs/quick-start', '/docs/errors', '/docs/scope-table', '/docs/reference'])(
    'is readable at 320 and 1440 px, light and dark: %s',
    async (path, { page }) => {
      const found: Record<string, unknown> = {}
      await page.goto(path)
      for (const [colorScheme, rules] of [
        ['light', undefined],
        ['dark', colourRules],
      ] as const) {
        for (const width of [320, 1440]) {
          await page.emulateMedia({ colorScheme })
          await page.setViewportSize({ width, height: 800 })
          const overflow = await page.evaluate(
            () => document.documentElement.scrollWidth > document.documentElement.clientWidth,
          )
          found[`${width} ${colorScheme}`] = {
            overflow,
            violations: await findViolations(page, { rules }),
          }
        }
      }
      const fine = { overflow: false, violations: [] }
      expect(found).toEqual({
        '320 light': fine,
        '1440 light': fine,
        '320 dark': fine,
        '1440 dark': fine,
      })
    },
  )
})
