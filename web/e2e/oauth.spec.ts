import { randomUUID } from 'node:crypto'
import type { Page } from 'playwright-core'
import { describe, expect, onTestFinished } from 'vitest'
import { createAccount } from './account.ts'
import { colourRules, findViolations } from './axe.ts'
import { it as test } from './fixtures.ts'
import { startForeignApp } from './foreign-app.ts'
import { focusedName, pathOf, submitSignIn } from './on-page.ts'

const it = test.extend('notebook', async ({ url, faults }, { onCleanup }) => {
  faults.expect(/^request: http:\/\/127\.0\.0\.1:\d+\//) // to where it listens, and nobody else
  const notebook = await startForeignApp(url, 'Notebook')
  onCleanup(notebook.stop)
  return notebook
})

const asks = (page: Page) =>
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
    await page.goto(await notebook.begin('tasks:read offline_access'))
    await submitSignIn(page, bob)
    await asks(page).waitFor()
    await page.getByText('See your tasks and labels.').waitFor()
    await page.getByText('a program on this computer (127.0.0.1)', { exact: true }).waitFor()
    await allow(page)
    await closed(page).waitFor()
    const { access_token, refresh_token = '' } = await notebook.finish()
    const answer = await query(url, access_token, '{ tasks { nodes { title } } }')
    expect(answer.body).toEqual({ data: { tasks: { nodes: [{ title: 'Buy milk' }] } } })

    await page.goto('/apps')
    const row = page.getByRole('listitem').filter({ hasText: 'Notebook' })
    expect(await row.textContent()).toMatch(/connected today · last used today/)
    await row.getByRole('button', { name: 'Disconnect Notebook' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Disconnect' }).click()
    // Behind an open dialog there are no rows for those who look by role.
    await page.getByText('No apps yet.').waitFor()
    expect((await query(url, access_token, '{ viewer { id } }')).status).toBe(401)
    await expect(notebook.refresh(refresh_token)).rejects.toThrow()
    expect(await focusedName(page)).toBe('Connected apps')
  })

  it('is connected by somebody who has no account yet', async ({ page, notebook }) => {
    await page.goto(await notebook.begin('tasks:read'))
    await page.getByRole('link', { name: 'Create an account' }).click()
    await page.getByLabel('Name').fill('Ada')
    await page.getByLabel('Email').fill(`ada-${randomUUID()}@example.com`)
    await page.getByLabel('Password', { exact: true }).fill('correct horse')
    await page.getByRole('button', { name: 'Create account' }).click()
    await asks(page).waitFor()
    await allow(page)
    await closed(page).waitFor()
    expect((await notebook.finish()).scope).toBe('tasks:read')
  })

  it('is connected to another account than the one that is signed in', async ({
    page,
    url,
    ada,
    notebook,
  }) => {
    const bob = await createAccount(url, 'Bob')
    await page.goto(await notebook.begin('email'))
    await page.getByText(ada.email).waitFor()
    await page.getByRole('button', { name: 'Use another account' }).click()
    await submitSignIn(page, bob)
    await page.getByText(bob.email).waitFor()
    await allow(page)
    await closed(page).waitFor()
    const { access_token } = await notebook.finish()
    const { body } = await query(url, access_token, '{ viewer { email } }')
    expect(body).toEqual({ data: { viewer: { email: bob.email } } })
  })

  it('that is denied is told so, and gets nothing', async ({ adasPage: page, notebook }) => {
    await page.goto(await notebook.begin('tasks:write'))
    await page.getByRole('button', { name: 'Deny' }).click()
    await closed(page).waitFor()
    expect((await notebook.cameBack()).searchParams.get('error')).toBe('access_denied')
    await page.goto('/apps')
    await page.getByText('No apps yet.').waitFor()
  })

  it('that is connected already, and has a secret, goes on without a question', async ({
    adasPage: page,
    url,
    faults,
  }) => {
    faults.expect(/^request: http:\/\/127\.0\.0\.1:\d+\//)
    const notebook = await startForeignApp(url, 'Notebook', { hasSecret: true })
    onTestFinished(notebook.stop)
    await page.goto(await notebook.begin('tasks:read'))
    await allow(page)
    await closed(page).waitFor()
    await page.goto(await notebook.begin('tasks:read'))
    await closed(page).waitFor()
    await page.goto(await notebook.begin('tasks:write'))
    await asks(page).waitFor()
  })

  it('asks again, with the place named, to be sent elsewhere than was allowed', async ({
    adasPage: page,
    url,
    faults,
  }) => {
    faults.expect(/^request: https:\/\/notes\.example\//)
    const [known, other] = ['https://notes.example/callback', 'https://evil.example/callback']
    const notebook = await startForeignApp(url, 'Notebook', { hosted: [known, other] })
    onTestFinished(notebook.stop)
    const sentTo: string[] = []
    await page.route(/^https:/, (route) => {
      sentTo.push(new URL(route.request().url()).host)
      return route.fulfill({ contentType: 'text/html', body: '<h1>You can close this page</h1>' })
    })
    await page.goto(await notebook.begin('tasks:read', known))
    await page.getByText('notes.example', { exact: true }).waitFor()
    await allow(page)
    await closed(page).waitFor()

    // A redirect past the page would fail here: it cannot be intercepted, and the host is not found.
    await page.goto(await notebook.begin('tasks:read', other))
    await asks(page).waitFor()
    await page.getByText('evil.example', { exact: true }).waitFor()
    expect(new Set(sentTo)).toEqual(new Set(['notes.example']))
    await page.goto('/apps')
    await page.getByText('allowed to send you to notes.example', { exact: true }).waitFor()
  })
})

describe('a request', () => {
  it('that was changed on the way can be allowed by nobody', async ({
    adasPage: page,
    notebook,
    faults,
  }) => {
    faults.expect(/status of 400/)
    await page.goto(await notebook.begin('tasks:read'))
    await asks(page).waitFor()
    await page.goto(pathOf(page).replace('tasks%3Aread', 'tasks%3Awrite'))
    await page.getByRole('heading', { name: 'This request is not valid' }).waitFor()
    expect(await page.getByRole('button', { name: 'Allow' }).count()).toBe(0)
  })

  it('of an app that is not known goes nowhere, and says why', async ({
    adasPage: page,
    notebook,
  }) => {
    const request = new URL(await notebook.begin('tasks:read'))
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
    'for consent and connected apps are readable and within reach: %s',
    async ([colorScheme, rules], { adasPage: page, notebook }) => {
      await page.emulateMedia({ colorScheme })
      await page.goto(await notebook.begin('email tasks:write offline_access'))
      await asks(page).waitFor()
      await expectReadable(page, rules)
      await allow(page)
      await closed(page).waitFor()
      await page.goto('/apps')
      await page.getByRole('button', { name: 'Disconnect Notebook' }).waitFor()
      await expectReadable(page, rules)
    },
  )

  it('for consent can be used with the keyboard alone', async ({ adasPage: page, notebook }) => {
    await page.goto(await notebook.begin('tasks:read'))
    await asks(page).waitFor()
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
    const overflow = await page.evaluate(() => {
      const { scrollWidth, clientWidth } = document.documentElement
      return Math.max(0, scrollWidth - clientWidth) // negative when the scroll bar has a gutter
    })
    const violations = await findViolations(page, { rules })
    expect({ width, overflow, violations }).toEqual({ width, overflow: 0, violations: [] })
  }
}
