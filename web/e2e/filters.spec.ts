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

  it('take a year that is typed digit by digit, as one history entry', async ({ page, ada }) => {
    await ada.createTasks(...tasks, { title: 'Later', dueOn: '2027-01-05' })
    await page.goto('/')
    await page.getByRole('button', { name: 'Filters' }).click()
    const steps = await page.evaluate(() => history.length)
    const from = page.getByLabel('From')
    // With a pause after each key, so that the page renders what was typed.
    await from.pressSequentially('06062026', { delay: 100 })
    await expect.poll(() => listTitles(page)).toEqual(['Later'])
    expect(await from.inputValue()).toBe('2026-06-06')
    expect(pathOf(page)).toBe('/?from=2026-06-06')
    await from.press('ArrowUp')
    await expect.poll(() => pathOf(page)).toBe('/?from=2027-06-06')
    expect(await page.evaluate(() => history.length)).toBe(steps + 1)
  })

  it('of an address by hand are left out if they are none', async ({ page, ada }) => {
    await ada.createTasks(...tasks)
    const labels = Array.from({ length: 120 }, (_, n) => `label=${n}`).join('&')
    await page.goto(`/?from=2026-02-31&to=0000-01-01&q=${'a'.repeat(300)}`)
    await expect.poll(() => listTitles(page)).toEqual(newestFirst)
    await page.goto(`/?${labels}`)
    await page.getByRole('heading', { name: 'No tasks found' }).waitFor()
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
