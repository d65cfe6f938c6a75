import type { Page } from 'playwright-core'
import { describe, expect } from 'vitest'
import { backgroundBrightness } from './brightness.ts'
import { it } from './fixtures.ts'

const choose = (page: Page, name: string) => page.getByRole('radio', { name }).check()

const isDark = async (page: Page) => (await backgroundBrightness(page)) < 0.5

describe('the chosen theme', () => {
  it('applies at once, is kept, and is given up for the one of the system', async ({
    adasPage: page,
  }) => {
    await page.emulateMedia({ colorScheme: 'light' })
    await page.goto('/account')
    await choose(page, 'Dark')
    expect(await isDark(page)).toBe(true)
    await page.reload()
    await page.getByRole('radio', { name: 'Dark', checked: true }).waitFor()
    expect(await isDark(page)).toBe(true)
    expect(await page.locator('meta[name=theme-color]').first().getAttribute('content')).toBe(
      '#141917',
    )
    await choose(page, 'Light')
    await page.emulateMedia({ colorScheme: 'dark' })
    expect(await isDark(page)).toBe(false)
    await choose(page, 'System')
    expect(await isDark(page)).toBe(true)
    await page.emulateMedia({ colorScheme: 'light' })
    await expect.poll(() => isDark(page)).toBe(false)
  })

  it('is there before the scripts of the client run', async ({ adasPage: page }) => {
    await page.emulateMedia({ colorScheme: 'light' })
    await page.goto('/account')
    await choose(page, 'Dark')
    await page.route('**/assets/*.js', () => {}) // never answered
    await page.goto('/', { waitUntil: 'commit' })
    await page.getByText('Taskward', { exact: true }).waitFor()
    expect(await isDark(page)).toBe(true)
  })

  it('changes in other tabs, in the documents and in the playground', async ({
    adasPage: page,
    context,
  }) => {
    await page.emulateMedia({ colorScheme: 'light' })
    const docs = await context.newPage()
    await docs.emulateMedia({ colorScheme: 'light' })
    await docs.goto('/docs')
    const playground = await context.newPage()
    await playground.emulateMedia({ colorScheme: 'light' })
    await playground.goto('/graphql')
    await playground.locator('.graphiql-query-editor').waitFor()
    await page.goto('/account')
    await choose(page, 'Dark')
    await expect.poll(() => isDark(docs)).toBe(true)
    await expect.poll(() => isDark(playground)).toBe(true)
    await playground.locator('body.graphiql-dark').waitFor()
  })

  it('is chosen with the keyboard alone', async ({ adasPage: page }) => {
    await page.emulateMedia({ colorScheme: 'light' })
    await page.goto('/account')
    await page.getByRole('radio', { name: 'System' }).focus()
    await page.keyboard.press('ArrowRight')
    await page.keyboard.press('ArrowRight')
    await page.getByRole('radio', { name: 'Dark', checked: true }).waitFor()
    expect(await isDark(page)).toBe(true)
  })
})
