import { render, screen } from '@testing-library/react'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import type { Account } from '../session/auth-http.ts'
import { ada, startServer } from '../testing/server.ts'

// A session belongs to a page: each test loads its modules anew.
beforeEach(() => vi.resetModules())

async function openBar(account?: Account) {
  const server = startServer({ account })
  const auth = await import('../session/session.ts')
  const { SessionBar } = await import('./session-bar.tsx')
  render(<SessionBar />)
  return { server, auth }
}

describe('SessionBar', () => {
  it('links to the tasks', async () => {
    await openBar()
    expect(screen.getByRole('link', { name: 'Tasks' })).toHaveAttribute('href', '/')
  })

  it('shows the signed-in account', async () => {
    const { auth } = await openBar(ada)
    await auth.restoreSession()
    expect(await screen.findByText(ada.email)).toBeVisible()
  })

  it('says how to sign in and come back', async () => {
    const { auth } = await openBar()
    await auth.restoreSession()
    const link = await screen.findByRole('link', { name: 'Sign in' })
    expect(link.getAttribute('href')).toBe('/sign-in?next=/graphql')
  })

  it('says that the session expired, and how to go on', async () => {
    const { server, auth } = await openBar(ada)
    await auth.restoreSession()
    server.account = undefined
    auth.dropToken(String(await auth.token()))
    await auth.token()
    expect(await screen.findByText(/Your session expired/)).toBeVisible()
    expect(screen.getByRole('link', { name: 'Sign in' })).toBeVisible()
  })

  it('offers a retry while the server is unavailable', async () => {
    const { server, auth } = await openBar(ada)
    server.isDown = true
    await auth.restoreSession()
    const retry = await screen.findByRole('button', { name: 'Try again' })
    server.isDown = false
    retry.click()
    expect(await screen.findByText(ada.email)).toBeVisible()
  })
})
