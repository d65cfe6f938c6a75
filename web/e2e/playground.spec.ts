import type { BrowserContext, Locator, Page } from 'playwright-core'
import { describe, expect } from 'vitest'
import { createAccount } from './account.ts'
import { findViolations } from './axe.ts'
import { it } from './fixtures.ts'
import { pathOf, submitSignIn } from './locators.ts'
import { measureOverflow } from './overflow.ts'

/**
 * Rendered by GraphiQL, with known violations: editors without a label, and tabs that are list items
 * with buttons in them. Their colours are ours, and are tested.
 */
const renderedByGraphiql = ['.CodeMirror', '.graphiql-tab']

/** Runs the first operation of the initial document. */
async function runFirstOperation(page: Page) {
  await runOperation(page, 'WhatIsOpen')
}

async function runOperation(page: Page, name: string) {
  await page.locator('.graphiql-query-editor').getByText(name, { exact: true }).click()
  await page.keyboard.press('Control+Enter')
}

const widthOf = async (part: Locator) => (await part.boundingBox())?.width

describe('the playground', () => {
  it('calls the API as the signed-in user, without a token to paste', async ({ page, ada }) => {
    await ada.createTasks('Buy milk')
    await page.goto('/graphql')
    await page.getByText(`Signed in as ${ada.email}`).waitFor()
    await runFirstOperation(page)
    await page.locator('.result-window').getByText('Buy milk').waitFor()
  })

  it('says how to sign in, and opens again afterwards', async ({ page, url }) => {
    const bob = await createAccount(url, 'Bob')
    await page.goto('/graphql')
    await page.getByText('You are signed out').waitFor()
    await page.getByRole('link', { name: 'Sign in' }).click()
    await submitSignIn(page, bob)
    await page.getByText(`Signed in as ${bob.email}`).waitFor()
    expect(pathOf(page)).toBe('/graphql')
  })

  it('needs no other site', async ({ page, context, url, ada }) => {
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
    'has no violations outside GraphiQL: %s',
    async (colorScheme, { page, ada }) => {
      await page.emulateMedia({ colorScheme })
      await page.goto('/graphql')
      await page.getByText(`Signed in as ${ada.email}`).waitFor()
      await page.getByText('WhatIsOpen', { exact: true }).last().waitFor()
      expect(await findViolations(page, { except: renderedByGraphiql })).toEqual([])
      await runFirstOperation(page)
      await page.locator('.result-window').getByText('"data"').waitFor()
      expect(await findViolations(page, { rules: ['color-contrast'] })).toEqual([])
    },
  )

  it('shows one part at a time at 320 px, with the whole width', async ({ page, ada }) => {
    await ada.createTasks('Buy milk')
    await page.setViewportSize({ width: 320, height: 640 })
    await page.goto('/graphql')
    await page.getByText(`Signed in as ${ada.email}`).waitFor()
    const query = page.getByRole('region', { name: 'Query Editor' })
    const variables = page.getByRole('region', { name: 'Variables' })
    const widths = [await widthOf(query)]
    expect(await measureOverflow(page)).toBe(0)
    await page.getByRole('tab', { name: 'Query' }).focus()
    await page.keyboard.press('ArrowRight')
    await variables.waitFor()
    expect(await query.isVisible()).toBe(false)
    widths.push(await widthOf(variables))
    await page.getByRole('button', { name: /^Execute query/ }).click()
    await page.getByRole('menuitem', { name: 'WhatIsOpen' }).click()
    await page.getByRole('tab', { name: 'Answer', selected: true }).waitFor()
    await page.locator('.result-window').getByText('Buy milk').waitFor()
    widths.push(await widthOf(page.locator('.graphiql-response')))
    expect(widths).toEqual([320, 320, 320])
    expect(await findViolations(page, { except: renderedByGraphiql })).toEqual([])
  })

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

const needs = (page: Page) => page.getByRole('region', { name: 'What the operations need' })

describe('what the operations need', () => {
  it('is shown while they are edited, with the scopes that the token has', async ({
    page,
    ada,
  }) => {
    await page.goto('/graphql')
    await page.getByText(`Signed in as ${ada.email}`).waitFor()
    const query =
      'WhatIsOpen needs email and tasks:read, or email and tasks:write: your token has it.'
    await needs(page).getByText(query).waitFor()
    await needs(page)
      .getByText('AddTask needs tasks:create, or tasks:write: your token has it.')
      .waitFor()
    await page.getByLabel('Examples').selectOption('Ask what an operation would need')
    await needs(page).getByText('WhatWouldItNeed is open to everybody.').waitFor()
  })
})

describe('an example', () => {
  it('opens in a new tab, and runs', async ({ page, ada }) => {
    await ada.createTasks({ title: 'Buy milk', dueOn: '2026-12-01' })
    await page.goto('/graphql')
    await page.getByText(`Signed in as ${ada.email}`).waitFor()
    await page.getByLabel('Examples').selectOption('What is due')
    // The editor has parsed the document when the tab has its name.
    await page.locator('.graphiql-tab').getByText('WhatIsDue').waitFor()
    await runOperation(page, 'WhatIsDue')
    await page.locator('.result-window').getByText('Buy milk').waitFor()
    expect(await page.locator('.graphiql-tab').count()).toBe(2)
  })
})

describe('an access token in the playground', () => {
  it('shows what it can do, until the user switches back', async ({
    page,
    context,
    url,
    ada,
    pageErrors,
  }) => {
    pageErrors.expect(/status of 403/)
    const token = await makeToken(context, url, ['tasks:read'])
    await page.goto('/graphql')
    await page.getByText(`Signed in as ${ada.email}`).waitFor()
    await page.getByRole('button', { name: 'Call with an access token' }).click()
    await page.getByLabel('Access token').fill(token)
    await page.keyboard.press('Enter')
    await page.getByText('which may use tasks:read').waitFor()
    await needs(page)
      .getByText('AddTask needs tasks:create, or tasks:write; yours lacks tasks:create.')
      .waitFor()
    const link = needs(page).getByRole('link', { name: 'Make a token' }).last()
    expect(await link.getAttribute('href')).toMatch(/\/developer\?scopes=tasks:create$/)
    await runFirstOperation(page)
    await page.locator('.result-window').getByText('FORBIDDEN').waitFor()

    const html = await page.evaluate(() => document.documentElement.outerHTML)
    expect(html + JSON.stringify(await context.storageState())).not.toContain(token)
    await page.getByRole('button', { name: 'Call as yourself again' }).click()
    await needs(page)
      .getByText('AddTask needs tasks:create, or tasks:write: your token has it.')
      .waitFor()
    await page.reload()
    await page.getByText(`Signed in as ${ada.email}`).waitFor()
  })

  it('that is refused is not used, with the reason of the API', async ({
    page,
    ada,
    pageErrors,
  }) => {
    pageErrors.expect(/status of 401/)
    await page.goto('/graphql')
    await page.getByText(`Signed in as ${ada.email}`).waitFor()
    await page.getByRole('button', { name: 'Call with an access token' }).click()
    await page.getByLabel('Access token').fill('taskward_made_up')
    await page.getByRole('button', { name: 'Use it' }).click()
    await page.getByRole('alert').getByText('The token is not valid').waitFor()
    expect(await findViolations(page, { except: renderedByGraphiql })).toEqual([])
    await page.getByRole('button', { name: 'Cancel' }).click()
    expect(await page.getByText(`Signed in as ${ada.email}`).count()).toBe(1)
  })
})

/** Creates an access token with the session of the browser. */
async function makeToken(context: BrowserContext, url: string, scopes: string[]) {
  const data = { name: 'Playground', scopes }
  const headers = { origin: url }
  const answer = await context.request.post('/api/auth/access-token/create', { data, headers })
  const { token } = await answer.json()
  return String(token)
}
