import { act, render, screen, waitFor } from '@testing-library/react'
import { MemoryRouter } from 'react-router'
import { beforeEach, expect, it, vi } from 'vitest'
import { ada, startServer } from '../testing/server.ts'
import type { ConnectedApp } from './connected-apps.ts'

// A session belongs to a page: each test loads its modules anew.
beforeEach(() => vi.resetModules())

const notebook: ConnectedApp = {
  id: 'grant',
  app: { name: 'Notebook', publisher: null },
  places: [],
  scopes: [{ scope: 'tasks:write', meaning: 'Change your tasks' }],
  connectedAt: new Date().toISOString(),
  lastUsedAt: new Date().toISOString(),
  actorId: 'actor-id',
  pausedAt: null,
  maxDeletions: 50,
  maxChanges: 1_000,
}

async function openPage(apps: ConnectedApp[]) {
  const server = startServer({ account: ada })
  server.answers['/api/auth/connected-app/list'] = () => Response.json(apps)
  const { restoreSession } = await import('../session/session.ts')
  await restoreSession()
  const { AppsPage } = await import('./apps-page.tsx')
  const page = (
    <MemoryRouter>
      <AppsPage />
    </MemoryRouter>
  )
  await act(async () => render(page))
  await waitFor(() => expect(screen.queryByText('Looking for your apps…')).toBeNull())
}

const limits = () => screen.queryByText(/in an hour/)?.textContent

it('says how much an app may do in an hour, with a link to what it did', async () => {
  await openPage([notebook])
  expect(limits()).toBe('At most 1,000 changes in an hour. See what it did')
  expect(screen.getByRole('link', { name: 'See what it did' })).toHaveAttribute(
    'href',
    '/activity?actor=actor-id',
  )
})

it('says that an app is paused', async () => {
  const scopes = [{ scope: 'tasks:delete', meaning: 'Delete your tasks' }]
  await openPage([{ ...notebook, scopes, pausedAt: notebook.connectedAt }])
  expect(limits()).toMatch(/^Paused. At most 50 to the trash and 1,000 changes in an hour/)
})

it('shows no limits of an app that only reads', async () => {
  await openPage([{ ...notebook, scopes: [{ scope: 'tasks:read', meaning: 'Read your tasks' }] }])
  expect(limits()).toBeUndefined()
})

it('leads to the guides when there is no app', async () => {
  await openPage([])
  expect(screen.getByRole('heading', { name: 'No apps yet' })).toBeVisible()
  const links = screen.getAllByRole('link').map((link) => link.getAttribute('href'))
  expect(links).toEqual(['/docs/mcp', '/docs/oauth'])
})
