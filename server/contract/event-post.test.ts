import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { describe, expect, vi } from 'vitest'
import type { Account, App } from '../testing/app.ts'
import { jsonHeaders } from '../testing/app.ts'
import { it } from '../testing/test.ts'

/*
 * server/graphql/event-post.ts must answer as Yoga does. Each request is sent to /graphql and to
 * `/graphql?`, which always goes to Yoga, and status, headers and bytes are compared.
 */

type Opened = { response: IncomingMessage }
type Body = { query: string; variables?: object; operationName?: string }

const fields = '{ kind task { id title } }'
const streams: [string, Body, Record<string, string>][] = [
  ['a subscription', { query: `subscription { taskChanged ${fields} }` }, {}],
  [
    'a page of another origin',
    { query: 'subscription { taskChanged { kind } }' },
    { Origin: 'https://example.com' },
  ],
  [
    'variables',
    {
      query: 'subscription ($on: Boolean!) { taskChanged { kind taskId @include(if: $on) } }',
      variables: { on: false },
    },
    {},
  ],
  [
    'one of two operations',
    {
      query: 'query A { viewer { id } } subscription B { changed: taskChanged { kind } }',
      operationName: 'B',
    },
    {},
  ],
]

const others: [string, Body, string | undefined][] = [
  ['a query', { query: '{ viewer { scopes } }' }, 'tasks:read'],
  ['a syntax error', { query: 'subscription {' }, 'tasks:read'],
  ['an unknown field', { query: 'subscription { nothing }' }, 'tasks:read'],
  [
    'a missing variable',
    { query: 'subscription ($on: Boolean!) { taskChanged { kind @include(if: $on) } }' },
    'tasks:read',
  ],
  [
    'an unknown operation',
    { query: streams[0]?.[1].query ?? '', operationName: 'C' },
    'tasks:read',
  ],
  ['another scope', { query: 'subscription { taskChanged { kind } }' }, 'email'],
  ['no token', { query: 'subscription { taskChanged { kind } }' }, undefined],
]

describe('a subscription by POST', () => {
  it.for(streams)(
    'with %s is streamed as by Yoga, to the end',
    async ([_, body, headers], { app }) => {
      const carol = await app.signUp('Carol')
      const paths = ['/graphql', '/graphql?', '/graphql']
      const opened = []
      for (const path of paths) opened.push(await open(app, path, body, carol.token, headers))
      const texts = opened.map(({ response }) => readAfterChange(response))
      await carol.createTask({ title: 'Read' })
      await Promise.all(texts.map(({ changed }) => changed))
      // Yoga sends a comment each 300 ms in tests. Otherwise two answers of Yoga were compared.
      await vi.waitFor(() => expect(texts[1]?.comments()).toBeGreaterThan(1), { timeout: 5_000 })
      expect([texts[0]?.comments(), texts[2]?.comments()]).toEqual([1, 1])
      await signOut(app, carol)
      const [direct, complete] = await Promise.all(texts.map(({ all }) => all))
      expect(direct).toBe(complete)
      expect(direct).toMatch(
        /^:\n\nevent: next\ndata: \{"data".*SESSION_ENDED.*event: complete\ndata:\n\n$/s,
      )
      expect(shown(opened[0])).toEqual(shown(opened[1]))
      const left = opened.map(({ response }) => Number(response.headers['ratelimit-remaining']))
      expect(left.map((points) => (left[0] ?? 0) - points)).toEqual([0, 1, 2])
    },
  )

  it.for(others)('with %s is answered by Yoga', async ([_, body, scope], { app }) => {
    const token = scope && app.signToken({ sub: randomUUID(), scope })
    const answers = []
    for (const path of ['/graphql', '/graphql?']) {
      const opened = await open(app, path, body, token)
      const text = (await opened.response.toArray()).join('')
      answers.push({ ...shown(opened), text })
    }
    expect(answers[0]).toEqual(answers[1])
  })
})

async function open(
  app: App,
  path: string,
  body: Body,
  token: string | undefined,
  headers: Record<string, string> = {},
): Promise<Opened> {
  const all = {
    Accept: 'text/event-stream',
    'Content-Type': 'application/json',
    ...(token && { Authorization: `Bearer ${token}` }),
    ...headers,
  }
  const asked = httpRequest(app.url, { path, method: 'POST', headers: all }) // a URL loses the "?"
  asked.end(JSON.stringify(body))
  const [response] = (await once(asked, 'response')) as [IncomingMessage]
  return { response: response.setEncoding('utf8') }
}

/** `changed` resolves at the first event. `comments`: how many came. `all` is the text to the end, with one of the comments. */
function readAfterChange(response: IncomingMessage) {
  let text = ''
  const changed = new Promise<void>((resolve) => {
    response.on('data', (chunk: string) => {
      text += chunk
      if (text.includes('data: ')) resolve()
    })
  })
  const all = once(response, 'end').then(() => `:\n\n${text.replaceAll(/^:\n\n/gm, '')}`)
  return { changed, all, comments: () => text.match(/^:\n\n/gm)?.length ?? 0 }
}

/** What must be equal. The points and the id of the request differ. */
function shown(opened: Opened | undefined) {
  const { statusCode, headers = {} } = opened?.response ?? {}
  const {
    date,
    'x-request-id': id,
    'ratelimit-remaining': left,
    'ratelimit-reset': reset,
    ...others
  } = headers
  return { statusCode, others }
}

async function signOut(app: App, { cookie }: Account): Promise<void> {
  const headers = { ...jsonHeaders, cookie }
  await app.request('/api/auth/sign-out', { method: 'POST', headers, body: '{}' })
}
