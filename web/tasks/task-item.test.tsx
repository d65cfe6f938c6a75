import { screen, waitFor } from '@testing-library/react'
import { describe, expect, it } from 'vitest'
import { apiError, minute, task } from '../testing/task-api.ts'
import { newTaskField, noRow, openTaskPage, row } from '../testing/task-page.tsx'

const edit = (title: string) => screen.findByRole('button', { name: `Edit ${title}` })
const titleField = () => screen.getByRole<HTMLTextAreaElement>('textbox', { name: 'Title' })

describe('ticking a task', () => {
  it('completes it immediately, and counts one less', async () => {
    const { api, user } = openTaskPage([task(1), task(2)])
    const tick = await row('Task 1')
    await screen.findByText('2 tasks left')
    api.hold()
    await user.click(tick)
    expect(tick).toHaveProperty('checked', true)
    expect(screen.getByText('1 task left')).toBeVisible()
    api.release()
  })

  it('is undone with a message when it fails', async () => {
    const { server, user } = openTaskPage([task(1)])
    const tick = await row('Task 1')
    server.api.refuse(apiError('INTERNAL_SERVER_ERROR'))
    await user.click(tick)
    expect(await screen.findByText('“Task 1” could not be completed.')).toBeVisible()
    expect(tick).toHaveProperty('checked', false)
  })

  it('can be undone from the toast', async () => {
    const { api, user } = openTaskPage([task(1)])
    const tick = await row('Task 1')
    await user.click(tick)
    await user.click(await screen.findByRole('button', { name: 'Undo' }))
    await waitFor(() => expect(tick).toHaveProperty('checked', false))
    expect(api.variablesOf('ReopenTask')).toEqual({ input: { id: 'task-1' } })
  })

  it('moves the focus to the next row when the row leaves the list', async () => {
    const { user } = openTaskPage([task(1), task(2)], '/?status=open')
    await user.click(await row('Task 2'))
    await waitFor(() => expect(noRow('Task 2')).toBeNull())
    await waitFor(() => expect(document.activeElement).toBe(noRow('Task 1')))
  })
})

describe('editing a title in place', () => {
  it('saves on Enter and returns the focus', async () => {
    const { api, user } = openTaskPage([task(1)])
    await user.click(await edit('Task 1'))
    await user.clear(titleField())
    await user.keyboard('Water the plants{Enter}')
    const button = await edit('Water the plants')
    expect(api.variablesOf('UpdateTask')).toEqual({
      input: { id: 'task-1', title: 'Water the plants' },
    })
    await waitFor(() => expect(document.activeElement).toBe(button))
  })

  it('saves when the field is left', async () => {
    const { api, user } = openTaskPage([task(1)])
    await user.click(await edit('Task 1'))
    await user.keyboard('{End} and more')
    await user.click(newTaskField())
    await edit('Task 1 and more')
    expect(api.variablesOf('UpdateTask')).toEqual({
      input: { id: 'task-1', title: 'Task 1 and more' },
    })
  })

  it('changes nothing on Escape', async () => {
    const { api, user } = openTaskPage([task(1)])
    await user.click(await edit('Task 1'))
    await user.keyboard('Nonsense{Escape}')
    expect(await edit('Task 1')).toBeVisible()
    expect(api.variablesOf('UpdateTask')).toBeUndefined()
  })

  it('opens again with what was typed and the reason, when the API refuses it', async () => {
    const { server, user } = openTaskPage([task(1)])
    server.api.refuse(apiError('BAD_USER_INPUT', 'title must be something else.', 'title'))
    await user.click(await edit('Task 1'))
    await user.clear(titleField())
    await user.keyboard('Nonsense{Enter}')
    expect(await screen.findByText('Title must be something else.')).toBeVisible()
    expect(titleField().value).toBe('Nonsense')
    expect(titleField().getAttribute('aria-invalid')).toBe('true')
  })

  it('stops at 255 characters and says so', async () => {
    const { user } = openTaskPage([task(1)])
    await user.click(await edit('Task 1'))
    await user.clear(titleField())
    await user.paste('🌱'.repeat(300))
    expect(titleField().value).toBe('🌱'.repeat(255))
    expect(screen.getByText('The limit of 255 characters is reached')).toBeVisible()
  })
})

describe('deleting a task', () => {
  it('moves it to the trash immediately, and Undo restores it', async () => {
    const { api, user } = openTaskPage([task(1), task(2)])
    await row('Task 1')
    await screen.findByText('2 tasks left')
    await user.click(screen.getByRole('button', { name: 'Delete Task 1' }))
    expect(noRow('Task 1')).toBeNull()
    expect(screen.getByText('1 task left')).toBeVisible()
    await screen.findByText('Moved “Task 1” to the trash')
    expect(api.variablesOf('DeleteTask')).toEqual({ input: { id: 'task-1' } })
    await user.click(screen.getByRole('button', { name: 'Undo' }))
    expect(await row('Task 1')).toBeVisible()
    expect(await screen.findByText('2 tasks left')).toBeVisible()
    expect(api.variablesOf('RestoreTask')).toEqual({ input: { id: 'task-1' } })
    await waitFor(() => expect(document.activeElement).toBe(noRow('Task 1')))
  })

  it('restores it after the answer when Undo is faster', async () => {
    const { api, user } = openTaskPage([task(1)])
    await row('Task 1')
    api.hold('DeleteTask')
    await user.click(screen.getByRole('button', { name: 'Delete Task 1' }))
    await user.click(await screen.findByRole('button', { name: 'Undo' }))
    expect(api.variablesOf('RestoreTask')).toBeUndefined()
    api.release()
    expect(await row('Task 1')).toBeVisible()
  })

  it('restores the task with a message when it fails', async () => {
    const { server, user } = openTaskPage([task(1)])
    await row('Task 1')
    server.isDown = true
    await user.click(screen.getByRole('button', { name: 'Delete Task 1' }))
    expect(await screen.findByText(/“Task 1” could not be deleted/)).toBeVisible()
    expect(screen.queryByText('Moved “Task 1” to the trash')).toBeNull()
    expect(await row('Task 1')).toBeVisible()
  })

  it('moves the focus to the next row, and to the new task when there is none', async () => {
    const { user } = openTaskPage([task(1), task(2)])
    await row('Task 2')
    await user.click(screen.getByRole('button', { name: 'Delete Task 2' }))
    await waitFor(() => expect(document.activeElement).toBe(noRow('Task 1')))
    await user.click(screen.getByRole('button', { name: 'Delete Task 1' }))
    await waitFor(() => expect(document.activeElement).toBe(newTaskField()))
  })
})

describe('the details of a task', () => {
  it('send only what was changed', async () => {
    const { api, user } = openTaskPage([task(1, { description: 'By the door', labels: ['home'] })])
    await row('Task 1')
    await user.click(screen.getByRole('button', { name: 'Details of Task 1' }))
    await user.click(await screen.findByRole('radio', { name: 'High' }))
    await user.type(screen.getByRole('textbox', { name: 'Labels' }), 'garden{Enter}')
    await user.click(screen.getByRole('button', { name: 'Save' }))
    await waitFor(() =>
      expect(api.variablesOf('UpdateTask')).toEqual({
        input: { id: 'task-1', priority: 'HIGH', labels: ['home', 'garden'] },
      }),
    )
    await waitFor(() => expect(screen.queryByRole('button', { name: 'Save' })).toBeNull())
  })

  it('show a refusal beside the field that it names', async () => {
    const { server, user } = openTaskPage([task(1)])
    await row('Task 1')
    server.api.refuse(apiError('BAD_USER_INPUT', 'description must be shorter.', 'description'))
    await user.click(screen.getByRole('button', { name: 'Details of Task 1' }))
    const field = await screen.findByRole('textbox', { name: 'Description' })
    await user.type(field, 'Long story')
    await user.click(screen.getByRole('button', { name: 'Save' }))
    expect(await screen.findByText('Description must be shorter.')).toBeVisible()
    expect(field.getAttribute('aria-invalid')).toBe('true')
    expect(field).toHaveProperty('value', 'Long story')
  })

  it('keep what was typed when they are closed by mistake', async () => {
    const { user } = openTaskPage([task(1)])
    await row('Task 1')
    const toggle = screen.getByRole('button', { name: 'Details of Task 1' })
    await user.click(toggle)
    await user.type(await screen.findByRole('textbox', { name: 'Description' }), 'Half a thought')
    await user.click(toggle)
    expect(screen.queryByRole('textbox', { name: 'Description' })).toBeNull()
    await user.click(toggle)
    expect(screen.getByRole('textbox', { name: 'Description' })).toHaveProperty(
      'value',
      'Half a thought',
    )
  })
})

describe('clearing completed tasks', () => {
  const tasks = () => [
    task(1),
    task(2, { completed: true, completedAt: minute(2) }),
    task(3, { completed: true, completedAt: minute(3) }),
  ]

  it('shows the number, deletes them after confirmation, and Undo restores all', async () => {
    const { user } = openTaskPage(tasks())
    await user.click(await screen.findByRole('button', { name: 'Clear completed' }))
    await user.click(await screen.findByRole('button', { name: 'Delete 2 completed tasks' }))
    await waitFor(() => expect(noRow('Task 2')).toBeNull())
    expect(noRow('Task 1')).not.toBeNull()
    await screen.findByText('Moved 2 tasks to the trash')
    await user.click(screen.getByRole('button', { name: 'Undo' }))
    expect(await row('Task 2')).toBeVisible()
    expect(await row('Task 3')).toBeVisible()
  })

  it('deletes nothing when it is cancelled', async () => {
    const { api, user } = openTaskPage(tasks())
    await user.click(await screen.findByRole('button', { name: 'Clear completed' }))
    await user.click(await screen.findByRole('button', { name: 'Keep them' }))
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull())
    expect(api.variablesOf('DeleteCompletedTasks')).toBeUndefined()
  })
})
