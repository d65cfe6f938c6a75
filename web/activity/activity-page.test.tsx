import { screen, waitFor, within } from '@testing-library/react'
import { describe, expect, it } from 'vitest'
import { openActivity } from '../testing/activity-page.tsx'
import { backup, change, state } from '../testing/history-api.ts'
import { apiError } from '../testing/task-api.ts'

const deleted = (n: number, more: object = {}) => change(n, 'DELETED', { actor: backup, ...more })
const deletions = (count: number) => Array.from({ length: count }, (_, n) => deleted(n + 1))
const button = (name: string | RegExp) => screen.findByRole('button', { name })
const undo48 = 'Undo all: Backup script moved 48 tasks to the trash'

describe('the activity', () => {
  it('tells in one line what a program did, and undoes it with one button', async () => {
    const { api, user } = openActivity([...deletions(48)])
    await screen.findByText('moved 48 tasks to the trash')
    await user.click(await button(undo48))
    expect(await screen.findByText('48 changes undone.')).toBeInTheDocument()
    expect(api.variablesOf('UndoChanges')).toEqual({
      input: {
        changeIds: deletions(48)
          .map(({ id }) => id)
          .reverse(),
      },
    })
    expect(await screen.findByText('Undone')).toBeVisible()
    expect(await screen.findByText('undid 48 changes')).toBeVisible()
    expect(screen.queryByRole('button', { name: undo48 })).toBeNull()
  })

  it('loads a line to its end, also when it is longer than a page', async () => {
    openActivity(deletions(250))
    await screen.findByText('moved 250 tasks to the trash')
  })

  it('shows a page, and the one before with “Show more”', async () => {
    const changes = Array.from({ length: 120 }, (_, n) =>
      change(n + 1, n % 2 === 0 ? 'CREATED' : 'DELETED'),
    )
    const { user } = openActivity(changes)
    await screen.findByText('moved “Task 120” to the trash')
    expect(screen.getAllByRole('listitem')).toHaveLength(100)
    await user.click(await button('Show more'))
    await screen.findByText('added “Task 1”')
    expect(screen.queryByRole('button', { name: 'Show more' })).toBeNull()
  })

  it('shows what happens while it is open', async () => {
    const { happen } = openActivity([change(1, 'CREATED')])
    await screen.findByText('added “Task 1”')
    happen(deleted(2))
    expect(await screen.findByText('moved “Task 2” to the trash')).toBeVisible()
  })

  it('opens a line to its changes, with what differs, and undoes one of them', async () => {
    const changed = (n: number) =>
      change(n, 'UPDATED', { before: state(`Old ${n}`), after: state(`New ${n}`) })
    const { api, user } = openActivity([changed(1), changed(2)])
    await user.click(await button('Details of: You changed 2 tasks'))
    expect(screen.getByText('Old 1').parentElement?.textContent).toBe(
      'Title: Old 1 →  changed to New 1',
    )
    await user.click(await button('Undo the change of New 1'))
    await waitFor(() =>
      expect(api.variablesOf('UndoChanges')).toEqual({ input: { changeIds: ['change-1'] } }),
    )
    expect(await screen.findByText('1 undone')).toBeVisible()
    expect(await button('Undo the rest: You changed 2 tasks')).toBeVisible()
  })

  it('undoes everything that an actor did since a moment, after confirmation', async () => {
    const { api, user } = openActivity([change(1, 'CREATED'), deleted(2), deleted(3)])
    await user.click(await button('Details of: Backup script moved 2 tasks to the trash'))
    await user.click(await button(/^Undo everything Backup script did since/))
    const dialog = await screen.findByRole('dialog', { name: 'Undo everything Backup script did?' })
    expect(api.variablesOf('UndoChanges')).toBeUndefined()
    await user.click(within(dialog).getByRole('button', { name: 'Undo everything' }))
    expect(await screen.findByText('2 changes undone.')).toBeInTheDocument()
    expect(api.variablesOf('UndoChanges')).toEqual({
      input: { actorId: backup.id, occurredAtOrAfter: deleted(2).occurredAt },
    })
  })

  it('names each task whose change could not be undone, with the reason', async () => {
    const { api, user } = openActivity([deleted(1), deleted(2), deleted(3)])
    api.history.refuseUndo('change-1', 'CHANGED_SINCE')
    api.history.refuseUndo('change-2', 'PURGED')
    await user.click(await button('Undo all: Backup script moved 3 tasks to the trash'))
    const heading = await screen.findByRole('heading', {
      name: '1 change is undone, 2 could not be',
    })
    await waitFor(() => expect(document.activeElement).toBe(heading))
    const result = screen.getByRole('region', { name: '1 change is undone, 2 could not be' })
    expect(
      within(result)
        .getAllByRole('listitem')
        .map((item) => item.textContent),
    ).toEqual([
      'Task 2The task is deleted forever. It cannot be brought back.',
      'Task 1The task was changed again later. Undo the later change first.All changes of this task',
    ])
    await user.click(await button('Close'))
    expect(screen.queryByRole('region', { name: /could not be/ })).toBeNull()
  })

  it('offers no undo of what is deleted forever', async () => {
    openActivity([change(1, 'PURGED')])
    await screen.findByText('deleted “Task 1” forever')
    expect(screen.queryByRole('button', { name: /^Undo/ })).toBeNull()
  })

  it('shows only one actor, and undoes everything that is shown', async () => {
    const { api, user, address } = openActivity([change(1, 'CREATED'), deleted(2)])
    await screen.findByText('added “Task 1”')
    await user.selectOptions(screen.getByLabelText('Who'), 'Backup script')
    await waitFor(() => expect(screen.queryByText('added “Task 1”')).toBeNull())
    expect(address()).toBe('/activity?actor=actor-backup')
    await user.click(await button('Undo everything shown'))
    await user.click(await button('Undo everything'))
    await waitFor(() =>
      expect(api.variablesOf('UndoChanges')).toEqual({ input: { actorId: backup.id } }),
    )
  })

  it('shows what is undone also when the undo is outside the filter', async () => {
    const { happen, user } = openActivity(
      [deleted(1), change(2, 'CREATED'), deleted(3)],
      '/activity?actor=actor-backup',
    )
    await user.click(await button('Details of: Backup script moved 2 tasks to the trash'))
    await user.click(await button('Undo the change of Task 1'))
    expect(await screen.findByText('1 undone')).toBeVisible()
    happen(change(5, 'RESTORED', { undoes: 'change-3' }))
    await waitFor(() => expect(screen.queryByText('1 undone')).toBeNull())
    expect(screen.queryByText('undid “Task 5”')).toBeNull()
  })

  it('says when nothing matches the filters, and when nothing has happened', async () => {
    const { user } = openActivity([], '/activity?time=today')
    await screen.findByRole('heading', { name: 'No activity found' })
    const noActivity = screen.getByText('No change matches the filters.').parentElement
    await user.click(within(noActivity as HTMLElement).getByRole('link'))
    await screen.findByRole('heading', { name: 'Nothing has happened yet' })
  })

  it('says why the undo is refused, and changes nothing', async () => {
    const { api, user } = openActivity([deleted(1)])
    await screen.findByText('moved “Task 1” to the trash')
    api.refuse(apiError('INTERNAL_SERVER_ERROR'))
    await user.click(await button('Undo: Backup script moved “Task 1” to the trash'))
    expect((await screen.findByRole('alert')).textContent).toMatch(/^The undo has stopped/)
  })
})
