import { describe, expect } from 'vitest'
import { endSession } from './account.ts'
import { it } from './fixtures.ts'
import { deleteButton, listTitles, newTask, tasksLeft, tick, titleButton } from './locators.ts'
import { openTab, waitForStream } from './task-stream.ts'

const withinASecond = { timeout: 1_000, interval: 20 }

describe('a second tab', () => {
  it('shows what is added, ticked, edited and deleted in the first within a second', async ({
    context,
    ada,
  }) => {
    await ada.createTasks('Call Bob')
    const [first, second] = [await openTab(context), await openTab(context)]
    await newTask(first).fill('Buy milk')
    await newTask(first).press('Enter')
    await expect.poll(() => listTitles(second), withinASecond).toEqual(['Buy milk', 'Call Bob'])
    await expect.poll(() => tasksLeft(second).textContent(), withinASecond).toBe('2 tasks left')

    await tick(first, 'Call Bob').click()
    await expect.poll(() => tick(second, 'Call Bob').isChecked(), withinASecond).toBe(true)
    await expect.poll(() => tasksLeft(second).textContent(), withinASecond).toBe('1 task left')

    await titleButton(first, 'Buy milk').click()
    await first.getByRole('textbox', { name: 'Title' }).fill('Buy oat milk')
    await first.keyboard.press('Enter')
    await expect.poll(() => listTitles(second), withinASecond).toEqual(['Buy oat milk', 'Call Bob'])

    await deleteButton(first, 'Buy oat milk').click()
    await expect.poll(() => listTitles(second), withinASecond).not.toContain('Buy oat milk')
    await expect.poll(() => tasksLeft(second).textContent(), withinASecond).toBe('0 tasks left')
  })

  it('shows in a filtered list what the API finds, however it is spelled', async ({
    context,
    ada,
  }) => {
    await ada.createTasks('Caf\u00e9 one')
    const page = await openTab(context, '/?q=CAFE\u0301')
    await expect.poll(() => listTitles(page)).toEqual(['Caf\u00e9 one'])
    await ada.createTasks('Cafe\u0301 two')
    await expect
      .poll(() => listTitles(page), withinASecond)
      .toEqual(['Cafe\u0301 two', 'Caf\u00e9 one'])
  })

  it('shows the changes of a program', async ({ context, ada }) => {
    const page = await openTab(context)
    const [id = ''] = await ada.createTasks('Buy milk')
    await expect.poll(() => listTitles(page), withinASecond).toEqual(['Buy milk'])
    await ada.deleteTask(id)
    await expect.poll(() => listTitles(page), withinASecond).toEqual([])
  })

  it('applies its filter to changes', async ({ context, ada }) => {
    await ada.createTasks('Call Bob')
    const [first, second] = [await openTab(context), await openTab(context, '/?status=open')]
    await tick(first, 'Call Bob').click()
    await expect.poll(() => listTitles(second), withinASecond).toEqual([])
  })

  it('counts its own new tasks once', async ({ context, ada }) => {
    const [first, second] = [await openTab(context), await openTab(context)]
    for (const [n, title] of ['One', 'Two', 'Three'].entries()) {
      await newTask(first).fill(title)
      await newTask(first).press('Enter')
      for (const page of [first, second])
        await expect.poll(() => tasksLeft(page).textContent()).toMatch(`${n + 1} task`)
    }
    expect(await ada.listTitles()).toEqual(['Three', 'Two', 'One'])
    for (const page of [first, second])
      expect(await listTitles(page)).toEqual(['Three', 'Two', 'One'])
  })
})

describe('a page', () => {
  it('shows that its session has ended only when the user does something', async ({
    context,
    url,
    ada,
    pageErrors,
  }) => {
    pageErrors.expect(/status of 401/)
    await ada.createTasks('Call Bob')
    const page = await openTab(context)
    await newTask(page).fill('Buy milk')
    await endSession(context, url)
    await newTask(page).press('Enter')
    const dialog = page.getByRole('dialog', { name: 'Sign in again' })
    await dialog.waitFor()
    await dialog.getByLabel('Password', { exact: true }).fill(ada.password)
    const streaming = waitForStream(page)
    await page.keyboard.press('Enter')
    await streaming
    await ada.createTasks('Read')
    await expect.poll(() => listTitles(page), withinASecond).toEqual(['Read', 'Call Bob'])
    expect(await newTask(page).inputValue()).toBe('Buy milk')
  })
})
