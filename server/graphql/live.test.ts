import { describe, expect, onTestFinished, vi } from 'vitest'
import { within } from '#db/testing/within.ts'
import { beginWriting, writeRows } from '#db/testing/write-rows.ts'
import { schema } from '#schema/index.ts'
import { type Account, type App, jsonHeaders, startBeside } from '../testing/app.ts'
import { openStream, type Stream, taskChanged } from '../testing/stream.ts'
import { it } from '../testing/test.ts'

/** Opens a stream, which is closed at the end of the test. */
async function subscribe(app: App, token: string, instance = app): Promise<Stream> {
  const stream = await openStream(instance.url, token)
  onTestFinished(stream.leave)
  expect(stream.response.status).toBe(200)
  return stream
}

const changesOf = ({ events }: Stream) => events.map(({ data }) => data?.data?.taskChanged)
const untilReceived = (stream: Stream, changes: object[]) =>
  vi.waitFor(() => expect(changesOf(stream)).toMatchObject(changes))

const change = (ada: Account, id: string) => ({
  retitle: () =>
    ada.query(`mutation { updateTask(input: { id: "${id}", title: "New" }) { task { id } } }`),
  complete: () => ada.query(`mutation { completeTask(input: { id: "${id}" }) { task { id } } }`),
  reopen: () => ada.query(`mutation { reopenTask(input: { id: "${id}" }) { task { id } } }`),
  delete: () => ada.query(`mutation { deleteTask(input: { id: "${id}" }) { deletedTaskId } }`),
})

describe('taskChanged', () => {
  it('sends each change with the current task, on every instance', async ({ app, other, ada }) => {
    const streams = [await subscribe(app, ada.token), await subscribe(app, ada.token, other)]
    const id = await ada.createTask({ title: 'Old' })
    const created = { kind: 'CREATED', taskId: id, task: { id, title: 'Old', completed: false } }
    for (const stream of streams) await untilReceived(stream, [created])
    await change(ada, id).retitle()
    const retitled = { kind: 'UPDATED', taskId: id, task: { title: 'New' } }
    for (const stream of streams) await untilReceived(stream, [created, retitled])
    await change(ada, id).complete()
    const completed = { kind: 'UPDATED', taskId: id, task: { completed: true } }
    for (const stream of streams) await untilReceived(stream, [created, retitled, completed])
    await change(ada, id).complete() // for the second time, which changes nothing
    await change(ada, id).delete()
    const deleted = { kind: 'DELETED', taskId: id, task: { title: 'New' } } // in the trash
    for (const stream of streams)
      await untilReceived(stream, [created, retitled, completed, deleted])
  })

  it('sends nothing to other users', async ({ app, other, ada, bob }) => {
    const own = await subscribe(app, ada.token)
    const foreign = [await subscribe(app, bob.token), await subscribe(app, bob.token, other)]
    const adas = await ada.createTask()
    await untilReceived(own, [{ taskId: adas }])
    const bobs = await bob.createTask()
    for (const stream of foreign) await untilReceived(stream, [{ taskId: bobs }])
    expect(own.events).toHaveLength(1)
  })

  it('sends nothing for a refused or unchanged task', async ({ app, ada, bob }) => {
    const stream = await subscribe(app, ada.token)
    await ada.query('mutation { createTask(input: { title: "" }) { task { id } } }')
    const id = await bob.createTask()
    await change(ada, id).delete() // Bob's
    const last = await ada.createTask()
    await untilReceived(stream, [{ taskId: last }])
  })

  it('accepts GET too', async ({ app, ada }) => {
    const url = `${app.url}/graphql?query=${encodeURIComponent(taskChanged)}`
    const response = await fetch(url, {
      headers: { Accept: 'text/event-stream', Authorization: `Bearer ${ada.token}` },
    })
    expect(response.headers.get('Content-Type')).toBe('text/event-stream')
    await response.body?.cancel()
  })

  it('reads a task once for all streams of its owner, and not when it is purged', async ({
    app,
  }) => {
    const carol = await app.signUp('Carol')
    const countReads = await watchReads(app, carol.id)
    const streams = await Promise.all(Array.from({ length: 20 }, () => subscribe(app, carol.token)))
    const id = await insertTask(app, carol.id)
    const created = { kind: 'CREATED', task: { title: 'a' } }
    for (const stream of streams) await untilReceived(stream, [created])
    expect(await countReads()).toBe(1)
    await writeRows(app.pool, carol.id, 'delete from tasks where id = $1', [id])
    const purged = { kind: 'PURGED', task: null }
    for (const stream of streams) await untilReceived(stream, [created, purged])
    expect(await countReads()).toBe(1)
  })

  it('executes an event once for all streams with the same operation', async ({ app }) => {
    const carol = await app.signUp('Carol')
    const countExecutions = watchExecutions()
    const streams = await Promise.all(Array.from({ length: 20 }, () => subscribe(app, carol.token)))
    await insertTask(app, carol.id)
    for (const stream of streams) await untilReceived(stream, [{ kind: 'CREATED' }])
    expect(countExecutions()).toBe(1)
    for (const { events } of streams) expect(events).toEqual(streams[0]?.events)
  })

  it.for<[what: string, init: object, claims: object]>([
    ['another operation', { query: 'subscription { taskChanged { kind } }' }, {}],
    ['other variables', { variables: { unused: 1 } }, {}],
    ['other scopes', {}, { scope: 'tasks:read' }],
  ])(
    'executes an event separately for a stream with %s',
    async ([_what, body, claims], { app }) => {
      const carol = await app.signUp('Carol')
      const countExecutions = watchExecutions()
      const init = { method: 'POST', body: JSON.stringify({ query: taskChanged, ...body }) }
      const other = await openStream(app.url, app.signToken({ sub: carol.id, ...claims }), init)
      onTestFinished(other.leave)
      const stream = await subscribe(app, app.signToken({ sub: carol.id }))
      await insertTask(app, carol.id)
      for (const each of [stream, other]) await untilReceived(each, [{ kind: 'CREATED' }])
      expect(countExecutions()).toBe(2)
    },
  )

  it('allows 20 streams of an account on one server, and one more after one is closed', async ({
    app,
    other,
    bob,
  }) => {
    const carol = await app.signUp('Carol')
    const program = app.signToken({ sub: carol.id, azp: 'program', scope: 'tasks:read' })
    const tokens = Array.from({ length: 20 }, (_, n) => (n % 2 ? program : carol.token))
    const streams = await Promise.all(tokens.map((token) => subscribe(app, token)))
    for (const token of [carol.token, program]) {
      const { response, ended } = await openStream(app.url, token)
      expect(response.status).toBe(429)
      expect(response.headers.get('Retry-After')).toBe('10')
      const [event] = await ended
      const message = expect.stringMatching(/^You have 20 streams open on this server/)
      const error = { message, extensions: { code: 'RATE_LIMITED' } }
      expect(event?.data?.errors).toMatchObject([error])
    }
    await subscribe(app, carol.token, other)
    await subscribe(app, bob.token)
    streams[0]?.leave()
    await vi.waitFor(() => subscribe(app, carol.token))
  })

  it('sends null for a task that is deleted before it is read', async ({ app, ada }) => {
    const stream = await subscribe(app, ada.token)
    const client = await app.pool.connect()
    await beginWriting(client, ada.id)
    await client.query(`${insert} returning id`, [ada.id, 1])
    await client.query('delete from tasks where user_id = $1', [ada.id])
    await client.query('commit')
    client.release()
    await vi.waitFor(() =>
      expect(changesOf(stream)[0]).toMatchObject({ kind: 'CREATED', task: null }),
    )
  })

  it('masks an internal error and continues', async ({ app, ada }) => {
    const stream = await subscribe(app, ada.token)
    await app.pool.query('revoke select on tasks from taskward_app')
    await insertTask(app, ada.id)
    await vi.waitFor(() => expect(stream.events).toHaveLength(1))
    await app.pool.query('grant select on tasks to taskward_app')
    const [error] = stream.events[0]?.data?.errors ?? []
    expect(error?.extensions).toEqual({
      code: 'INTERNAL_SERVER_ERROR',
      requestId: stream.response.headers.get('X-Request-Id'),
    })
    expect(error?.message).not.toMatch(/tasks|permission/)
    const id = await ada.createTask()
    await vi.waitFor(() => expect(changesOf(stream)[1]).toMatchObject({ taskId: id }))
  })

  it.for(['tasks:read', 'tasks:write'])('accepts a token with %s', async (scope, { app, ada }) => {
    await subscribe(app, app.signToken({ sub: ada.id, scope }))
  })

  const refused: [kind: string, scope: string | undefined, status: number, code: string][] = [
    ['no token', undefined, 401, 'UNAUTHENTICATED'],
    ['another scope', 'email', 403, 'FORBIDDEN'],
    ['no scope', '', 403, 'FORBIDDEN'],
  ]

  it.for(refused)(
    'is refused with %s, and the stream ends',
    async ([_kind, scope, status, code], { app, ada }) => {
      const token = scope === undefined ? undefined : app.signToken({ sub: ada.id, scope })
      const stream = await openStream(app.url, token)
      expect(stream.response.status).toBe(status)
      expect(stream.response.headers.get('WWW-Authenticate')).toMatch(/^Bearer/)
      const [first, ...others] = await stream.ended
      expect(first?.data?.errors?.map(({ extensions }) => extensions.code)).toEqual([code])
      expect(others).toEqual([{ name: 'complete', data: null }])
    },
  )
})

/** The error in the event before `complete`. */
async function endingOf(stream: Stream) {
  const events = await stream.ended
  expect(events.at(-1)).toEqual({ name: 'complete', data: null })
  const [error] = events.at(-2)?.data?.errors ?? []
  return { code: error?.extensions.code, reason: error?.extensions.reason }
}

describe('a stream ends', () => {
  it('when its token expires', async ({ app, ada }) => {
    const exp = Math.floor(Date.now() / 1000) + 2
    const stream = await subscribe(app, app.signToken({ sub: ada.id, exp }))
    const id = await ada.createTask()
    await untilReceived(stream, [{ taskId: id }])
    const ending = await within(3_000, endingOf(stream))
    expect(ending).toEqual({ code: 'UNAUTHENTICATED', reason: 'TOKEN_EXPIRED' })
  })

  it('when its session ends, on every instance within a second, and other streams continue', async ({
    app,
    other,
  }) => {
    const carol = await app.signUp('Carol')
    const token = app.signToken({ sub: carol.id, scope: 'tasks:read' })
    const otherStream = await subscribe(app, token)
    const streams = [await subscribe(app, carol.token), await subscribe(app, carol.token, other)]
    const headers = { ...jsonHeaders, cookie: carol.cookie }
    await app.request('/api/auth/sign-out', { method: 'POST', headers, body: '{}' })
    const endings = await within(1_000, Promise.all(streams.map(endingOf)))
    const ending = { code: 'UNAUTHENTICATED', reason: 'SESSION_ENDED' }
    expect(endings).toEqual([ending, ending])
    const writer = app.signToken({ sub: carol.id })
    await app.query('mutation { createTask(input: { title: "a" }) { task { id } } }', {}, writer)
    await untilReceived(otherStream, [{ kind: 'CREATED' }])
  })

  it('when the server stops, without delaying it', async ({ app, ada }) => {
    const stopping = await startBeside(app)
    const streams = await Promise.all(
      Array.from({ length: 20 }, () => openStream(stopping.url, ada.token)),
    )
    await within(3_000, stopping.close())
    for (const stream of streams) {
      expect(await endingOf(stream)).toEqual({ code: 'STREAM_ENDED', reason: 'SERVER_STOPPING' })
    }
  })

  it('when its reader disconnects', async ({ app }) => {
    const carol = await app.signUp('Carol')
    const stream = await openStream(app.url, carol.token)
    stream.leave()
    await untilNoSubscriber(app, carol)
  })

  it('when its reader disconnects before it begins', async ({ app }) => {
    const carol = await app.signUp('Carol')
    const connect = (_value: unknown, n: number) =>
      ask(app, carol.token, 'text/event-stream', AbortSignal.timeout(n)).catch(() => {})
    await Promise.all(Array.from({ length: 30 }, connect))
    await untilNoSubscriber(app, carol)
  })

  it('before it begins if the client does not accept event streams', async ({ app }) => {
    const carol = await app.signUp('Carol')
    const response = await ask(app, carol.token, 'application/json')
    expect(response.status).toBe(406)
    const { errors } = (await response.json()) as { errors: { extensions: object }[] }
    expect(errors.map(({ extensions }) => extensions)).toEqual([{ code: 'BAD_USER_INPUT' }])
    await untilNoSubscriber(app, carol)
  })
})

function ask(app: App, token: string, accept: string, signal?: AbortSignal): Promise<Response> {
  return app.request('/graphql', {
    method: 'POST',
    body: JSON.stringify({ query: taskChanged }),
    headers: { ...jsonHeaders, Accept: accept, Authorization: `Bearer ${token}` },
    signal,
  })
}

const waitForEnd = { timeout: 5_000, interval: 100 }

/**
 * Only the first stream of an owner takes a lease. A new lease shows that no other stream was open.
 */
async function untilNoSubscriber(app: App, { id, token }: Account): Promise<void> {
  const lease = 'followed_owners where owner_hash = hashtextextended($1, 0)'
  await vi.waitFor(async () => {
    await app.pool.query(`delete from ${lease}`, [id])
    const first = await openStream(app.url, token)
    const { rowCount } = await app.pool.query(`select from ${lease}`, [id])
    first.leave()
    expect(rowCount).toBe(1)
  }, waitForEnd)
}

const insert = `
  insert into tasks (user_id, id, title, title_key, priority, labels, label_keys)
  select $1, gen_random_uuid(), 'a', 'a', 'LOW', '{}', '{}' from generate_series(1, $2)`

/** Inserts rows in one statement, without the API. */
function insertTasks(app: App, ownerId: string, count: number) {
  return writeRows<{ id: string }>(app.pool, ownerId, `${insert} returning id`, [ownerId, count])
}

async function insertTask(app: App, ownerId: string): Promise<string | undefined> {
  const { rows } = await insertTasks(app, ownerId, 1)
  return rows[0]?.id
}

/** Counts how often an event is executed, on all instances of this process. */
function watchExecutions(): () => number {
  const field = schema.getSubscriptionType()?.getFields().taskChanged
  if (!field) throw new Error('There is no subscription taskChanged.')
  const spy = vi.spyOn(field, 'resolve')
  onTestFinished(() => spy.mockRestore())
  return () => spy.mock.calls.length
}

/** Counts how often rows of an owner are read. The owner must have at most one row. */
async function watchReads(app: App, ownerId: string): Promise<() => Promise<number>> {
  await app.pool.query(
    `create sequence reads minvalue 0 start 0;
     select nextval('reads');
     grant usage on sequence reads to taskward_app;
     create policy counts_reads on tasks as restrictive for select to taskward_app
     using (case when user_id = '${ownerId}' then nextval('reads') > 0 else true end)`,
  )
  return async () =>
    Number((await app.pool.query('select last_value from reads')).rows[0].last_value)
}
