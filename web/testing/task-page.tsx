import { configure, render, screen } from '@testing-library/react'
import { userEvent } from '@testing-library/user-event'
import { MemoryRouter, useLocation } from 'react-router'
import { Client, fetchExchange, Provider } from 'urql'
import { vi } from 'vitest'
import { taskCache } from '../tasks/cache.ts'
import { TaskPage } from '../tasks/task-page.tsx'
import { Announcer } from '../ui/announcer.tsx'
import { Toaster } from '../ui/toaster.tsx'
import { type ApiTask, createApi } from './api.ts'

// Whole pages are drawn here, on machines that may be busy with other tests.
configure({ asyncUtilTimeout: 5_000 })
vi.setConfig({ testTimeout: 20_000 })

/** jsdom lays nothing out: nothing ever comes near the end of the screen, or into view. */
class NeverNear {
  observe() {}
  disconnect() {}
}

type Request = {
  operationName: string
  variables: { filter?: object; orderBy?: object; input?: object }
}

function Address() {
  const { pathname, search } = useLocation()
  return <output data-testid="address">{pathname + search}</output>
}

/** The task page with the real client and cache; only the network is ours. */
export function openTaskPage(tasks: ApiTask[] = [], path = '/') {
  vi.stubGlobal('IntersectionObserver', NeverNear)
  // Newer browsers answer with a promise, which an effect must not take for its clean-up.
  Element.prototype.scrollIntoView = (): unknown => Promise.resolve()
  const api = createApi(tasks)
  const requests: Request[] = []
  const network = { down: false, refusal: undefined as object | undefined }

  async function fetch(url: unknown, init?: RequestInit) {
    const request: Request & { query: string } = JSON.parse(String(init?.body))
    requests.push(request)
    if (network.down) throw new TypeError('Failed to fetch')
    if (network.refusal && request.query.includes('mutation'))
      return Response.json({ errors: [network.refusal] })
    return api.fetch(url, init)
  }

  const client = new Client({
    url: 'http://taskward.test/graphql',
    preferGetMethod: false,
    fetch,
    exchanges: [taskCache(), fetchExchange],
  })
  const { unmount } = render(
    <Provider value={client}>
      <MemoryRouter initialEntries={[path]}>
        <TaskPage />
        <Address />
      </MemoryRouter>
      <Toaster />
      <Announcer />
    </Provider>,
  )
  return {
    api,
    network,
    unmount,
    user: userEvent.setup(),
    address: () => screen.getByTestId('address').textContent,
    /** The variables of the latest request of an operation; undefined: it was never sent. */
    sent: (name: string) =>
      requests.filter(({ operationName }) => operationName === name).at(-1)?.variables,
  }
}

/** An error as the API sends it. */
export function refusal(code: string, message = 'Refused.', field?: string): object {
  return { message, extensions: { code, field } }
}

export const newTaskField = () =>
  screen.getByRole<HTMLInputElement>('textbox', { name: 'New task' })
export const row = (title: string) => screen.findByRole('checkbox', { name: `Complete ${title}` })
export const noRow = (title: string) =>
  screen.queryByRole('checkbox', { name: `Complete ${title}` })
