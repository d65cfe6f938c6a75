import { screen, waitFor } from '@testing-library/react'
import { describe, expect, it } from 'vitest'
import { apiError, task } from '../testing/task-api.ts'
import { newTaskField, noRow, openTaskPage, row } from '../testing/task-page.tsx'

describe('writing a new task', () => {
  it('adds it on Enter and clears the field', async () => {
    const { api, user } = openTaskPage([task(1)])
    await row('Task 1')
    api.hold()
    await user.type(newTaskField(), '  Buy bread {Enter}')
    expect(await row('Buy bread')).toBeVisible()
    expect(newTaskField().value).toBe('')
    expect(document.activeElement).toBe(newTaskField())
    api.release()
    await waitFor(async () => expect(await row('Buy bread')).toHaveProperty('disabled', false))
  })

  it('includes due date, priority and labels', async () => {
    const { api, user } = openTaskPage([])
    await screen.findByRole('heading', { name: 'No tasks yet' })
    await user.click(screen.getByRole('button', { name: 'Due date, priority and labels' }))
    await user.type(screen.getByLabelText('Due date'), '2026-12-01')
    await user.click(screen.getByRole('radio', { name: 'Low' }))
    await user.type(screen.getByRole('textbox', { name: 'Labels' }), 'home,garden,HOME,')
    await user.type(newTaskField(), 'Buy bread{Enter}')
    await waitFor(() =>
      expect(api.variablesOf('CreateTask')?.input).toMatchObject({
        title: 'Buy bread',
        dueOn: '2026-12-01',
        priority: 'LOW',
        labels: ['home', 'garden'],
      }),
    )
  })

  it('restores what was typed, with the reason, when it is refused', async () => {
    const { server, user } = openTaskPage([task(1)])
    await row('Task 1')
    server.api.refuse(apiError('BAD_USER_INPUT', 'title must be something else.', 'title'))
    await user.type(newTaskField(), 'Buy bread{Enter}')
    expect(await screen.findByText('Title must be something else.')).toBeVisible()
    expect(newTaskField().value).toBe('Buy bread')
    expect(noRow('Buy bread')).toBeNull()
  })

  it('keeps the text while the server is unavailable', async () => {
    const { server, user } = openTaskPage([task(1)])
    await row('Task 1')
    server.isDown = true
    await user.type(newTaskField(), 'Buy bread{Enter}')
    expect(
      await screen.findByText('The server cannot be reached. Try again in a moment.'),
    ).toBeVisible()
    expect(newTaskField().value).toBe('Buy bread')
  })

  it('asks for a title when there is none', async () => {
    const { api, user } = openTaskPage([])
    await user.type(newTaskField(), '   {Enter}')
    expect(await screen.findByText('Write what is to be done first.')).toBeVisible()
    expect(api.variablesOf('CreateTask')).toBeUndefined()
  })

  it('counts down near 255 characters and stops there', async () => {
    const { user } = openTaskPage([])
    await user.click(newTaskField())
    await user.paste('a'.repeat(229))
    expect(screen.queryByText(/characters left/)).toBeNull()
    await user.paste('b')
    expect(screen.getByText('25 characters left')).toBeVisible()
    await user.paste('c'.repeat(99))
    expect(newTaskField().value).toHaveLength(255)
  })

  it('is focused by the key n, but not while the user types elsewhere', async () => {
    const { user } = openTaskPage([])
    await user.keyboard('n')
    expect(document.activeElement).toBe(newTaskField())
    await user.keyboard('n/')
    expect(newTaskField().value).toBe('n/')
  })
})
