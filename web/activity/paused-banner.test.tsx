import { configure, render, screen, waitFor, within } from '@testing-library/react'
import { userEvent } from '@testing-library/user-event'
import { MemoryRouter } from 'react-router'
import { Provider } from 'urql'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { ChangeSignal } from '../api/change-signal.ts'
import { taskCache } from '../tasks/cache.ts'
import { createTestClient } from '../testing/client.ts'
import { backup, change } from '../testing/history-api.ts'
import { ada, startServer } from '../testing/server.ts'
import { createSignal } from '../ui/signal.ts'
import { Toaster } from '../ui/toaster.tsx'
import { PausedBanner } from './paused-banner.tsx'

configure({ asyncUtilTimeout: 5_000 })
vi.setConfig({ testTimeout: 20_000 })

const pausedAt = '2026-11-24T14:03:00.000Z'
const sentence =
  'Backup script wanted to move more than 50 tasks to the trash within an hour and only reads now.'

function openBanner({ isPaused = true } = {}) {
  const server = startServer({ account: ada })
  const limits = { maxDeletions: 50, maxChanges: 1_000 }
  const { history } = server.api
  if (isPaused) history.pause({ actor: backup, pausedAt, reason: 'DELETIONS', ...limits })
  const arrived = createSignal()
  render(
    <Provider value={createTestClient(server, [taskCache()])}>
      <ChangeSignal value={arrived}>
        <MemoryRouter>
          <PausedBanner />
        </MemoryRouter>
      </ChangeSignal>
      <Toaster />
    </Provider>,
  )
  return { server, history, arrived, user: userEvent.setup() }
}

const banner = () => screen.findByRole('complementary', { name: 'Paused programs' })
const noBanner = () =>
  waitFor(() => expect(screen.queryByRole('complementary', { name: 'Paused programs' })).toBeNull())
const button = (name: string) => screen.findByRole('button', { name })

describe('the banner of paused programs', () => {
  it('says what the program wanted, and leads to what it did', async () => {
    openBanner()
    await button('Let it go on')
    expect((await banner()).textContent).toContain(sentence)
    const link = screen.getByRole('link', { name: 'See what it did' })
    expect(link).toHaveAttribute('href', '/activity?actor=actor-backup')
  })

  it('is not there while no program is paused, and appears after a change', async () => {
    const { history, arrived } = openBanner({ isPaused: false })
    await noBanner()
    const limits = { maxDeletions: 50, maxChanges: 1_000 }
    history.pause({ actor: backup, pausedAt, reason: 'CHANGES', ...limits })
    arrived.emit()
    await banner()
    await screen.findByText(/wanted to make more than 1,000 changes within an hour/)
  })

  it('appears within 30 seconds when no task was changed before', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
    onTestFinished(() => void vi.useRealTimers())
    const { history } = openBanner({ isPaused: false })
    await noBanner()
    history.pause({ actor: backup, pausedAt, reason: 'CHANGES', maxDeletions: 50, maxChanges: 1 })
    vi.advanceTimersByTime(30_000)
    await banner()
  })

  it('lets the program go on', async () => {
    const { server, user } = openBanner()
    await user.click(await button('Let it go on'))
    await noBanner()
    expect(server.api.variablesOf('ResumeActor')).toEqual({ input: { actorId: backup.id } })
  })

  it('undoes what the program did in the hour before, after confirmation', async () => {
    const { server, history, user } = openBanner()
    history.record(change(1, 'DELETED', { actor: backup, occurredAt: '2026-11-24T14:00:00.000Z' }))
    await user.click(await button('Undo what it did'))
    const dialog = await screen.findByRole('dialog', { name: 'Undo what Backup script did?' })
    await user.click(within(dialog).getByRole('button', { name: 'Undo what it did' }))
    expect(await screen.findByText('1 change is undone.')).toBeVisible()
    expect(server.api.variablesOf('UndoChanges')).toEqual({
      input: { actorId: backup.id, occurredAtOrAfter: '2026-11-24T13:03:00.000Z' },
    })
  })

  it('revokes the access token, after confirmation', async () => {
    const { server, history, user } = openBanner()
    server.answers['/api/auth/access-token/list'] = () =>
      Response.json([
        { id: 'other', actorId: 'x' },
        { id: 'token-id', actorId: backup.id },
      ])
    server.answers['/api/auth/access-token/revoke'] = () => {
      history.resume(backup.id)
      return Response.json({ id: 'token-id' })
    }
    await user.click(await button('Revoke'))
    const dialog = await screen.findByRole('dialog', { name: 'Revoke Backup script?' })
    await user.click(within(dialog).getByRole('button', { name: 'Revoke' }))
    await noBanner()
    expect(server.sent('/api/auth/access-token/revoke')).toEqual([{ id: 'token-id' }])
  })
})
