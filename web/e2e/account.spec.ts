import { randomUUID } from 'node:crypto'
import { describe, expect } from 'vitest'
import { createAccount } from './account.ts'
import { it } from './fixtures.ts'
import { listTitles, newTask, pathOf, searchField, submitSignIn } from './locators.ts'

describe('signing up', () => {
  it('opens an empty list that invites the first task', async ({ page }) => {
    await page.goto('/')
    await page.getByRole('link', { name: 'Create an account' }).click()
    await page.getByLabel('Name').fill('Ada')
    await page.getByLabel('Email').fill(`ada-${randomUUID()}@example.com`)
    await page.getByLabel('Password', { exact: true }).fill('correct horse')
    await page.getByRole('button', { name: 'Create account' }).click()
    await page.getByRole('heading', { name: 'No tasks yet' }).waitFor()
    expect(pathOf(page)).toBe('/')
  })

  it('refuses an email that is taken, beside the field', async ({ page, url, pageErrors }) => {
    pageErrors.expect(/status of 422/)
    const bob = await createAccount(url, 'Bob')
    await page.goto('/sign-up')
    await page.getByLabel('Name').fill('Another Bob')
    await page.getByLabel('Email').fill(bob.email)
    await page.getByLabel('Password', { exact: true }).fill('correct horse')
    await page.getByRole('button', { name: 'Create account' }).click()
    await page.getByText('There is already an account with this email.').waitFor()
    expect(await page.getByLabel('Email').getAttribute('aria-invalid')).toBe('true')
  })
})

describe('signing in', () => {
  it('says that the password is wrong, and keeps what was typed', async ({
    page,
    url,
    pageErrors,
  }) => {
    pageErrors.expect(/status of 401/)
    const bob = await createAccount(url, 'Bob')
    await page.goto('/sign-in')
    await submitSignIn(page, { email: bob.email, password: 'wrong password' })
    await page.getByText('The email or the password is wrong.').waitFor()
    expect(await page.getByLabel('Email').inputValue()).toBe(bob.email)
    expect(pathOf(page)).toBe('/sign-in')
  })

  it('returns to the link that was opened', async ({ page, url }) => {
    const bob = await createAccount(url, 'Bob')
    await bob.createTasks('Buy milk', 'Call Ada', { title: 'Spill milk', done: true })
    await page.goto('/?status=open&q=milk')
    await page.waitForURL('**/sign-in?next=*')
    await submitSignIn(page, bob)
    await expect.poll(() => listTitles(page)).toEqual(['Buy milk'])
    expect(pathOf(page)).toBe('/?status=open&q=milk')
    expect(await searchField(page).inputValue()).toBe('milk')
  })

  it.for(['//evil.example', 'https://evil.example', '/\\evil.example', '/.//evil.example'])(
    'stays on the site for next=%s',
    async (next, { page, url }) => {
      const bob = await createAccount(url, 'Bob')
      await page.goto(`/sign-in?next=${encodeURIComponent(next)}`)
      await submitSignIn(page, bob)
      await newTask(page).waitFor()
      expect(page.url()).toBe(`${url}/`)
    },
  )
})

describe('signing out', () => {
  it('ends the session, also for a page that is opened later', async ({ page, ada }) => {
    await ada.createTasks('A secret plan')
    await page.goto('/')
    await expect.poll(() => listTitles(page)).toEqual(['A secret plan'])
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.waitForURL('**/sign-in')
    await page.goto('/?status=open')
    await page.waitForURL('**/sign-in?next=*')
    expect(await page.getByText('A secret plan').count()).toBe(0)
  })
})

describe('the sign-in page', () => {
  it('shows a still of the list beside the form on wide screens, which is not read', async ({
    page,
  }) => {
    const still = page.getByText('Pay the rent')
    await page.setViewportSize({ width: 1440, height: 900 })
    await page.goto('/sign-in')
    await still.waitFor()
    expect(
      await page.getByText('Pay the rent').locator('xpath=ancestor::*[@aria-hidden]').count(),
    ).toBe(1)
    await page.setViewportSize({ width: 320, height: 640 })
    expect(await still.isVisible()).toBe(false)
  })

  it('shows the focus of an invalid field in the colour of the error', async ({ page }) => {
    await page.goto('/sign-in')
    await page.getByRole('button', { name: 'Sign in', exact: true }).click()
    const error = page.getByText('Enter your email address.')
    await error.waitFor()
    const colour = await error.evaluate((element) => getComputedStyle(element).color)
    const outline = await page
      .getByLabel('Email')
      .evaluate((input) => input.matches(':focus') && getComputedStyle(input).outlineColor)
    expect(outline).toBe(colour)
  })
})
