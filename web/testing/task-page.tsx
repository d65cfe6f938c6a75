import { configure, render, screen } from '@testing-library/react'
import { userEvent } from '@testing-library/user-event'
import { MemoryRouter, useLocation } from 'react-router'
import { Provider } from 'urql'
import { vi } from 'vitest'
import { taskCache } from '../tasks/cache.ts'
import { TaskFrame } from '../tasks/task-frame.tsx'
import { TaskPage } from '../tasks/task-page.tsx'
import { TrashPage } from '../tasks/trash-page.tsx'
import { Announcer } from '../ui/announcer.tsx'
import { Toaster } from '../ui/toaster.tsx'
import { createTestClient } from './client.ts'
import { startServer } from './server.ts'
import type { ApiTask } from './task-api.ts'

// The tests render whole pages, on machines that may be busy with other tests.
configure({ asyncUtilTimeout: 5_000 })
vi.setConfig({ testTimeout: 20_000 })

/** jsdom has no layout, so no element is ever near the end of the screen. */
class NeverNear {
  observe() {}
  disconnect() {}
}

function Address() {
  const { pathname, search } = useLocation()
  return <output data-testid="address">{pathname + search}</output>
}

/** The task page or, at /trash, the trash, with the real cache and a client that has a token. */
export function openTaskPage(tasks: ApiTask[] = [], path = '/') {
  vi.stubGlobal('IntersectionObserver', NeverNear)
  // Newer browsers answer with a promise, which an effect must not take for its clean-up.
  Element.prototype.scrollIntoView = (): unknown => Promise.resolve()
  const server = startServer({ tasks })
  const client = createTestClient(server, [taskCache()])
  const { unmount } = render(
    <Provider value={client}>
      <MemoryRouter initialEntries={[path]}>
        <TaskFrame>{path.startsWith('/trash') ? <TrashPage /> : <TaskPage />}</TaskFrame>
        <Address />
      </MemoryRouter>
      <Toaster />
      <Announcer />
    </Provider>,
  )
  return {
    server,
    api: server.api,
    unmount,
    user: userEvent.setup(),
    address: () => screen.getByTestId('address').textContent,
  }
}

export const newTaskField = () =>
  screen.getByRole<HTMLInputElement>('textbox', { name: 'New task' })
export const row = (title: string) => screen.findByRole('checkbox', { name: `Complete ${title}` })
export const noRow = (title: string) =>
  screen.queryByRole('checkbox', { name: `Complete ${title}` })
