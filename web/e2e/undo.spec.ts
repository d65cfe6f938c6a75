import { describe, expect } from 'vitest'
import { it } from './fixtures.ts'
import { deleteButton, listTitles, tick, undo } from './locators.ts'

describe('deleting a task', () => {
  it('is undone from the toast, and stays undone on reload', async ({ page, ada }) => {
    await ada.createTasks('Buy milk', 'Call Bob')
    await page.goto('/')
    await deleteButton(page, 'Buy milk').click()
    await expect.poll(() => listTitles(page)).toEqual(['Call Bob'])
    await undo(page).click()
    await expect.poll(() => listTitles(page)).toEqual(['Call Bob', 'Buy milk'])
    await page.reload()
    await expect.poll(() => listTitles(page)).toEqual(['Call Bob', 'Buy milk'])
  })

  it('happens at once, also when the page is closed', async ({ page, context, ada }) => {
    await ada.createTasks('Buy milk', 'Call Bob')
    await page.goto('/')
    await deleteButton(page, 'Buy milk').click()
    await page.close({ runBeforeUnload: true })
    await expect.poll(ada.listTitles).toEqual(['Call Bob'])
    const later = await context.newPage()
    await later.goto('/')
    await expect.poll(() => listTitles(later)).toEqual(['Call Bob'])
  })

  it('happens at once, also when its owner signs out', async ({ page, ada }) => {
    await ada.createTasks('Buy milk', 'Call Bob')
    await page.goto('/')
    await deleteButton(page, 'Buy milk').click()
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.waitForURL('**/sign-in')
    await expect.poll(ada.listTitles).toEqual(['Call Bob'])
  })
})

describe('completing a task', () => {
  it('is undone from the toast', async ({ page, ada }) => {
    await ada.createTasks('Buy milk')
    await page.goto('/')
    await tick(page, 'Buy milk').click()
    await undo(page).click()
    await expect.poll(() => tick(page, 'Buy milk').isChecked()).toBe(false)
    await page.reload()
    await tick(page, 'Buy milk').waitFor()
    expect(await tick(page, 'Buy milk').isChecked()).toBe(false)
  })
})

describe('clearing completed tasks', () => {
  const tasks = ['Call Bob', { title: 'Buy milk', done: true }, { title: 'Read', done: true }]

  it('asks first, and keeps them when that is declined', async ({ page, ada }) => {
    await ada.createTasks(...tasks)
    await page.goto('/')
    await page.getByRole('button', { name: 'Clear completed' }).click()
    const dialog = page.getByRole('dialog', { name: 'Delete 2 completed tasks?' })
    await dialog.getByRole('button', { name: 'Keep them' }).click()
    await dialog.waitFor({ state: 'detached' })
    expect(await ada.listTitles()).toEqual(['Read', 'Buy milk', 'Call Bob'])
  })

  it('moves them all to the trash when that is confirmed', async ({ page, ada }) => {
    await ada.createTasks(...tasks)
    await page.goto('/')
    await page.getByRole('button', { name: 'Clear completed' }).click()
    await page.getByRole('button', { name: 'Delete 2 completed tasks' }).click()
    await expect.poll(() => listTitles(page)).toEqual(['Call Bob'])
    await expect.poll(ada.listTitles).toEqual(['Call Bob'])
  })

  it('restores them all from the toast', async ({ page, ada }) => {
    const many = Array.from({ length: 20 }, (_, n) => ({ title: `Done ${n}`, done: true }))
    await ada.createTasks('Call Bob', ...many)
    await page.goto('/')
    await page.getByRole('button', { name: 'Clear completed' }).click()
    await page.getByRole('button', { name: 'Delete 20 completed tasks' }).click()
    await expect.poll(() => listTitles(page)).toEqual(['Call Bob'])
    await undo(page).click()
    await expect.poll(async () => (await ada.listTitles()).length).toBe(21)
    await expect.poll(async () => (await listTitles(page)).length).toBe(21)
  })
})
