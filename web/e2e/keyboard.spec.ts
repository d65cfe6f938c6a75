import type { Page } from 'playwright-core'
import { describe, expect } from 'vitest'
import { createAccount } from './account.ts'
import { it } from './fixtures.ts'
import { focusedName, listTitles, tick } from './on-page.ts'

/** Presses Tab until the control of this name has the focus; on its way every stop must be seen. */
async function tabTo(page: Page, name: string, key: 'Tab' | 'Shift+Tab' = 'Tab') {
  const passed: string[] = []
  while (passed.length < 60) {
    await page.keyboard.press(key)
    const stop = await focusedName(page)
    if (!(await focusIsSeen(page))) throw new Error(`The focus cannot be seen on “${stop}”.`)
    if (stop === name) return
    passed.push(stop)
  }
  throw new Error(`“${name}” cannot be reached; passed ${passed.join(', ')}.`)
}

/** Whether a ring stands around the focused control, or around the label that stands for it. */
function focusIsSeen(page: Page): Promise<boolean> {
  return page.evaluate(() => {
    const focused = document.activeElement
    const bearers = [focused, focused?.closest('label'), focused?.parentElement]
    return bearers.some((bearer) => {
      if (!bearer || bearer === document.body) return false
      // The parts of a date field are the browser's own, and so is what shows the focus on them.
      if (bearer.matches('input[type=date]')) return true
      const { outlineStyle, outlineWidth } = getComputedStyle(bearer)
      return outlineStyle !== 'none' && Number.parseFloat(outlineWidth) >= 1
    })
  })
}

describe('with the keyboard alone', () => {
  it('one gets from signing in to a task that was added, ticked, edited, deleted and brought back', async ({
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

    await tabTo(page, 'Edit Buy milk')
    await page.keyboard.press('Enter')
    await page.keyboard.type('Buy oat milk')
    await page.keyboard.press('Enter')
    await expect.poll(() => focusedName(page)).toBe('Edit Buy oat milk')

    await tabTo(page, 'Delete Buy oat milk')
    await page.keyboard.press('Enter')
    await expect.poll(() => listTitles(page)).toEqual([])
    await page.keyboard.press('F6')
    await tabTo(page, 'Undo')
    await page.keyboard.press('Enter')
    await expect.poll(() => listTitles(page)).toEqual(['Buy oat milk'])
    expect(await focusedName(page)).not.toBe('')
  })

  it('the focus goes on to the next task when one is deleted', async ({ page, ada }) => {
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

  it('details open and close, and the focus is back where it was', async ({ page, ada }) => {
    await ada.createTasks('Buy milk')
    await page.goto('/')
    await tick(page, 'Buy milk').focus()
    await tabTo(page, 'Details of Buy milk')
    await page.keyboard.press('Enter')
    await page.getByLabel('Description').waitFor()
    await tabTo(page, 'Description')
    await page.keyboard.press('Escape')
    await expect.poll(() => focusedName(page)).toBe('Details of Buy milk')
  })

  it('a dialog takes the focus, keeps it, and gives it back', async ({ page, ada }) => {
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

  it('n leads to the new task and / to the search, but not while typing', async ({ page, ada }) => {
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
