import { describe, expect } from 'vitest'
import type { NewTask } from './account.ts'
import { it } from './fixtures.ts'
import { listTitles, pathOf, searchField } from './locators.ts'

const tasks: NewTask[] = [
  { title: 'Call Bob', priority: 'HIGH' },
  { title: 'Buy milk', labels: ['home'], dueOn: '2026-01-02' },
  { title: 'Answer the letter', priority: 'HIGH', labels: ['home'] },
  { title: 'Drink milk', done: true },
]
const newestFirst = ['Drink milk', 'Answer the letter', 'Buy milk', 'Call Bob']

describe('searching', () => {
  it('is stored in the URL, and undone by the back button', async ({ page, ada }) => {
    await ada.createTasks(...tasks)
    await page.goto('/')
    await searchField(page).pressSequentially('milk')
    await expect.poll(() => listTitles(page)).toEqual(['Drink milk', 'Buy milk'])
    expect(pathOf(page)).toBe('/?q=milk')
    await page.goBack()
    await expect.poll(() => listTitles(page)).toEqual(newestFirst)
    expect(await searchField(page).inputValue()).toBe('')
  })

  it('that matches nothing offers to clear the search', async ({ page, ada }) => {
    await ada.createTasks(...tasks)
    await page.goto('/?q=zebra')
    await page.getByRole('heading', { name: 'No tasks found' }).waitFor()
    await page.getByRole('link', { name: 'Clear search and filters' }).click()
    await expect.poll(() => listTitles(page)).toEqual(newestFirst)
  })
})

describe('sorting', () => {
  it('is stored in the URL, and kept on reload', async ({ page, ada }) => {
    const byTitle = newestFirst.toSorted()
    await ada.createTasks(...tasks)
    await page.goto('/')
    await page.getByRole('combobox', { name: 'Sort' }).selectOption('Title A to Z')
    await expect.poll(() => listTitles(page)).toEqual(byTitle)
    expect(pathOf(page)).toBe('/?sort=title-asc')
    await page.reload()
    await expect.poll(() => listTitles(page)).toEqual(byTitle)
  })
})

describe('filters', () => {
  it('apply together, each one history entry', async ({ page, ada }) => {
    await ada.createTasks(...tasks)
    await page.goto('/')
    await page.getByRole('button', { name: 'Filters' }).click()
    const priority = page.getByRole('group', { name: 'Priority' })
    await priority.getByRole('button', { name: 'High' }).click()
    await expect.poll(() => listTitles(page)).toEqual(['Answer the letter', 'Call Bob'])
    const labels = page.getByRole('group', { name: 'Labels' })
    await labels.getByRole('button', { name: 'home' }).click()
    await expect.poll(() => listTitles(page)).toEqual(['Answer the letter'])
    expect(pathOf(page)).toBe('/?priority=high&label=home')
    await page.goBack()
    await expect.poll(() => listTitles(page)).toEqual(['Answer the letter', 'Call Bob'])
    await page.getByRole('button', { name: 'Clear filters' }).click()
    await expect.poll(() => listTitles(page)).toEqual(newestFirst)
    expect(pathOf(page)).toBe('/')
  })

  it('of a link apply at once', async ({ page, ada }) => {
    await ada.createTasks(...tasks)
    await page.goto('/?from=2026-01-01&to=2026-01-31')
    await expect.poll(() => listTitles(page)).toEqual(['Buy milk'])
  })
})

describe('the views of the sidebar', () => {
  it('are stored in the URL', async ({ page, ada }) => {
    await ada.createTasks(...tasks)
    await page.goto('/')
    const views = page.getByRole('navigation', { name: 'Views and labels' })
    await views.getByRole('link', { name: 'Done' }).click()
    await expect.poll(() => listTitles(page)).toEqual(['Drink milk'])
    expect(pathOf(page)).toBe('/?status=done')
    await views.getByRole('link', { name: 'home' }).click()
    await expect.poll(() => listTitles(page)).toEqual(['Answer the letter', 'Buy milk'])
    await page.goBack()
    await expect.poll(() => listTitles(page)).toEqual(['Drink milk'])
  })
})
