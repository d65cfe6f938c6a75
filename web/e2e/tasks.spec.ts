import { describe, expect } from 'vitest'
import { it } from './fixtures.ts'
import {
  detailsButton,
  focusedName,
  listTitles,
  newTask,
  row,
  tasksLeft,
  tick,
  titleButton,
} from './locators.ts'

describe('a new task', () => {
  it('is added on Enter, which clears the field and keeps the focus', async ({ page, ada }) => {
    await page.goto('/')
    await newTask(page).fill('Buy milk')
    await newTask(page).press('Enter')
    expect(await newTask(page).inputValue()).toBe('')
    expect(await focusedName(page)).toBe('New task')
    await page.keyboard.type('Call Bob')
    await page.keyboard.press('Enter')
    await expect.poll(() => listTitles(page)).toEqual(['Call Bob', 'Buy milk'])
    await expect.poll(ada.listTitles).toEqual(['Call Bob', 'Buy milk'])
  })

  it('stops at 255 characters and says so', async ({ page, ada }) => {
    await page.goto('/')
    await newTask(page).fill('é'.repeat(240))
    await page.getByText('15 characters left').waitFor()
    await newTask(page).press('End')
    await page.keyboard.insertText('🎉'.repeat(20))
    await page.getByText('The limit of 255 characters is reached').waitFor()
    await newTask(page).press('Enter')
    const title = 'é'.repeat(240) + '🎉'.repeat(15)
    await expect.poll(ada.listTitles).toEqual([title])
  })
})

describe('the tick', () => {
  it('completes a task with one click, and reopens it with another', async ({ page, ada }) => {
    await ada.createTasks('Buy milk')
    await page.goto('/')
    await tick(page, 'Buy milk').click()
    expect(await tick(page, 'Buy milk').isChecked()).toBe(true)
    await row(page, 'Buy milk').getByText('Done today').waitFor()
    await page.reload()
    await expect.poll(() => tick(page, 'Buy milk').isChecked()).toBe(true)
    await tick(page, 'Buy milk').click()
    await row(page, 'Buy milk').getByText('Done today').waitFor({ state: 'detached' })
    await page.reload()
    await tick(page, 'Buy milk').waitFor()
    expect(await tick(page, 'Buy milk').isChecked()).toBe(false)
  })

  it('is undone with a message when the task was deleted', async ({ page, ada, pageErrors }) => {
    const [id = ''] = await ada.createTasks('Buy milk')
    // Without events of the deletion, the page keeps the row.
    pageErrors.expect(/ERR_FAILED/)
    await page.route('**/graphql', (route) =>
      route.request().postData()?.includes('subscription') ? route.abort() : route.continue(),
    )
    await page.goto('/')
    await tick(page, 'Buy milk').waitFor()
    await ada.deleteTask(id)
    await tick(page, 'Buy milk').click()
    await page.getByText('“Buy milk” could not be completed.').first().waitFor()
    await expect.poll(() => tick(page, 'Buy milk').isChecked()).toBe(false)
  })

  it('updates the number of open tasks, loaded or not', async ({ page, ada }) => {
    await ada.createTasks('Buy milk', 'Call Bob', { title: 'Read the notes', done: true })
    await page.goto('/')
    await expect.poll(() => tasksLeft(page).textContent()).toBe('2 tasks left')
    await tick(page, 'Buy milk').click()
    await expect.poll(() => tasksLeft(page).textContent()).toBe('1 task left')
    await tick(page, 'Read the notes').click()
    await expect.poll(() => tasksLeft(page).textContent()).toBe('2 tasks left')
  })
})

describe('editing a title in the details', () => {
  it.for([
    ['Enter', 'Buy oat milk'],
    ['Tab', 'Buy oat milk'],
    ['Escape', 'Buy milk'],
  ] as const)('%s leaves the title “%s”', async ([key, title], { page, ada }) => {
    await ada.createTasks('Buy milk')
    await page.goto('/')
    await titleButton(page, 'Buy milk').click()
    await page.getByRole('textbox', { name: 'Title' }).fill('Buy oat milk')
    await page.keyboard.press(key)
    await titleButton(page, title).waitFor()
    await expect.poll(ada.listTitles).toEqual([title])
  })
})

describe('the details of a task', () => {
  it('hold description, due date, priority and labels', async ({ page, ada }) => {
    await ada.createTasks('Buy milk')
    await page.goto('/')
    await detailsButton(page, 'Buy milk').click()
    const details = page.getByRole('form', { name: 'Details of Buy milk' })
    await details.getByLabel('Description').fill('Two litres, the green one')
    await details.getByRole('button', { name: 'Tomorrow' }).click()
    await details.getByText('High', { exact: true }).click()
    await details.getByRole('textbox', { name: 'Labels' }).fill('shopping')
    await page.keyboard.press('Enter')
    await details.getByRole('textbox', { name: 'Labels' }).fill('home')
    await page.keyboard.press('Enter')
    await details.getByText('Saved', { exact: true }).waitFor()
    await page.reload()
    const shown = row(page, 'Buy milk')
    for (const fact of ['Due Tomorrow', 'High priority', 'shopping', 'home'])
      await shown.getByText(fact, { exact: true }).waitFor()
    const description = page.getByLabel('Description')
    await expect.poll(() => description.inputValue()).toBe('Two litres, the green one')
  })
})

describe('a long list', () => {
  it('loads the next pages when its end is near', async ({ page, ada }) => {
    const titles = Array.from({ length: 120 }, (_, index) => `Task ${index + 1}`)
    await ada.createTasks(...titles)
    await page.goto('/')
    await expect.poll(async () => (await listTitles(page)).length).toBeGreaterThanOrEqual(50)
    expect((await listTitles(page)).length).toBeLessThan(120)
    await expect
      .poll(async () => {
        await page.mouse.wheel(0, 4_000)
        return listTitles(page)
      })
      .toEqual(titles.toReversed())
    expect(await tasksLeft(page).textContent()).toBe('120 tasks left')
  })
})
