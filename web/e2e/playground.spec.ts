import type { Page } from 'playwright-core'
import { describe, expect } from 'vitest'
import { createAccount } from './account.ts'
import { findViolations } from './axe.ts'
import { it } from './fixtures.ts'
import { pathOf, submitSignIn } from './on-page.ts'

/**
 * Made inside GraphiQL: editors without a label, with pale line numbers and syntax, and tabs that
 * are list items with buttons in them.
 */
const graphiqlsOwn = ['.CodeMirror', '.graphiql-tab']

/** Runs the first of the operations that stand there for whoever comes for the first time. */
async function runFirstOperation(page: Page) {
  await page.getByText('WhatIsOpen', { exact: true }).last().click()
  await page.keyboard.press('Control+Enter')
}

describe('the playground', () => {
  it('calls the API in the name of whoever is signed in, with nothing to paste', async ({
    page,
    ada,
  }) => {
    await ada.createTasks('Buy milk')
    await page.goto('/graphql')
    await page.getByText(`Signed in as ${ada.email}`).waitFor()
    await runFirstOperation(page)
    await page.locator('.result-window').getByText('Buy milk').waitFor()
  })

  it('says how to sign in, and is there again afterwards', async ({ page, url }) => {
    const bob = await createAccount(url, 'Bob')
    await page.goto('/graphql')
    await page.getByText('You are signed out').waitFor()
    await page.getByRole('link', { name: 'Sign in' }).click()
    await submitSignIn(page, bob)
    await page.getByText(`Signed in as ${bob.email}`).waitFor()
    expect(pathOf(page)).toBe('/graphql')
  })

  it('needs nothing from any other site', async ({ page, context, url, ada }) => {
    await context.route(
      (address) => address.origin !== url,
      (route) => route.abort(),
    )
    await page.goto('/graphql')
    await page.getByText(`Signed in as ${ada.email}`).waitFor()
    await page.getByRole('button', { name: 'Show Documentation Explorer' }).click()
    await page.getByText('Root Types').waitFor()
  })

  it.for(['light', 'dark'] as const)(
    'gives axe nothing to mend in what is ours: %s',
    async (colorScheme, { page, ada }) => {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
      await page.goto('/graphql')
      await page.getByText(`Signed in as ${ada.email}`).waitFor()
      await page.getByText('WhatIsOpen', { exact: true }).last().waitFor()
      expect(await findViolations(page, { except: graphiqlsOwn })).toEqual([])
    },
  )

  it('keeps the token out of the page', async ({ page, context, ada }) => {
    const answer = page.waitForResponse('**/api/auth/token')
    await page.goto('/graphql')
    const { token } = await (await answer).json()
    await page.getByText(`Signed in as ${ada.email}`).waitFor()
    await runFirstOperation(page)
    await page.locator('.result-window').getByText('"data"').waitFor()
    const html = await page.evaluate(() => document.documentElement.outerHTML)
    expect(token).toMatch(/^ey.+\..+\..+$/)
    expect(html + JSON.stringify(await context.storageState())).not.toContain(token)
  })
})
