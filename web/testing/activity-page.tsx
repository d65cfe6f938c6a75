import { configure, render, screen } from '@testing-library/react'
import { userEvent } from '@testing-library/user-event'
import { MemoryRouter, useLocation } from 'react-router'
import { Provider } from 'urql'
import { vi } from 'vitest'
import { ActivityPage } from '../activity/activity-page.tsx'
import { ChangeSignal } from '../api/change-signal.ts'
import { taskCache } from '../tasks/cache.ts'
import { Announcer } from '../ui/announcer.tsx'
import { createSignal } from '../ui/signal.ts'
import { createTestClient } from './client.ts'
import type { ApiChange } from './history-api.ts'
import { startServer } from './server.ts'

configure({ asyncUtilTimeout: 5_000 })
vi.setConfig({ testTimeout: 20_000 })

function Address() {
  const { pathname, search } = useLocation()
  return <output data-testid="address">{pathname + search}</output>
}

/** The Activity page on a history with these changes, the oldest first. */
export function openActivity(changes: ApiChange[], path = '/activity') {
  const server = startServer()
  server.api.history.record(...changes)
  const arrived = createSignal()
  render(
    <Provider value={createTestClient(server, [taskCache()])}>
      <ChangeSignal value={arrived}>
        <MemoryRouter initialEntries={[path]}>
          <ActivityPage />
          <Address />
        </MemoryRouter>
      </ChangeSignal>
      <Announcer />
    </Provider>,
  )
  return {
    server,
    api: server.api,
    user: userEvent.setup(),
    /** Changes by another client, with their event. */
    happen(...added: ApiChange[]) {
      server.api.history.record(...added)
      arrived.emit()
    },
    address: () => screen.getByTestId('address').textContent,
  }
}
