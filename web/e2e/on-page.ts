/** How tests find things: by role and name, as people and screen readers do. */
import type { Locator, Page } from 'playwright-core'

export const newTask = (page: Page): Locator => page.getByRole('textbox', { name: 'New task' })

export const searchField = (page: Page): Locator =>
  page.getByRole('searchbox', { name: 'Search tasks' })

export const undo = (page: Page): Locator => page.getByRole('button', { name: 'Undo' })

export const tick = (page: Page, title: string): Locator =>
  page.getByRole('checkbox', { name: `Complete ${title}`, exact: true })

export const titleOf = (page: Page, title: string): Locator =>
  page.getByRole('button', { name: `Edit ${title}`, exact: true })

export const detailsOf = (page: Page, title: string): Locator =>
  page.getByRole('button', { name: `Details of ${title}`, exact: true })

export const binOf = (page: Page, title: string): Locator =>
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

/** The name of what has the focus; empty when nothing has. */
export const focusedName = (page: Page): Promise<string> =>
  page.evaluate(() => {
    const focused = document.activeElement
    if (!focused || focused === document.body) return ''
    const label = document.querySelector(`label[for="${focused.id}"]`)
    return focused.getAttribute('aria-label') ?? (label ?? focused).textContent ?? ''
  })

/** The path of the address with its query. */
export const pathOf = (page: Page): string => {
  const { pathname, search } = new URL(page.url())
  return pathname + search
}

/** Fills in the form that is shown, and sends it. */
export async function submitSignIn(
  page: Page | Locator,
  account: { email: string; password: string },
) {
  await page.getByLabel('Email').fill(account.email)
  await page.getByLabel('Password', { exact: true }).fill(account.password)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
}
