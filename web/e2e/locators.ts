/** Locators by role and name, as users and screen readers find elements. */
import type { Locator, Page } from 'playwright-core'

export const newTask = (page: Page): Locator => page.getByRole('textbox', { name: 'New task' })

export const searchField = (page: Page): Locator =>
  page.getByRole('searchbox', { name: 'Search tasks' })

export const undo = (page: Page): Locator => page.getByRole('button', { name: 'Undo' })

export const tick = (page: Page, title: string): Locator =>
  page.getByRole('checkbox', { name: `Complete ${title}`, exact: true })

export const titleButton = (page: Page, title: string): Locator =>
  page.getByRole('button', { name: `Open ${title}`, exact: true })

export const titleField = (page: Page): Locator => page.getByRole('textbox', { name: 'Title' })

export const details = (page: Page, title: string): Locator =>
  page.getByRole('form', { name: `Details of ${title}`, exact: true })

export const detailsButton = (page: Page, title: string): Locator =>
  page.getByRole('button', { name: `Details of ${title}`, exact: true })

export const deleteButton = (page: Page, title: string): Locator =>
  page.getByRole('button', { name: `Delete ${title}`, exact: true })

export const row = (page: Page, title: string): Locator =>
  page.getByRole('listitem').filter({ has: tick(page, title) })

export const tasksLeft = (page: Page): Locator => page.getByText(/^\d+ tasks? left$/)

/** In the order of the list. */
export const listTitles = (page: Page): Promise<string[]> =>
  page
    .getByRole('list', { name: 'Tasks', exact: true })
    .getByRole('checkbox')
    .evaluateAll((ticks) =>
      ticks.map((tick) => tick.getAttribute('aria-label')?.replace(/^Complete /, '') ?? ''),
    )

/** The name of the focused element; empty: none has the focus. */
export const focusedName = (page: Page): Promise<string> =>
  page.evaluate(() => {
    const focused = document.activeElement
    if (!focused || focused === document.body) return ''
    const label = document.querySelector(`label[for="${focused.id}"]`)
    return focused.getAttribute('aria-label') ?? (label ?? focused).textContent ?? ''
  })

/** The path and query of the address. */
export const pathOf = (page: Page): string => {
  const { pathname, search } = new URL(page.url())
  return pathname + search
}

/** Fills in and submits the visible sign-in form. */
export async function submitSignIn(
  page: Page | Locator,
  account: { email: string; password: string },
) {
  await page.getByLabel('Email').fill(account.email)
  await page.getByLabel('Password', { exact: true }).fill(account.password)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
}
