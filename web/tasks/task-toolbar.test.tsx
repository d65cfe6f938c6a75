import { screen, waitFor } from '@testing-library/react'
import { describe, expect, it } from 'vitest'
import { task } from '../testing/task-api.ts'
import { openTaskPage, row } from '../testing/task-page.tsx'

async function openFilters(path = '/') {
  const page = openTaskPage([task(1)], path)
  await row('Task 1')
  await page.user.click(screen.getByRole('button', { name: /^Filters/ }))
  return page
}

describe('search, sort and filters', () => {
  it('are in the URL and sent to the API together', async () => {
    const { api, user, address } = await openFilters('/?status=open')
    await user.click(screen.getByRole('button', { name: 'High' }))
    await user.click(screen.getByRole('button', { name: 'home' }))
    await user.selectOptions(screen.getByRole('combobox', { name: 'Sort' }), 'Due soonest')
    await user.type(screen.getByRole('searchbox', { name: 'Search tasks' }), 'bread')
    await waitFor(() =>
      expect(address()).toBe('/?status=open&q=bread&priority=high&label=home&sort=due-asc'),
    )
    await waitFor(() =>
      expect(api.variablesOf('TaskList')).toMatchObject({
        filter: { completed: false, priority: ['HIGH'], labels: ['home'], search: 'bread' },
        orderBy: { field: 'DUE_ON', direction: 'ASC' },
      }),
    )
  })

  it('take a range of due dates', async () => {
    const { api, user, address } = await openFilters()
    await user.type(screen.getByLabelText('From'), '2026-12-01')
    await user.type(screen.getByLabelText('To'), '2026-12-24')
    expect(address()).toBe('/?from=2026-12-01&to=2026-12-24')
    await waitFor(() =>
      expect(api.variablesOf('TaskList')).toMatchObject({
        filter: { dueOnOrAfter: '2026-12-01', dueOnOrBefore: '2026-12-24' },
      }),
    )
    await user.click(screen.getByRole('radio', { name: 'Overdue' }))
    expect(address()).toBe('/?due=overdue')
  })

  it('are read from the address', async () => {
    await openFilters('/?q=bread&priority=low&due=week&sort=title-desc')
    expect(screen.getByRole('searchbox')).toHaveProperty('value', 'bread')
    expect(screen.getByRole('combobox', { name: 'Sort' })).toHaveProperty('value', 'title-desc')
    expect(screen.getByRole('button', { name: 'Low' }).ariaPressed).toBe('true')
    expect(screen.getByRole('radio', { name: 'Next 7 days' })).toHaveProperty('checked', true)
  })

  it('are cleared together, but not the status and the order', async () => {
    const { user, address } = await openFilters('/?status=open&q=bread&label=home&sort=title-asc')
    await user.click(screen.getByRole('button', { name: 'Clear filters' }))
    expect(address()).toBe('/?status=open&sort=title-asc')
    expect(screen.getByRole('searchbox')).toHaveProperty('value', '')
    expect(screen.queryByRole('button', { name: 'Clear filters' })).toBeNull()
  })
})

describe('the rail', () => {
  it('links to each view and marks the current one', async () => {
    const { user, address } = openTaskPage([task(1)], '/?sort=title-asc')
    await row('Task 1')
    await user.click(screen.getByRole('link', { name: /^Open/ }))
    expect(address()).toBe('/?status=open&sort=title-asc')
    expect(screen.getByRole('link', { name: /^Open/ }).ariaCurrent).toBe('page')
    expect(screen.getByRole('heading', { level: 1 }).textContent).toBe('Open')
  })

  it('offers the labels in use', async () => {
    const { user, address } = openTaskPage([task(1)])
    await user.click(await screen.findByRole('link', { name: /home/ }))
    expect(address()).toBe('/?label=home')
  })
})
