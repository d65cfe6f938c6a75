import type { BrowserContext, Page } from 'playwright-core'
import { describe, expect } from 'vitest'
import { createAccount, endSession, signIn } from './account.ts'
import { it } from './fixtures.ts'
import {
  detailsButton,
  listTitles,
  newTask,
  pathOf,
  submitSignIn,
  tick,
  titleButton,
} from './locators.ts'
import { waitUntilIdle } from './task-stream.ts'

/** The lifetime of a token. Then the page must request a new one. */
const untilTokensExpire = '15:00'

/** Ends the session without an event. The page notices when it requests a new token. */
async function loseSession(page: Page, context: BrowserContext, url: string) {
  await endSession(context, url)
  await page.clock.fastForward(untilTokensExpire)
}

const sessionDialog = (page: Page) => page.getByRole('dialog', { name: 'Sign in again' })

async function signInAgain(page: Page, password: string) {
  await sessionDialog(page).getByLabel('Password', { exact: true }).fill(password)
  await page.keyboard.press('Enter')
  await sessionDialog(page).waitFor({ state: 'detached' })
}

describe('a session that ends while the user works', () => {
  it('shows a dialog, and keeps a new task that can be added afterwards', async ({
    page,
    context,
    url,
    ada,
    pageErrors,
  }) => {
    pageErrors.expect(/status of 401/)
    await page.clock.install()
    const idle = waitUntilIdle(page)
    await page.goto('/')
    await idle
    await newTask(page).fill('Buy milk')
    await loseSession(page, context, url)
    await newTask(page).press('Enter')
    await sessionDialog(page).getByText('Your session expired, sign in to go on.').waitFor()
    await signInAgain(page, ada.password)
    await expect.poll(() => newTask(page).inputValue()).toBe('Buy milk')
    await newTask(page).press('Enter')
    await expect.poll(() => listTitles(page)).toEqual(['Buy milk'])
    await expect.poll(ada.listTitles).toEqual(['Buy milk'])
  })

  it('keeps a title that was being edited', async ({ page, context, url, ada, pageErrors }) => {
    pageErrors.expect(/status of 401/)
    await ada.createTasks('Buy milk')
    await page.clock.install()
    const idle = waitUntilIdle(page)
    await page.goto('/')
    await idle
    await titleButton(page, 'Buy milk').click()
    await page.getByRole('textbox', { name: 'Title' }).fill('Buy oat milk')
    await loseSession(page, context, url)
    await page.keyboard.press('Enter')
    await sessionDialog(page).waitFor()
    await signInAgain(page, ada.password)
    const editor = page.getByRole('textbox', { name: 'Title' })
    expect(await editor.inputValue()).toBe('Buy oat milk')
    await editor.press('Enter')
    await expect.poll(ada.listTitles).toEqual(['Buy oat milk'])
  })

  it('keeps a description that was being written', async ({
    page,
    context,
    url,
    ada,
    pageErrors,
  }) => {
    pageErrors.expect(/status of 401/)
    await ada.createTasks('Buy milk')
    await page.clock.install()
    const idle = waitUntilIdle(page)
    await page.goto('/')
    await idle
    await detailsButton(page, 'Buy milk').click()
    await page.getByLabel('Description').fill('The green one')
    await loseSession(page, context, url)
    await page.keyboard.press('Tab')
    await sessionDialog(page).waitFor()
    await signInAgain(page, ada.password)
    expect(await page.getByLabel('Description').inputValue()).toBe('The green one')
    await page.getByRole('button', { name: 'Try again' }).click()
    await page.getByText('Saved', { exact: true }).waitFor()
  })

  it('undoes a tick that could not be saved', async ({ page, context, url, ada, pageErrors }) => {
    pageErrors.expect(/status of 401/)
    await ada.createTasks('Buy milk')
    await page.clock.install()
    const idle = waitUntilIdle(page)
    await page.goto('/')
    await idle
    await tick(page, 'Buy milk').waitFor()
    await loseSession(page, context, url)
    await tick(page, 'Buy milk').click()
    await sessionDialog(page).waitFor()
    await signInAgain(page, ada.password)
    expect(await tick(page, 'Buy milk').isChecked()).toBe(false)
  })

  it('lets another user sign in, who sees nothing of the first', async ({
    page,
    context,
    url,
    ada,
    pageErrors,
  }) => {
    pageErrors.expect(/status of 401/)
    const bob = await createAccount(url, 'Bob')
    await bob.createTasks("Bob's task")
    await ada.createTasks("Ada's task")
    await page.clock.install()
    const idle = waitUntilIdle(page)
    await page.goto('/')
    await idle
    await newTask(page).fill("Ada's draft")
    await loseSession(page, context, url)
    await newTask(page).press('Enter')
    await sessionDialog(page).waitFor()
    await submitSignIn(sessionDialog(page), bob)
    await expect.poll(() => listTitles(page)).toEqual(["Bob's task"])
    expect(await newTask(page).inputValue()).toBe('')
    expect(await bob.listTitles()).toEqual(["Bob's task"])
  })
})

/** The first tab may still send its token when the second one has just ended the session. */
const requestOfEndedSession = /401 \(Unauthorized\) \(.*\/graphql\)/

describe('a second tab', () => {
  it('that signs out also signs out the first one', async ({ page, context, pageErrors, ada }) => {
    pageErrors.expect(requestOfEndedSession)
    await ada.createTasks('A secret plan')
    await page.goto('/?status=open')
    await tick(page, 'A secret plan').waitFor()
    const second = await context.newPage()
    await second.goto('/')
    await tick(second, 'A secret plan').waitFor()
    await second.getByRole('button', { name: 'Sign out' }).click()
    await page.waitForURL('**/sign-in?next=*')
    expect(await page.getByText('A secret plan').count()).toBe(0)
    await submitSignIn(page, ada)
    await tick(page, 'A secret plan').waitFor()
    expect(pathOf(page)).toBe('/?status=open')
  })

  it('where another user signs in switches the first one to that account', async ({
    page,
    context,
    pageErrors,
    url,
    ada,
  }) => {
    pageErrors.expect(requestOfEndedSession)
    const bob = await createAccount(url, 'Bob')
    await bob.createTasks("Bob's task")
    await ada.createTasks("Ada's task")
    await page.goto('/')
    await tick(page, "Ada's task").waitFor()
    const second = await context.newPage()
    await second.goto('/')
    await tick(second, "Ada's task").waitFor()
    await second.getByRole('button', { name: 'Sign out' }).click()
    await submitSignIn(second, bob)
    await expect.poll(() => listTitles(second)).toEqual(["Bob's task"])
    await expect.poll(() => listTitles(page)).toEqual(["Bob's task"])
    expect(await page.getByText(bob.email).textContent()).toBe(bob.email)
    expect(await page.getByText("Ada's task").count()).toBe(0)
  })

  it('that sent no event still mixes no accounts', async ({ page, context, url, ada }) => {
    const bob = await createAccount(url, 'Bob')
    await page.clock.install()
    await page.goto('/')
    await newTask(page).fill("Ada's draft")
    await signIn(context, url, bob)
    await page.clock.fastForward(untilTokensExpire)
    await newTask(page).press('Enter')
    await page.getByText(bob.email).waitFor()
    await page.getByRole('heading', { name: 'No tasks yet' }).waitFor()
    expect(await bob.listTitles()).toEqual([])
    expect(await ada.listTitles()).toEqual([])
  })
})

describe('the token', () => {
  it('is renewed once for all waiting queries', async ({ page, ada }) => {
    await ada.createTasks('Buy milk')
    await page.clock.install()
    await page.goto('/')
    await tick(page, 'Buy milk').waitFor()
    const paths: string[] = []
    page.on('request', (request) => paths.push(new URL(request.url()).pathname))
    await page.clock.fastForward(untilTokensExpire) // the query for paused programs is sent now
    await page.getByRole('link', { name: 'Open' }).click()
    await newTask(page).fill('Call Bob')
    await newTask(page).press('Enter')
    await expect.poll(ada.listTitles).toEqual(['Call Bob', 'Buy milk'])
    expect(paths.filter((path) => path === '/api/auth/token')).toHaveLength(1)
    expect(paths.filter((path) => path === '/graphql').length).toBeGreaterThan(1)
  })

  it('is in memory only', async ({ page, context, ada }) => {
    await ada.createTasks('Buy milk')
    const answer = page.waitForResponse('**/api/auth/token')
    await page.goto('/?q=milk')
    const { token } = await (await answer).json()
    await tick(page, 'Buy milk').click()
    await page.getByText('Completed “Buy milk”').first().waitFor()
    const kept = await page.evaluate(async () => [
      { ...localStorage },
      { ...sessionStorage },
      await indexedDB.databases(),
      await caches.keys(),
      history.state,
      location.href,
      document.documentElement.outerHTML,
    ])
    expect(token).toMatch(/^ey.+\..+\..+$/)
    expect(JSON.stringify([kept, await context.storageState()])).not.toContain(token)
  })

  it('is sent with every request to the API, in the header only', async ({ page, ada }) => {
    const calls: { url: string; authorization: string | undefined; body: string | null }[] = []
    page.on('request', (request) => {
      if (!request.url().includes('/graphql')) return
      const { authorization } = request.headers()
      calls.push({ url: request.url(), authorization, body: request.postData() })
    })
    await ada.createTasks('Buy milk')
    await page.goto('/')
    await tick(page, 'Buy milk').click()
    await page.getByText('Completed “Buy milk”').first().waitFor()
    expect(calls.length).toBeGreaterThan(1)
    for (const { url, authorization, body } of calls) {
      const token = authorization?.match(/^Bearer (ey.+)$/)?.[1] ?? 'none was sent'
      expect(token).not.toBe('none was sent')
      expect(url + body).not.toContain(token)
    }
  })
})
