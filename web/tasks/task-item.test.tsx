import { screen, waitFor } from '@testing-library/react'
import { describe, expect, it } from 'vitest'
import { backup, change, state } from '../testing/history-api.ts'
import { apiError, minute, task } from '../testing/task-api.ts'
import { newTaskField, noRow, openTaskPage, row } from '../testing/task-page.tsx'

const title = (words: string) => screen.findByRole('button', { name: `Open ${words}` })
const titleField = () => screen.getByRole<HTMLTextAreaElement>('textbox', { name: 'Title' })
/** Not the live region, which says the same. */
const shown = { ignore: '[data-announcer]' }

/** Begins to edit a title, by double click. */
async function openTitle(user: ReturnType<typeof openTaskPage>['user'], words: string) {
  await user.dblClick(await title(words))
  await waitFor(() => expect(document.activeElement).toBe(titleField()))
  titleField().select()
}

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

describe('the title in the details', () => {
  it('saves on Enter, with the version that was seen, and keeps the focus', async () => {
    const { api, user } = openTaskPage([task(1)])
    await openTitle(user, 'Task 1')
    await user.clear(titleField())
    await user.keyboard('Water the plants{Enter}')
    await title('Water the plants')
    expect(api.variablesOf('UpdateTask')).toEqual({
      input: { id: 'task-1', title: 'Water the plants', ifUpdatedAt: minute(1) },
    })
    expect(document.activeElement).toBe(titleField())
    expect(await screen.findByText('Saved')).toBeVisible()
  })

  it('saves when the field is left', async () => {
    const { api, user } = openTaskPage([task(1)])
    await openTitle(user, 'Task 1')
    await user.keyboard('{End} and more')
    await user.click(newTaskField())
    await title('Task 1 and more')
    expect(api.variablesOf('UpdateTask')).toMatchObject({ input: { title: 'Task 1 and more' } })
  })

  it('changes nothing on Escape, and a second Escape closes the details', async () => {
    const { api, user } = openTaskPage([task(1)])
    await openTitle(user, 'Task 1')
    await user.keyboard('Nonsense{Escape}')
    expect(titleField().value).toBe('Task 1')
    await user.keyboard('{Escape}')
    await waitFor(() => expect(screen.queryByRole('form', { name: /^Details/ })).toBeNull())
    await waitFor(async () => expect(document.activeElement).toBe(await title('Task 1')))
    expect(api.variablesOf('UpdateTask')).toBeUndefined()
  })

  it('says that it cannot be empty, and keeps the old one', async () => {
    const { api, user } = openTaskPage([task(1)])
    await openTitle(user, 'Task 1')
    await user.clear(titleField())
    await user.keyboard('{Enter}')
    expect(
      await screen.findByText('A task needs a title. It is still “Task 1”.', shown),
    ).toBeVisible()
    expect(titleField().value).toBe('Task 1')
    await user.keyboard('{End}!')
    expect(screen.queryByText(/A task needs a title/, shown)).toBeNull()
    expect(api.variablesOf('UpdateTask')).toBeUndefined()
  })

  it('keeps what was typed and shows the reason, when the API refuses it', async () => {
    const { server, user } = openTaskPage([task(1)])
    server.api.refuse(apiError('BAD_USER_INPUT', 'title must be something else.', 'title'))
    await openTitle(user, 'Task 1')
    await user.clear(titleField())
    await user.keyboard('Nonsense{Enter}')
    expect(await screen.findByText('Title must be something else.', shown)).toBeVisible()
    expect(titleField().value).toBe('Nonsense')
    expect(titleField().getAttribute('aria-invalid')).toBe('true')
    await user.keyboard('!')
    expect(screen.queryByText('Title must be something else.', shown)).toBeNull()
  })

  it('stops at 255 characters and says so', async () => {
    const { user } = openTaskPage([task(1)])
    await openTitle(user, 'Task 1')
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
  it('save each field when it is chosen', async () => {
    const { api, user } = openTaskPage([task(1, { labels: ['home'] })])
    await user.click(await title('Task 1'))
    await user.click(await screen.findByRole('radio', { name: 'High' }))
    await user.type(screen.getByRole('textbox', { name: 'Labels' }), 'garden{Enter}')
    await waitFor(() =>
      expect(api.find('task-1')).toMatchObject({ priority: 'HIGH', labels: ['home', 'garden'] }),
    )
  })

  it('show a refusal beside the field that it names', async () => {
    const { server, user } = openTaskPage([task(1)])
    server.api.refuse(apiError('BAD_USER_INPUT', 'description must be shorter.', 'description'))
    await user.click(await title('Task 1'))
    const field = await screen.findByRole('textbox', { name: 'Description' })
    await user.type(field, 'Long story')
    await user.tab()
    expect(await screen.findByText('Description must be shorter.', shown)).toBeVisible()
    expect(field.getAttribute('aria-invalid')).toBe('true')
    expect(field).toHaveProperty('value', 'Long story')
  })

  it('save by themselves when the server is back', async () => {
    const { server, user } = openTaskPage([task(1)])
    await user.click(await title('Task 1'))
    await user.type(await screen.findByRole('textbox', { name: 'Description' }), 'Long story')
    server.isDown = true
    await user.tab()
    expect(await screen.findByRole('alert')).toHaveTextContent('The server cannot be reached.')
    server.isDown = false
    window.dispatchEvent(new Event('online'))
    expect(await screen.findByText('Saved')).toBeVisible()
    expect(screen.queryByRole('alert')).toBeNull()
    expect(server.api.find('task-1')?.description).toBe('Long story')
  })

  it('show both versions of a field that was changed elsewhere, and save the chosen one', async () => {
    const { api, user } = openTaskPage([task(1)])
    await user.click(await title('Task 1'))
    const field = await screen.findByRole('textbox', { name: 'Description' })
    await user.type(field, 'Mine')
    api.store([task(1, { description: 'Theirs', priority: 'HIGH', updatedAt: minute(50) })])
    const before = { ...state('Task 1'), description: null }
    api.history.record(
      change(3, 'UPDATED', {
        taskId: 'task-1',
        actor: backup,
        before,
        after: { ...before, description: 'Theirs' },
      }),
    )
    await user.tab()
    const choice = await screen.findByRole('group', { name: 'Two versions: Description' })
    expect(choice).toHaveTextContent('Mine')
    expect(await screen.findByText(/^The other: by Backup script at /)).toBeVisible()
    expect(choice).toHaveTextContent('Theirs')
    // It was not changed here, so it follows.
    expect(screen.getByRole('radio', { name: 'High' })).toBeChecked()
    expect(api.find('task-1')?.description).toBe('Theirs')
    await user.click(screen.getByRole('button', { name: 'Keep yours' }))
    await waitFor(() => expect(api.find('task-1')?.description).toBe('Mine'))
    await waitFor(() => expect(screen.queryByRole('group', { name: /Two versions/ })).toBeNull())
  })

  it('take the other version when it is chosen', async () => {
    const { api, user } = openTaskPage([task(1)])
    await openTitle(user, 'Task 1')
    await user.keyboard('Mine')
    api.store([task(1, { title: 'Theirs', updatedAt: minute(50) })])
    await user.tab()
    await user.click(await screen.findByRole('button', { name: 'Take the other' }))
    expect(titleField().value).toBe('Theirs')
    expect(api.find('task-1')?.title).toBe('Theirs')
  })

  it('are in the address, and Back closes them', async () => {
    const { user, address } = openTaskPage([task(1)], '/?sort=title-asc')
    await user.click(await title('Task 1'))
    await screen.findByRole('form', { name: 'Details of Task 1' })
    expect(address()).toBe('/?sort=title-asc&task=task-1')
    await user.click(screen.getByRole('button', { name: 'Close details' }))
    await waitFor(() => expect(screen.queryByRole('form', { name: /^Details/ })).toBeNull())
    expect(address()).toBe('/?sort=title-asc')
    await waitFor(async () => expect(document.activeElement).toBe(await title('Task 1')))
  })

  it('open by a link, also for a task that the list does not show', async () => {
    openTaskPage(
      [task(1, { completed: true, completedAt: minute(2) })],
      '/?status=open&task=task-1',
    )
    expect(await screen.findByRole('form', { name: 'Details of Task 1' })).toBeVisible()
  })

  it('offer to restore a task that was deleted elsewhere', async () => {
    const { user } = openTaskPage([task(1, { deletedAt: minute(2) })], '/?task=task-1')
    await user.click(await screen.findByRole('button', { name: 'Restore the task' }))
    expect(await screen.findByRole('form', { name: 'Details of Task 1' })).toBeVisible()
    expect(await row('Task 1')).toBeVisible()
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
