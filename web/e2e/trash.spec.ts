import type { Page } from 'playwright-core'
import { describe, expect } from 'vitest'
import { colourRules, findViolations } from './axe.ts'
import { it } from './fixtures.ts'
import { focusedName, listTitles, undo } from './locators.ts'
import { waitUntilIdle } from './task-stream.ts'

const trashTitles = (page: Page) =>
  page
    .getByRole('list', { name: 'Tasks in the trash' })
    .getByRole('listitem')
    .evaluateAll((items) => items.map((item) => item.querySelector('p')?.textContent))

async function openTrash(page: Page) {
  const idle = waitUntilIdle(page)
  await page.goto('/trash')
  await idle
  await page.getByRole('heading', { name: 'Trash', exact: true }).waitFor()
}

describe('the trash', () => {
  it('is reached from the sidebar, and restores a task to the list', async ({ page, ada }) => {
    const [milk = ''] = await ada.createTasks('Buy milk', 'Call Bob')
    await ada.deleteTask(milk)
    await page.goto('/')
    await page.getByRole('link', { name: 'Trash' }).click()
    await page.getByRole('button', { name: 'Restore Buy milk' }).click()
    await page.getByRole('heading', { name: 'The trash is empty' }).waitFor()
    await page.getByRole('link', { name: 'All' }).click()
    await expect.poll(() => listTitles(page)).toEqual(['Call Bob', 'Buy milk'])
  })

  it('follows what a program deletes and restores', async ({ page, ada }) => {
    const [milk = ''] = await ada.createTasks('Buy milk')
    await openTrash(page)
    await ada.deleteTask(milk)
    await expect.poll(() => trashTitles(page)).toEqual(['Buy milk'])
    await ada.restoreTask(milk)
    await expect.poll(() => trashTitles(page)).toEqual([])
  })

  it('is used with the keyboard alone: deletes forever, and empties', async ({ page, ada }) => {
    for (const id of await ada.createTasks('One', 'Two', 'Three')) await ada.deleteTask(id)
    await openTrash(page)
    await page.getByRole('button', { name: 'Delete forever: Two' }).focus()
    await page.keyboard.press('Enter')
    await expect.poll(() => focusedName(page)).toBe('Keep it')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await expect.poll(() => trashTitles(page)).toEqual(['Three', 'One'])
    // The row is gone before or after the dialog is.
    await expect.poll(() => focusedName(page)).toMatch(/^(Trash|Restore One)$/)
    await page.getByRole('button', { name: 'Empty trash' }).focus()
    await page.keyboard.press('Enter')
    await page.getByRole('dialog', { name: 'Delete 2 tasks forever?' }).waitFor()
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'The trash is empty' }).waitFor()
    await expect.poll(() => focusedName(page)).toBe('Trash')
    expect(await undo(page).count()).toBe(0)
  })

  it('is readable in forced colours', async ({ page, ada }) => {
    const [milk = ''] = await ada.createTasks('Buy milk')
    await ada.deleteTask(milk)
    await page.emulateMedia({ forcedColors: 'active' })
    await openTrash(page)
    await expect.poll(() => trashTitles(page)).toEqual(['Buy milk'])
    expect(await findViolations(page, { rules: colourRules })).toEqual([])
  })
})
