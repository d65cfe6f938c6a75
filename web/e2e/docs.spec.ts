import type { Page } from 'playwright-core'
import { describe, expect } from 'vitest'
import { colourRules, findViolations } from './axe.ts'
import { it } from './fixtures.ts'
import { pathOf } from './locators.ts'

const search = (page: Page) => page.getByLabel('Search the documents')

describe('the documentation', () => {
  it('links its pages to each other, also without JavaScript', async ({ browser, url }) => {
    const context = await browser.newContext({ baseURL: url, javaScriptEnabled: false })
    const page = await context.newPage()
    await page.goto('/docs')
    await page.getByRole('navigation').getByRole('link', { name: 'Paging' }).click()
    await page.getByRole('heading', { level: 1, name: 'Paging' }).waitFor()
    expect(pathOf(page)).toBe('/docs/paging')
    expect(await search(page).isVisible()).toBe(false)
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
      .getByText(/^\d+ places? found$/)
      .waitFor()
    await page.getByRole('link', { name: 'Changing tasks safely', exact: true }).last().waitFor()
    await search(page).fill('cost and points')
    await page.getByRole('link', { name: 'Limits: Cost and points' }).waitFor()
    await search(page).press('Enter')
    await page.waitForURL('**/docs/limits#cost-and-points')
    await search(page).fill('zeppelin')
    await page.getByText('0 places found').waitFor()
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
