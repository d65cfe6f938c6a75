import { fromJsonSchema } from '@modelcontextprotocol/server'
import { describe, expect, vi } from 'vitest'
import { makeAccessToken, postAccessToken } from '../testing/access-tokens.ts'
import { type Account, type App, jsonHeaders, startApp } from '../testing/app.ts'
import { connectMcp, type Era, postMcp, toolCall } from '../testing/mcp.ts'
import { it } from '../testing/test.ts'

/** What the challenge of each 401 says about how to get a token. */
const initial = (app: App) => `scope="tasks:read", ${metadata(app)}`
const metadata = (app: App) =>
  `resource_metadata="${app.url}/.well-known/oauth-protected-resource/mcp"`
type Named = { name: string }

const bearer = (token: string) => ({ Authorization: `Bearer ${token}` })

describe.each<[revision: string, era: Era]>([
  ['of 2026', 'auto'],
  ['from before 2026', 'legacy'],
])('a client of a revision %s', (_revision, era) => {
  it('creates, finds, lists, changes, completes, reopens and deletes a task', async ({
    app,
    ada,
  }) => {
    const client = await connectMcp(app, ada.token, era)
    const made = await client.call('create_task', { title: ' Buy milk ', labels: ['home'] })
    const { id } = made.content.task as { id: string }
    expect(made.text).toContain('[ ] Buy milk (priority MEDIUM; labels: home; id ')

    expect((await client.call('find_task', { id })).content).toEqual(made.content)
    const listed = await client.call('list_tasks', { filter: { search: 'milk' }, first: 1 })
    expect(listed.content.tasks).toMatchObject({ nodes: [{ id }] })
    expect((await client.call('list_labels')).text).toContain('home (')

    const change = { id, description: 'Two bottles.', priority: 'HIGH' }
    expect((await client.call('update_task', change)).text).toContain('\nTwo bottles.')
    expect((await client.call('complete_task', { id })).text).toContain('[x] Buy milk')
    expect((await client.call('reopen_task', { id })).text).toContain('[ ] Buy milk')
    expect((await client.call('delete_task', { id })).content).toEqual({ deletedTaskId: id })
    expect((await client.call('find_task', { id })).content).toEqual({ task: null })
    await client.close()
  })

  it('receives the cursor of the next page', async ({ app }) => {
    const bob = await app.signUp('Bob')
    for (const title of ['One', 'Two', 'Three']) await bob.createTask({ title })
    const client = await connectMcp(app, bob.token, era)
    const first = await client.call('list_tasks', { first: 2 })
    const [, after] = /Call again with after "(.+)"/.exec(first.text) ?? []
    expect((await client.call('list_tasks', { first: 2, after })).text).toMatch(/\[ \] One \(/)
    await client.close()
  })
})

describe('a request', () => {
  const list = { jsonrpc: '2.0', id: 1, method: 'tools/list' }
  const modern = { 'MCP-Protocol-Version': '2026-07-28', 'Mcp-Method': 'tools/list' }

  it.for(['application/json', 'text/event-stream', '*/*', 'application/json, */*', ''])(
    'with “Accept: %s” is answered in JSON',
    async (accept, { app, ada }) => {
      const response = await postMcp(app, list, { ...bearer(ada.token), Accept: accept })
      expect(response.status).toBe(200)
      expect(response.headers.get('Content-Type')).toMatch(/^application\/json/)
      expect((await response.json()).result.tools).toHaveLength(11)
      const headers = { ...bearer(ada.token), ...modern, Accept: accept }
      expect((await postMcp(app, list, headers)).status).not.toBe(406)
    },
  )

  it('is the same at /mcp/, and needs a token there too', async ({ app, ada }) => {
    const atSlash = { url: app.url, path: '/mcp/?a=b' }
    const response = await postMcp(atSlash, list, bearer(ada.token))
    expect((await response.json()).result.tools).toHaveLength(11)
    const refused = await postMcp(atSlash, list)
    expect([refused.status, refused.headers.get('WWW-Authenticate')]).toEqual([
      401,
      `Bearer ${initial(app)}`,
    ])
    const got = await fetch(`${app.url}/mcp/`, { headers: bearer(ada.token) })
    expect([got.status, got.headers.get('Allow')]).toEqual([405, 'POST'])
  })
})

describe('the list of tools', () => {
  it('describes the arguments of the API, and no others', async ({ app, ada }) => {
    const response = await postMcp(
      app,
      { jsonrpc: '2.0', id: 1, method: 'tools/list' },
      bearer(ada.token),
    )
    const { tools } = (await response.json()).result
    const create = tools.find(({ name }: Named) => name === 'create_task')
    expect(create.description).toContain('Requires scope tasks:create or tasks:write.')
    expect(create.inputSchema).toMatchObject({ required: ['title'], additionalProperties: false })
    expect(create.inputSchema.properties.title).toEqual({
      type: 'string',
      description:
        '1 to 255 characters after trimming, at least one of them visible. One line: no control characters.',
    })
    expect(create.inputSchema.properties.priority).toMatchObject({
      enum: ['LOW', 'MEDIUM', 'HIGH', null],
    })
  })
})

describe("another owner's task", () => {
  it('is answered like a missing task by every tool', async ({ app, ada }) => {
    const bob = await app.signUp('Bob')
    const client = await connectMcp(app, bob.token)
    const secret = await ada.createTask({ title: 'A secret plan' })
    const none = Buffer.from('Task:00000000-0000-7000-8000-000000000000').toString('base64')
    for (const tool of [
      'find_task',
      'update_task',
      'complete_task',
      'reopen_task',
      'delete_task',
      'restore_task',
    ]) {
      const answers = await Promise.all([secret, none].map((id) => client.call(tool, { id })))
      expect(answers[0]).toEqual(answers[1])
      expect(answers[0]?.isError).toBe(tool !== 'find_task')
      if (tool !== 'find_task') expect(answers[0]?.text).toMatch(/^NOT_FOUND: /)
    }
    expect((await client.call('list_tasks')).text).toBe('0 tasks match.')
    expect((await client.call('list_changes')).text).toBe('Changes, the oldest first.')
    expect(await snapshot(app, secret)).toMatchObject([{ title: 'A secret plan' }])
    await client.close()
  })
})

describe('invalid input', () => {
  it.for<[what: string, tool: string, given: object, field: string | undefined]>([
    ['an empty title', 'create_task', { title: ' ' }, 'title'],
    ['a title that is too long', 'create_task', { title: 'x'.repeat(256) }, 'title'],
    ['no title', 'create_task', {}, 'title'],
    ['a day that does not exist', 'create_task', { title: 'Call', dueOn: '2026-02-30' }, 'dueOn'],
    [
      'a priority that does not exist',
      'create_task',
      { title: 'Call', priority: 'TOP' },
      'priority',
    ],
    ['a page that is too long', 'list_tasks', { first: 101 }, 'first'],
    ['a number as text', 'list_tasks', { first: 'ten' }, 'first'],
    ['another user as owner', 'create_task', { title: 'Call', userId: 'bob' }, 'userId'],
    ['another user to filter by', 'list_tasks', { ownerId: 'bob' }, 'ownerId'],
    ['a name of Object.prototype', 'list_tasks', { constructor: {} }, 'constructor'],
  ])(
    'is refused with the name of the argument: %s',
    async ([_what, tool, given, field], { app, ada }) => {
      const client = await connectMcp(app, ada.token)
      const { isError, text, content } = await client.call(tool, given)
      expect(isError).toBe(true)
      expect(text).toMatch(/^BAD_USER_INPUT: /)
      expect(content.error).toMatchObject({ code: 'BAD_USER_INPUT', field })
      await client.close()
    },
  )

  it('is refused if the tool does not exist', async ({ app, ada }) => {
    const client = await connectMcp(app, ada.token)
    await expect(client.call('delete_everything')).rejects.toThrow(
      'There is no tool "delete_everything".',
    )
    await client.close()
  })

  it('is refused as a conflict, with the way to resolve it', async ({ app, ada }) => {
    const client = await connectMcp(app, ada.token)
    const id = await ada.createTask()
    const stale = { id, title: 'Mine', ifUpdatedAt: '2020-01-01T00:00:00Z' }
    expect((await client.call('update_task', stale)).text).toMatch(/^CONFLICT: .*Read it again/)
    await client.close()
  })
})

describe('the credential', () => {
  const list = { jsonrpc: '2.0', id: 1, method: 'tools/list' }

  it('is required', async ({ app }) => {
    const response = await postMcp(app, list)
    expect(response.status).toBe(401)
    expect(response.headers.get('WWW-Authenticate')).toBe(`Bearer ${initial(app)}`)
    expect(await response.json()).toMatchObject({ error: { data: { code: 'UNAUTHENTICATED' } } })
  })

  it('is read from the Authorization header only', async ({ app, ada }) => {
    const response = await postMcp(app, list, { Cookie: ada.cookie })
    expect(response.status).toBe(401)
    const inQuery = await fetch(`${app.url}/mcp?access_token=${ada.token}`, {
      method: 'POST',
      headers: jsonHeaders,
      body: JSON.stringify(list),
    })
    expect(inQuery.status).toBe(401)
  })

  const hourAgo = Math.floor(Date.now() / 1000) - 3_600
  it.for<[what: string, claims: object | undefined]>([
    ['is made up', undefined],
    ['has expired', { iat: hourAgo, exp: hourAgo + 900 }],
    ['has another audience', { aud: 'https://other.example' }],
  ])('is refused when it %s, before the message is read', async ([_what, claims], { app, ada }) => {
    const token = claims ? app.signToken({ sub: ada.id, ...claims }) : 'made.up.token'
    const response = await postMcp(app, 'no JSON', bearer(token))
    expect(response.status).toBe(401)
    expect(response.headers.get('WWW-Authenticate')).toBe(
      `Bearer error="invalid_token", ${initial(app)}`,
    )
  })

  it('may be an access token until it is revoked', async ({ app, ada }) => {
    const { id, token } = await makeAccessToken(app, ada, ['tasks:read'])
    expect((await postMcp(app, list, bearer(token))).status).toBe(200)
    await postAccessToken(app, ada, 'revoke', { id })
    expect((await postMcp(app, list, bearer(token))).status).toBe(401)
  })

  it('is refused after its session has ended', async ({ app }) => {
    const bob = await app.signUp('Bob')
    const client = await connectMcp(app, bob.token)
    expect((await client.call('list_tasks')).isError).toBe(false)
    await app.request('/api/auth/sign-out', {
      method: 'POST',
      headers: { ...jsonHeaders, cookie: bob.cookie },
      body: '{}',
    })
    await vi.waitFor(async () => {
      expect((await postMcp(app, list, bearer(bob.token))).status).toBe(401)
    }, 1_000)
    await expect(client.call('list_tasks')).rejects.toThrow()
  })
})

describe('a page in a browser', () => {
  const ask = (app: App, ada: Account, origin: string) =>
    postMcp(app, toolCall('list_tasks'), { ...bearer(ada.token), Origin: origin })

  it.for(['https://evil.example', 'http://localhost.evil.example', 'null', 'file://'])(
    'of %s is refused, even with a valid token',
    async (origin, { app, ada }) => {
      const response = await ask(app, ada, origin)
      expect(response.status).toBe(403)
      expect(response.headers.has('Access-Control-Allow-Origin')).toBe(false)
    },
  )

  it.for(['http://localhost:6274', 'http://127.0.0.1:3000', 'http://[::1]:3000'])(
    'of %s, on the same machine, is accepted',
    async (origin, { app, ada }) => {
      const response = await ask(app, ada, origin)
      expect(response.status).toBe(200)
      expect(response.headers.get('Access-Control-Allow-Origin')).toBe(origin)
      expect(response.headers.has('Access-Control-Allow-Credentials')).toBe(false)
    },
  )

  it('may send a preflight request', async ({ app }) => {
    const headers = { Origin: 'http://localhost:6274' }
    const response = await fetch(`${app.url}/mcp`, { method: 'OPTIONS', headers })
    expect(response.status).toBe(204)
    expect(response.headers.get('Access-Control-Allow-Headers')).toContain('Authorization')
  })
})

describe('a request', () => {
  it.for(['GET', 'DELETE', 'PUT'])(
    'by %s is refused: there are no sessions',
    async (method, { app, ada }) => {
      const response = await fetch(`${app.url}/mcp`, { method, headers: bearer(ada.token) })
      expect(response.status).toBe(405)
      expect(response.headers.get('Allow')).toBe('POST')
    },
  )

  it.for([
    ['a batch', [toolCall('list_tasks'), toolCall('list_tasks')]],
    ['no JSON', '{'],
    ['no message', 'null'],
  ])('with %s is refused', async ([_what, message], { app, ada }) => {
    const response = await postMcp(app, message, bearer(ada.token))
    expect(response.status).toBe(400)
    expect((await response.json()).error.data.code).toBe('BAD_USER_INPUT')
  })

  it('that is too large is refused', async ({ app, ada }) => {
    const message = toolCall('create_task', { title: 'x'.repeat(100_000) })
    expect((await postMcp(app, message, bearer(ada.token))).status).toBe(413)
  })

  it('is never answered with a stream, which could outlive its token', async ({ app, ada }) => {
    const meta = {
      'io.modelcontextprotocol/protocolVersion': '2026-07-28',
      'io.modelcontextprotocol/clientInfo': { name: 'test', version: '1.0.0' },
      'io.modelcontextprotocol/clientCapabilities': {},
    }
    const params = { notifications: { toolsListChanged: true }, _meta: meta }
    const message = { jsonrpc: '2.0', id: 1, method: 'subscriptions/listen', params }
    const headers = { 'MCP-Protocol-Version': '2026-07-28', 'Mcp-Method': message.method }
    const response = await postMcp(app, message, { ...bearer(ada.token), ...headers })
    expect(response.headers.get('Content-Type')).toContain('application/json')
    expect(await response.json()).toMatchObject({ error: { message: expect.any(String) } })
  })
})

describe('the answer of a tool', () => {
  it('matches its schema, for a refusal too', async ({ app, ada }) => {
    const message = { jsonrpc: '2.0', id: 1, method: 'tools/list' }
    const { result } = await (await postMcp(app, message, bearer(ada.token))).json()
    const { outputSchema } = result.tools.find(({ name }: Named) => name === 'create_task')
    const { validate } = fromJsonSchema(outputSchema)['~standard']
    const client = await connectMcp(app, ada.token)
    const made = await client.call('create_task', { title: 'Buy milk' })
    const refused = await client.call('create_task', { title: '' })
    expect(await validate(made.content)).toEqual({ value: made.content })
    expect(await validate(refused.content)).toEqual({ value: refused.content })
    expect(await validate({ ...made.content, ...refused.content })).toHaveProperty('issues')
    expect(await validate({ task: { id: 7 } })).toHaveProperty('issues')
    await client.close()
  })
})

describe('points', () => {
  it('are spent as at /graphql, and the headers show them', async () => {
    const small = await startApp({ variables: { GRAPHQL_POINTS_PER_MINUTE: '10' } })
    const bob = await small.signUp('Bob')
    const call = (title: string) =>
      postMcp(small, toolCall('create_task', { title }), bearer(bob.token))
    const first = await call('One')
    expect(first.headers.get('RateLimit-Limit')).toBe('10')
    expect(Number(first.headers.get('RateLimit-Remaining'))).toBeLessThan(10)
    await call('Two')
    const { result } = await (await call('Three')).json()
    expect(result).toMatchObject({
      isError: true,
      structuredContent: { error: { code: 'RATE_LIMITED' } },
    })
    await small.close()
  })
})

async function snapshot(app: App, id: string): Promise<unknown[]> {
  const key = Buffer.from(id, 'base64').toString().replace('Task:', '')
  return (await app.pool.query('select * from tasks where id = $1', [key])).rows
}
