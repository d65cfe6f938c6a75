import { act, configure, screen, within } from '@testing-library/react'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { ada } from '../testing/server.ts'

// The tests load and render whole pages, on machines that may be busy with other tests.
configure({ asyncUtilTimeout: 10_000 })
vi.setConfig({ testTimeout: 30_000 })

// A session belongs to a page: each test loads its modules anew.
beforeEach(() => vi.resetModules())

const names = ['Activity', 'Trash', 'Account', 'Apps', 'Developer']

async function openPage(path: string) {
  const { openApp } = await import('../testing/app.tsx')
  const app = await openApp(path, { account: ada })
  app.server.answers['/api/auth/access-token/list'] = () => Response.json([])
  app.server.answers['/api/auth/connected-app/list'] = () => Response.json([])
  return app
}

const findFoot = () => screen.findByRole('navigation', { name: 'Pages' })

describe('the frame', () => {
  it.each([
    ['/', 'All tasks'],
    ['/trash', 'Trash'],
    ['/activity', 'Activity'],
    ['/developer', 'Developer'],
    ['/account', 'Account'],
    ['/apps', 'Connected apps'],
  ])('is around %s, with views, pages and the sign-out', async (path, heading) => {
    await openPage(path)
    expect(await screen.findByRole('heading', { level: 1, name: heading })).toBeVisible()
    const foot = within(await findFoot())
    expect(foot.getAllByRole('link').map((link) => link.textContent)).toEqual([...names, 'Docs'])
    expect(foot.getByRole('button', { name: 'Keyboard shortcuts' })).toBeVisible()
    expect(screen.getByRole('navigation', { name: 'Views and labels' })).toBeVisible()
    expect(screen.getByText(ada.name)).toBeVisible()
    expect(screen.getByRole('button', { name: 'Sign out' })).toBeVisible()
    const current = screen.getAllByRole('link', { current: 'page' })
    expect(current.map((link) => link.getAttribute('href'))).toEqual([path])
  })

  it('stays when another page is opened', async () => {
    const { user } = await openPage('/')
    const foot = await findFoot()
    for (const name of names) {
      await user.click(within(foot).getByRole('link', { name }))
      await act(async () => {})
      expect(within(foot).getByRole('link', { name })).toHaveAttribute('aria-current', 'page')
      expect(await findFoot()).toBe(foot)
    }
  })
})
