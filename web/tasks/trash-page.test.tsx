import { screen, waitFor, within } from '@testing-library/react'
import { describe, expect, it } from 'vitest'
import { apiError, minute, task } from '../testing/task-api.ts'
import { openTaskPage } from '../testing/task-page.tsx'

const deleted = (n: number) => task(n, { deletedAt: minute(n + 10) })
const button = (name: string) => screen.findByRole('button', { name })
const titles = async () => {
  const list = await screen.findByRole('list', { name: 'Tasks in the trash' })
  return within(list)
    .queryAllByRole('listitem')
    .map((item) => item.querySelector('p')?.textContent)
}

describe('the trash', () => {
  it('lists the deleted tasks, the latest deletion first', async () => {
    openTaskPage([deleted(1), deleted(2), task(3)], '/trash')
    expect(await titles()).toEqual(['Task 2', 'Task 1'])
    expect(screen.getByText('2 tasks')).toBeVisible()
  })

  it('says what appears in it while it is empty', async () => {
    openTaskPage([task(1)], '/trash')
    await screen.findByRole('heading', { name: 'The trash is empty' })
    expect(screen.queryByRole('button', { name: 'Empty trash' })).toBeNull()
  })

  it('loads the next page', async () => {
    const tasks = Array.from({ length: 60 }, (_, n) => deleted(n))
    const { user } = openTaskPage(tasks, '/trash')
    expect((await titles()).length).toBe(50)
    await user.click(await button('Load more'))
    await waitFor(async () => expect((await titles()).length).toBe(60))
    expect(screen.getByText('60 tasks')).toBeVisible()
  })

  it('restores a task, and moves the focus to the next one', async () => {
    const { api, user } = openTaskPage([deleted(1), deleted(2)], '/trash')
    await user.click(await button('Restore Task 2'))
    await waitFor(async () => expect(await titles()).toEqual(['Task 1']))
    expect(screen.getByText('1 task')).toBeVisible()
    expect(api.variablesOf('RestoreTask')).toEqual({ input: { id: 'task-2' } })
    await waitFor(() =>
      expect(document.activeElement?.getAttribute('aria-label')).toBe('Restore Task 1'),
    )
    expect(await screen.findByText('“Task 2” is back in the list.')).toBeInTheDocument()
  })

  it('keeps a task that cannot be restored, and says why', async () => {
    const { api, user } = openTaskPage([deleted(1)], '/trash')
    api.refuse(apiError('INTERNAL_SERVER_ERROR'))
    await user.click(await button('Restore Task 1'))
    expect(await screen.findByText('“Task 1” could not be restored.')).toBeVisible()
    expect(await titles()).toEqual(['Task 1'])
  })

  it('deletes a task forever after confirmation, and keeps the focus in the page', async () => {
    const { api, user } = openTaskPage([deleted(1), deleted(2)], '/trash')
    await user.click(await button('Delete forever: Task 1'))
    expect(api.variablesOf('PurgeTask')).toBeUndefined()
    await user.click(await button('Delete forever'))
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull())
    expect(await titles()).toEqual(['Task 2'])
    expect(api.variablesOf('PurgeTask')).toEqual({ input: { id: 'task-1' } })
    // The row is gone before or after the dialog is.
    const focused = () => document.activeElement?.textContent
    await waitFor(() => expect(focused()).toMatch(/^(Trash|Restore)$/))
  })

  it('keeps the task when that is cancelled, and returns the focus', async () => {
    const { api, user } = openTaskPage([deleted(1)], '/trash')
    await user.click(await button('Delete forever: Task 1'))
    await user.click(await button('Keep it'))
    await waitFor(async () =>
      expect(document.activeElement).toBe(await button('Delete forever: Task 1')),
    )
    expect(api.variablesOf('PurgeTask')).toBeUndefined()
  })

  it('is emptied after confirmation', async () => {
    const { user } = openTaskPage([deleted(1), deleted(2)], '/trash')
    await user.click(await button('Empty trash'))
    const dialog = await screen.findByRole('dialog', { name: 'Delete 2 tasks forever?' })
    await user.click(within(dialog).getByRole('button', { name: 'Empty trash' }))
    await screen.findByRole('heading', { name: 'The trash is empty' })
    await waitFor(() => expect(document.activeElement?.textContent).toBe('Trash'))
  })
})
