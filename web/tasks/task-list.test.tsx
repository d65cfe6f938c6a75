import { fireEvent, screen, waitFor, within } from '@testing-library/react'
import { describe, expect, it, vi } from 'vitest'
import { task } from '../testing/task-api.ts'
import { noRow, openTaskPage, row } from '../testing/task-page.tsx'

/** One more than a page, so that there is a second one. */
const many = () => Array.from({ length: 51 }, (_, index) => task(index + 1))

describe('the task list', () => {
  it('says that it is loading until the first answer comes', async () => {
    const { api } = openTaskPage([])
    api.hold()
    expect(await screen.findByText('Loading tasks…')).toBeVisible()
    api.release()
    expect(await screen.findByRole('heading', { name: 'No tasks yet' })).toBeVisible()
    expect(screen.queryByText('Loading tasks…')).toBeNull()
  })

  it('shows an error while the server is unavailable, and loads on retry', async () => {
    const { server, user } = openTaskPage([task(1)])
    server.isDown = true
    const alert = await screen.findByRole('alert')
    expect(alert.textContent).toContain('The server cannot be reached.')
    server.isDown = false
    await user.click(within(alert).getByRole('button', { name: 'Try again' }))
    expect(await row('Task 1')).toBeVisible()
    expect(screen.queryByRole('alert')).toBeNull()
  })

  it('keeps its rows when a refetch fails', async () => {
    const { server, user } = openTaskPage([task(1)])
    await row('Task 1')
    server.isDown = true
    await user.selectOptions(screen.getByRole('combobox', { name: 'Sort' }), 'Title A to Z')
    expect((await screen.findByRole('alert')).textContent).toContain(
      'The list could not be updated',
    )
    expect(noRow('Task 1')).not.toBeNull()
  })

  it('shows title, status, creation, due date, priority and labels of each task', async () => {
    const facts = { dueOn: '2020-02-03', priority: 'HIGH', labels: ['home', 'garden'] }
    openTaskPage([task(1, facts)])
    const item = (await row('Task 1')).closest('li')
    expect(item?.textContent).toMatch(/Task 1.*3 Feb 2020.*High priority.*home.*garden.*Added/)
    expect(within(item ?? document.body).getByTitle('Due Monday 3 February 2020')).toBeVisible()
  })

  it('shows when a task was completed, and that it is done', async () => {
    openTaskPage([task(1, { completed: true, completedAt: '2020-02-03T10:00:00.000Z' })])
    const tick = await row('Task 1')
    expect(tick).toHaveProperty('checked', true)
    expect(tick.closest('li')?.textContent).toContain('Done 3 Feb 2020')
  })

  it('counts tasks beyond the loaded page', async () => {
    openTaskPage([...many(), task(52, { completed: true })])
    expect(await screen.findByText('51 tasks left')).toBeVisible()
  })

  it('loads the rest page by page', async () => {
    const { user } = openTaskPage(many())
    await row('Task 51')
    expect(noRow('Task 1')).toBeNull()
    await user.click(screen.getByRole('button', { name: 'Load more' }))
    expect(await row('Task 1')).toBeVisible()
    expect(screen.getAllByRole('checkbox')).toHaveLength(51)
    expect(screen.queryByRole('button', { name: 'Load more' })).toBeNull()
  })

  it('offers a retry when the next page fails', async () => {
    const { server, user } = openTaskPage(many())
    await row('Task 51')
    server.isDown = true
    await user.click(screen.getByRole('button', { name: 'Load more' }))
    expect(await screen.findByText('The next tasks could not be loaded.')).toBeVisible()
    server.isDown = false
    await user.click(screen.getByRole('button', { name: 'Try again' }))
    expect(await row('Task 1')).toBeVisible()
  })

  it('explains why it is empty', async () => {
    const { user, address } = openTaskPage([], '/?q=milk&sort=title-asc')
    expect(await screen.findByRole('heading', { name: 'No tasks found' })).toBeVisible()
    await user.click(screen.getByRole('link', { name: 'Clear search and filters' }))
    expect(await screen.findByRole('heading', { name: 'No tasks yet' })).toBeVisible()
    expect(address()).toBe('/?sort=title-asc')
  })

  it('keeps the old rows until the new order is loaded', async () => {
    const { api, user } = openTaskPage([task(1), task(2)])
    await row('Task 1')
    const titles = () => screen.getAllByRole('checkbox').map((tick) => tick.ariaLabel)
    api.hold()
    await user.selectOptions(screen.getByRole('combobox', { name: 'Sort' }), 'Title A to Z')
    expect(titles()).toEqual(['Complete Task 2', 'Complete Task 1'])
    api.release()
    await waitFor(() => expect(titles()).toEqual(['Complete Task 1', 'Complete Task 2']))
  })
})

describe('the page', () => {
  it('shows a message while the browser is offline', async () => {
    openTaskPage([])
    const online = vi.spyOn(navigator, 'onLine', 'get').mockReturnValue(false)
    fireEvent(window, new Event('offline'))
    expect(await screen.findByText(/You are offline/)).toBeVisible()
    online.mockRestore()
    fireEvent(window, new Event('online'))
    expect(screen.queryByText(/You are offline/)).toBeNull()
  })
})
