import { randomUUID } from 'node:crypto'
import type { Page } from 'playwright-core'
import { describe, expect, onTestFinished } from 'vitest'
import { createAccount } from './account.ts'
import { colourRules, findViolations } from './axe.ts'
import { it as test } from './fixtures.ts'
import { focusedName, pathOf, submitSignIn } from './locators.ts'
import { measureOverflow } from './overflow.ts'
import { startThirdPartyApp } from './third-party-app.ts'

const it = test.extend('notebook', async ({ url, pageErrors }, { onCleanup }) => {
  pageErrors.expect(/^request: http:\/\/127\.0\.0\.1:\d+\//) // its loopback address
  const notebook = await startThirdPartyApp(url, 'Notebook')
  onCleanup(notebook.stop)
  return notebook
})

const consentHeading = (page: Page) =>
  page.getByRole('heading', { name: 'Allow Notebook to use your account?' })
const allow = (page: Page) => page.getByRole('button', { name: 'Allow' }).click()
const closed = (page: Page) => page.getByRole('heading', { name: 'You can close this page' })

async function query(url: string, token: string, document: string) {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ query: document }),
  })
  return { status: response.status, body: await response.json() }
}

describe('an app', () => {
  it('is connected through sign-in and consent, works, and is refused once disconnected', async ({
    page,
    url,
    notebook,
  }) => {
    const bob = await createAccount(url, 'Bob')
    await bob.createTasks('Buy milk')
    await page.goto(await notebook.createAuthorizationUrl('tasks:read offline_access'))
    await submitSignIn(page, bob)
    await consentHeading(page).waitFor()
    await page.getByText('See your tasks, labels, trash and history.').waitFor()
    await page.getByText('a program on this computer (127.0.0.1)', { exact: true }).waitFor()
    await allow(page)
    await closed(page).waitFor()
    const { access_token, refresh_token = '' } = await notebook.exchangeCode()
    const answer = await query(url, access_token, '{ tasks { nodes { title } } }')
    expect(answer.body).toEqual({ data: { tasks: { nodes: [{ title: 'Buy milk' }] } } })

    await page.goto('/apps')
    const row = page.getByRole('listitem').filter({ hasText: 'Notebook' })
    expect(await row.textContent()).toMatch(/connected today · last used today/)
    await row.getByRole('button', { name: 'Disconnect Notebook' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Disconnect' }).click()
    // Elements behind an open dialog have no role.
    await page.getByRole('heading', { name: 'No apps yet' }).waitFor()
    expect((await query(url, access_token, '{ viewer { id } }')).status).toBe(401)
    await expect(notebook.refresh(refresh_token)).rejects.toThrow()
    expect(await focusedName(page)).toBe('Connected apps')
  })

  it('is connected by a user who has no account yet', async ({ page, notebook }) => {
    await page.goto(await notebook.createAuthorizationUrl('tasks:read'))
    await page.getByRole('link', { name: 'Create an account' }).click()
    await page.getByLabel('Name').fill('Ada')
    await page.getByLabel('Email').fill(`ada-${randomUUID()}@example.com`)
    await page.getByLabel('Password', { exact: true }).fill('correct horse')
    await page.getByRole('button', { name: 'Create account' }).click()
    await consentHeading(page).waitFor()
    await allow(page)
    await closed(page).waitFor()
    expect((await notebook.exchangeCode()).scope).toBe('tasks:read')
  })

  it('is connected to another account than the signed-in one', async ({
    page,
    url,
    ada,
    notebook,
  }) => {
    const bob = await createAccount(url, 'Bob')
    await page.goto(await notebook.createAuthorizationUrl('email'))
    await page.getByText(ada.email).waitFor()
    await page.getByRole('button', { name: 'Use another account' }).click()
    await submitSignIn(page, bob)
    await page.getByText(bob.email).waitFor()
    await allow(page)
    await closed(page).waitFor()
    const { access_token } = await notebook.exchangeCode()
    const { body } = await query(url, access_token, '{ viewer { email } }')
    expect(body).toEqual({ data: { viewer: { email: bob.email } } })
  })

  it('that is denied receives access_denied, and no access', async ({
    adasPage: page,
    notebook,
  }) => {
    await page.goto(await notebook.createAuthorizationUrl('tasks:write'))
    await page.getByRole('button', { name: 'Deny' }).click()
    await closed(page).waitFor()
    expect((await notebook.waitForRedirect()).searchParams.get('error')).toBe('access_denied')
    await page.goto('/apps')
    await page.getByRole('heading', { name: 'No apps yet' }).waitFor()
  })

  it('that is connected already, and has a secret, needs no consent', async ({
    adasPage: page,
    url,
    pageErrors,
  }) => {
    pageErrors.expect(/^request: http:\/\/127\.0\.0\.1:\d+\//)
    const notebook = await startThirdPartyApp(url, 'Notebook', { hasSecret: true })
    onTestFinished(notebook.stop)
    await page.goto(await notebook.createAuthorizationUrl('tasks:read'))
    await allow(page)
    await closed(page).waitFor()
    await page.goto(await notebook.createAuthorizationUrl('tasks:read'))
    await closed(page).waitFor()
    await page.goto(await notebook.createAuthorizationUrl('tasks:write'))
    await consentHeading(page).waitFor()
  })

  it('needs consent again for another redirect URI, which is shown', async ({
    adasPage: page,
    url,
    pageErrors,
  }) => {
    pageErrors.expect(/^request: https:\/\/notes\.example\//)
    const [known, other] = ['https://notes.example/callback', 'https://evil.example/callback']
    const notebook = await startThirdPartyApp(url, 'Notebook', { hosted: [known, other] })
    onTestFinished(notebook.stop)
    const sentTo: string[] = []
    await page.route(/^https:/, (route) => {
      sentTo.push(new URL(route.request().url()).host)
      return route.fulfill({ contentType: 'text/html', body: '<h1>You can close this page</h1>' })
    })
    await page.goto(await notebook.createAuthorizationUrl('tasks:read', known))
    await page.getByText('notes.example', { exact: true }).waitFor()
    await allow(page)
    await closed(page).waitFor()

    // A redirect without the page would fail here: it cannot be intercepted, and the host is unknown.
    await page.goto(await notebook.createAuthorizationUrl('tasks:read', other))
    await consentHeading(page).waitFor()
    await page.getByText('evil.example', { exact: true }).waitFor()
    expect(new Set(sentTo)).toEqual(new Set(['notes.example']))
    await page.goto('/apps')
    await page.getByText('allowed to send you to notes.example', { exact: true }).waitFor()
  })
})

describe('a request', () => {
  it('that was modified cannot be allowed', async ({ adasPage: page, notebook, pageErrors }) => {
    pageErrors.expect(/status of 400/)
    await page.goto(await notebook.createAuthorizationUrl('tasks:read'))
    await consentHeading(page).waitFor()
    await page.goto(pathOf(page).replace('tasks%3Aread', 'tasks%3Awrite'))
    await page.getByRole('heading', { name: 'This request is not valid' }).waitFor()
    expect(await page.getByRole('button', { name: 'Allow' }).count()).toBe(0)
  })

  it('with an unknown redirect URI is not redirected, and says why', async ({
    adasPage: page,
    notebook,
  }) => {
    const request = new URL(await notebook.createAuthorizationUrl('tasks:read'))
    request.searchParams.set('redirect_uri', 'https://evil.example/')
    await page.goto(request.href)
    await page.getByText('an address that it has not registered').waitFor()
    expect(await findViolations(page)).toEqual([])
  })
})

describe('the pages', () => {
  it.for([
    ['light', undefined],
    ['dark', colourRules],
  ] as const)(
    'for consent and connected apps are readable: %s',
    async ([colorScheme, rules], { adasPage: page, notebook }) => {
      await page.emulateMedia({ colorScheme })
      await page.goto(await notebook.createAuthorizationUrl('email tasks:write offline_access'))
      await consentHeading(page).waitFor()
      await expectReadable(page, rules)
      await allow(page)
      await closed(page).waitFor()
      await page.goto('/apps')
      await page.getByRole('button', { name: 'Disconnect Notebook' }).waitFor()
      await expectReadable(page, rules)
    },
  )

  it('for consent can be used with the keyboard only', async ({ adasPage: page, notebook }) => {
    await page.goto(await notebook.createAuthorizationUrl('tasks:read'))
    await consentHeading(page).waitFor()
    await page.keyboard.press('Tab')
    expect(await focusedName(page)).toBe('Use another account')
    await page.keyboard.press('Tab')
    expect(await focusedName(page)).toBe('Allow')
    await page.keyboard.press('Enter')
    await closed(page).waitFor()
  })
})

async function expectReadable(page: Page, rules?: readonly string[]) {
  for (const width of [320, 1440]) {
    await page.setViewportSize({ width, height: 900 })
    const overflow = await measureOverflow(page)
    const violations = await findViolations(page, { rules })
    expect({ width, overflow, violations }).toEqual({ width, overflow: 0, violations: [] })
  }
}
