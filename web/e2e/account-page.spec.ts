import type { Page } from 'playwright-core'
import { describe, expect } from 'vitest'
import { createAccount } from './account.ts'
import { findViolations } from './axe.ts'
import { it } from './fixtures.ts'
import { focusedName, pathOf, submitSignIn } from './locators.ts'
import { measureOverflow } from './overflow.ts'

const heading = (page: Page, name: string) => page.getByRole('heading', { name, exact: true })
const phone = { width: 320, height: 640 }
const desktop = { width: 1280, height: 800 }

/** Opens a page by its link in the sidebar, or in the drawer on a phone. */
async function openFromRail(page: Page, name: string, isPhone: boolean) {
  if (isPhone) await page.getByRole('button', { name: 'Views and labels' }).click()
  await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name }).click()
}

describe('the pages after sign-in', () => {
  it.for([
    ['a desktop', desktop, false],
    ['a phone', phone, true],
  ] as const)('are one frame on %s', async ([, size, isPhone], { adasPage: page }) => {
    await page.setViewportSize(size)
    await page.goto('/')
    for (const [link, title] of [
      ['Activity', 'Activity'],
      ['Trash', 'Trash'],
      ['Account', 'Account'],
      ['Apps', 'Connected apps'],
      ['Developer', 'Developer'],
    ] as const) {
      await openFromRail(page, link, isPhone)
      await page.getByRole('heading', { name: title, level: 1 }).waitFor()
      await page.getByRole('dialog').waitFor({ state: 'detached' })
      expect(await measureOverflow(page)).toBe(0)
    }
    if (isPhone) await page.getByRole('button', { name: 'Views and labels' }).click()
    const foot = page.getByRole('navigation', { name: 'Pages' })
    expect(await foot.getByRole('link').allTextContents()).toEqual([
      ...['Activity', 'Trash', 'Account', 'Apps', 'Developer', 'Docs'],
    ])
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.waitForURL('**/sign-in?next=*')
  })

  it('open with the keyboard alone', async ({ adasPage: page }) => {
    await page.goto('/account')
    await heading(page, 'Sessions').waitFor()
    await page.keyboard.press('Tab')
    expect(await focusedName(page)).toBe('Skip to the content')
    await page.getByRole('link', { name: 'Apps', exact: true }).focus()
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Connected apps' }).waitFor()
  })
})

describe('the account page', () => {
  it('saves a new name, which the sidebar and other tabs show', async ({
    adasPage: page,
    context,
  }) => {
    const other = await context.newPage()
    await other.goto('/activity')
    await page.goto('/account')
    await page.getByRole('textbox', { name: 'Name' }).fill('Ada Lovelace')
    await page.getByRole('button', { name: 'Save name' }).click()
    await page.getByRole('form').getByText('Your name is saved.').waitFor()
    for (const tab of [page, other])
      await tab.getByRole('complementary').getByText('Ada Lovelace').waitFor()
  })

  it('ends another session, which then has to sign in', async ({ page, ada, url, browser }) => {
    const elsewhere = await browser.newContext({ baseURL: url })
    const phonePage = await elsewhere.newPage()
    await phonePage.goto('/sign-in')
    await submitSignIn(phonePage, ada)
    await phonePage.getByRole('heading', { name: 'No tasks yet' }).waitFor()
    await page.goto('/account')
    const sessions = page.getByRole('list', { name: 'Sessions' }).getByRole('listitem')
    await sessions.nth(1).waitFor()
    expect(await sessions.count()).toBe(2)
    await sessions.getByRole('button', { name: 'End Chrome on Linux' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'End' }).click()
    // Elements behind an open dialog have no role.
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    await sessions.nth(1).waitFor({ state: 'detached' })
    await expect.poll(() => focusedName(page)).toBe('Sessions')
    await phonePage.reload()
    await phonePage.waitForURL('**/sign-in')
    await elsewhere.close()
  })

  it('ends all other sessions with the keyboard alone', async ({ page, ada, context, url }) => {
    await context.clearCookies()
    await page.goto('/sign-in')
    await submitSignIn(page, ada)
    await heading(page, 'No tasks yet').waitFor()
    await page.goto('/account')
    const sessions = page.getByRole('list', { name: 'Sessions' }).getByRole('listitem')
    await sessions.nth(1).waitFor()
    await page.getByRole('button', { name: 'End all other sessions' }).focus()
    await page.keyboard.press('Enter')
    await page.getByRole('dialog').waitFor()
    await expect.poll(() => focusedName(page)).toBe('Keep them')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    // Elements behind an open dialog have no role.
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    await sessions.nth(1).waitFor({ state: 'detached' })
    const [first = { name: '', value: '' }] = ada.cookies
    const headers = { cookie: `${first.name}=${first.value}` }
    const answer = await fetch(`${url}/api/auth/token`, { headers })
    expect(answer.status).toBe(401)
  })

  it('deletes the account by its password, after saying what goes with it', async ({
    page,
    ada,
    url,
    pageErrors,
  }) => {
    pageErrors.expect(/status of 40[01]/)
    const [task] = await ada.createTasks('Buy milk', 'Call Bob', 'Write the notes')
    await ada.deleteTask(task ?? '')
    await ada.createProgram('Nightly report', ['tasks:read'])
    await page.setViewportSize(phone)
    await page.goto('/account')
    await page.getByRole('button', { name: 'Delete account…' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText('2 tasks, and 1 in the trash.').waitFor()
    await dialog.getByText('1 access token: programs that use it are refused.').waitFor()
    expect(await measureOverflow(page)).toBe(0)
    expect(await findViolations(page)).toEqual([])
    await dialog.getByLabel('Password', { exact: true }).fill('wrong password')
    await dialog.getByRole('button', { name: 'Delete account' }).click()
    await dialog.getByText('The password is wrong. Check it and try again.').waitFor()
    expect(await focusedName(page)).toBe('Password')
    await dialog.getByLabel('Password', { exact: true }).fill(ada.password)
    await page.keyboard.press('Enter')
    await page.waitForURL('**/sign-in')
    expect(pathOf(page)).toBe('/sign-in')
    await submitSignIn(page, ada)
    await page.getByText('The email or the password is wrong.').waitFor()
    await createAccount(url, 'Ada', ada.email) // the address is free again
  })
})
