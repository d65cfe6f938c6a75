import type { Page } from 'playwright-core'
import { describe, expect } from 'vitest'
import { createAccount } from './account.ts'
import { it } from './fixtures.ts'
import { focusedName, listTitles, tick } from './locators.ts'

/** Presses Tab until the control with this name has the focus. The focus must always be visible. */
async function tabTo(page: Page, name: string, key: 'Tab' | 'Shift+Tab' = 'Tab') {
  const passed: string[] = []
  while (passed.length < 60) {
    await page.keyboard.press(key)
    const stop = await focusedName(page)
    if (!(await isFocusVisible(page))) throw new Error(`The focus is not visible on “${stop}”.`)
    if (stop === name) return
    passed.push(stop)
  }
  throw new Error(`“${name}” cannot be reached with Tab; passed ${passed.join(', ')}.`)
}

/** Whether the focused control or its label has an outline. */
function isFocusVisible(page: Page): Promise<boolean> {
  return page.evaluate(() => {
    const focused = document.activeElement
    const outlined = [focused, focused?.closest('label'), focused?.parentElement]
    return outlined.some((element) => {
      if (!element || element === document.body) return false
      // The browser renders the parts of a date field, and their focus.
      if (element.matches('input[type=date]')) return true
      const { outlineStyle, outlineWidth } = getComputedStyle(element)
      return outlineStyle !== 'none' && Number.parseFloat(outlineWidth) >= 1
    })
  })
}

describe('with the keyboard only', () => {
  it('a user can sign in, and add, tick, edit, delete and restore a task', async ({
    page,
    url,
  }) => {
    const bob = await createAccount(url, 'Bob')
    await page.goto('/sign-in')
    await page.getByLabel('Email').waitFor() // until then there is nothing to focus
    await tabTo(page, 'Email')
    await page.keyboard.type(bob.email)
    await tabTo(page, 'Password')
    await page.keyboard.type(bob.password)
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'No tasks yet' }).waitFor()

    await tabTo(page, 'New task')
    await page.keyboard.type('Buy milk')
    await page.keyboard.press('Enter')
    await expect.poll(bob.listTitles).toEqual(['Buy milk'])

    await tabTo(page, 'Complete Buy milk')
    await page.keyboard.press('Space')
    expect(await tick(page, 'Buy milk').isChecked()).toBe(true)
    expect(await focusedName(page)).toBe('Complete Buy milk')

    await tabTo(page, 'Open Buy milk')
    await page.keyboard.press('e')
    await expect.poll(() => focusedName(page)).toBe('Title')
    await page.keyboard.type('Buy oat milk')
    await page.keyboard.press('Enter')
    await page.getByText('Saved', { exact: true }).waitFor()
    await page.keyboard.press('Escape')
    await expect.poll(() => focusedName(page)).toBe('Open Buy oat milk')

    await tabTo(page, 'Delete Buy oat milk')
    await page.keyboard.press('Enter')
    await expect.poll(() => listTitles(page)).toEqual([])
    await page.keyboard.press('F6')
    await tabTo(page, 'Undo')
    await page.keyboard.press('Enter')
    await expect.poll(() => listTitles(page)).toEqual(['Buy oat milk'])
    expect(await focusedName(page)).not.toBe('')
  })

  it('the focus moves to the next task when one is deleted', async ({ page, ada }) => {
    await ada.createTasks('Buy milk', 'Call Bob')
    await page.goto('/')
    await tick(page, 'Call Bob').focus()
    await tabTo(page, 'Delete Call Bob')
    await page.keyboard.press('Enter')
    await expect.poll(() => focusedName(page)).toBe('Complete Buy milk')
    await tabTo(page, 'Delete Buy milk')
    await page.keyboard.press('Enter')
    await expect.poll(() => focusedName(page)).toBe('New task')
  })

  it('details open and close, and return the focus', async ({ page, ada }) => {
    await ada.createTasks('Buy milk')
    await page.goto('/')
    await tick(page, 'Buy milk').focus()
    await tabTo(page, 'Details of Buy milk')
    await page.keyboard.press('Enter')
    await page.getByLabel('Description').waitFor()
    await tabTo(page, 'Description')
    await page.keyboard.press('Escape')
    await expect.poll(() => focusedName(page)).toBe('Open Buy milk')
  })

  it('a dialog takes the focus, traps it, and returns it', async ({ page, ada }) => {
    await ada.createTasks({ title: 'Buy milk', done: true })
    await page.goto('/')
    await page.getByRole('button', { name: 'Clear completed' }).focus()
    await page.keyboard.press('Enter')
    await expect.poll(() => focusedName(page)).toBe('Keep them')
    await tabTo(page, 'Delete 1 completed task')
    await tabTo(page, 'Keep them')
    await page.keyboard.press('Escape')
    await expect.poll(() => focusedName(page)).toBe('Clear completed')
  })

  it('n focuses the new task and / the search, but not while typing', async ({ page, ada }) => {
    await ada.createTasks('Buy milk')
    await page.goto('/')
    await tick(page, 'Buy milk').focus()
    await page.keyboard.press('/')
    await expect.poll(() => focusedName(page)).toBe('Search tasks')
    await page.keyboard.type('n')
    expect(await focusedName(page)).toBe('Search tasks')
    await tick(page, 'Buy milk').waitFor({ state: 'detached' })
    await page.getByRole('link', { name: 'Clear search and filters' }).focus()
    await page.keyboard.press('n')
    await expect.poll(() => focusedName(page)).toBe('New task')
  })
})
