import { request as httpRequest } from 'node:http'
import { describe, expect, onTestFinished } from 'vitest'
import { untilBlocked } from '#db/testing/blocked.ts'
import { type Account, type App, manyPoints, startApp } from '../testing/app.ts'
import { sendDry } from '../testing/dry-run.ts'
import { recordLog } from '../testing/log.ts'
import { openStream } from '../testing/stream.ts'
import { readTableState } from '../testing/table-state.ts'
import { withVariables } from '../testing/test.ts'

const { log, lines } = recordLog()
const it = withVariables(manyPoints).extend('log', { scope: 'file' }, () => log)

const create = `mutation ($input: CreateTaskInput!) {
  createTask(input: $input) { task { id title labels completed } }
}`

/** Sends the operation dry, three times so that it is also compiled, and expects no trace of it. */
async function expectNoTrace(app: App, token: string | undefined, query: string, variables = {}) {
  const before = await readTableState(app.pool)
  const answers = []
  for (let n = 0; n < 3; n++) answers.push(await sendDry(app, token, query, variables))
  expect(await readTableState(app.pool)).toEqual(before)
  return answers
}

const idsAndTimes = /"VGFzazo[\w=]+"|"\d{4}-\d\d-\d\dT[\d:.]+Z"/g

const masked = (body: object) => JSON.parse(JSON.stringify(body).replaceAll(idsAndTimes, '"…"'))

describe('a dry run', () => {
  const task = 'id title completed completedAt labels updatedAt'
  it.for<[string, (id: string) => string]>([
    [
      'createTask',
      () =>
        `createTask(input: { title: "New", labels: ["HOME"], idempotencyKey: "k" }) { task { ${task} } }`,
    ],
    [
      'updateTask',
      (id) =>
        `updateTask(input: { id: "${id}", title: "Changed", labels: ["home"] }) { task { ${task} } }`,
    ],
    ['completeTask', (id) => `completeTask(input: { id: "${id}" }) { task { ${task} } }`],
    ['reopenTask', (id) => `reopenTask(input: { id: "${id}" }) { task { ${task} } }`],
    ['deleteTask', (id) => `deleteTask(input: { id: "${id}" }) { deletedTaskId }`],
    ['deleteCompletedTasks', () => 'deleteCompletedTasks { deletedTaskIds }'],
  ])('answers as the real one and leaves no trace: %s', async ([, write], { app }) => {
    const ada = await app.signUp('Ada')
    const id = await ada.createTask({ labels: ['Home'] })
    const done = await ada.createTask({ title: 'Done' })
    await ada.query(`mutation { completeTask(input: { id: "${done}" }) { task { id } } }`)
    const document = `mutation { ${write(id)} }`
    const dry = await expectNoTrace(app, ada.token, document)
    const real = await ada.query(document)
    expect(real.body.errors).toBeUndefined()
    for (const { status, body } of dry) {
      expect(status).toBe(real.status)
      expect(masked(body)).toEqual({ ...masked(real.body), extensions: { dryRun: true } })
    }
  })

  it('lets its fields see the effects of those before', async ({ app, ada }) => {
    const id = await ada.createTask({ title: 'Old' })
    const document = `mutation ($id: ID!) {
      a: createTask(input: { title: "New", labels: ["Über"], idempotencyKey: "1" }) { task { labels } }
      b: createTask(input: { title: "New", labels: ["Über"], idempotencyKey: "1" }) { task { title } }
      c: updateTask(input: { id: $id, labels: ["ÜBER"] }) { task { labels } }
      d: completeTask(input: { id: $id }) { task { completed labels } }
      e: deleteCompletedTasks { deletedTaskIds }
    }`
    const expected = {
      a: { task: { labels: ['Über'] } },
      b: { task: { title: 'New' } },
      c: { task: { labels: ['Über'] } },
      d: { task: { completed: true, labels: ['Über'] } },
      e: { deletedTaskIds: [id] },
    }
    for (const { body } of await expectNoTrace(app, ada.token, document, { id })) {
      expect(body).toEqual({ data: expected, extensions: { dryRun: true } })
    }
    expect((await ada.query(document, { id })).body).toEqual({ data: expected })
  })

  it('stops at the field that fails, like the real one', async ({ app, ada }) => {
    const id = await ada.createTask()
    const document = `mutation ($id: ID!) {
      a: completeTask(input: { id: $id }) { task { completed } }
      b: deleteTask(input: { id: "unknown" }) { deletedTaskId }
      c: deleteTask(input: { id: $id }) { deletedTaskId }
    }`
    const dry = await expectNoTrace(app, ada.token, document, { id })
    const real = await ada.query(document, { id })
    expect(real.body.errors).toMatchObject([{ path: ['b'], extensions: { code: 'NOT_FOUND' } }])
    for (const { body } of dry) expect(body).toEqual({ ...real.body, extensions: { dryRun: true } })
    const { body } = await ada.query('query ($id: ID!) { task(id: $id) { completed } }', { id })
    expect(body.data).toEqual({ task: { completed: true } }) // the real one kept its first field
  })

  it.for<[code: string, document: string, scope: string]>([
    ['NOT_FOUND', 'mutation { deleteTask(input: { id: "x" }) { deletedTaskId } }', 'tasks:delete'],
    [
      'CONFLICT',
      'mutation { updateTask(input: { id: "ID", title: "x", ifUpdatedAt: "2020-01-01T00:00:00Z" }) { task { id } } }',
      'tasks:write',
    ],
    [
      'BAD_USER_INPUT',
      'mutation { createTask(input: { title: "" }) { task { id } } }',
      'tasks:write',
    ],
    [
      'BAD_USER_INPUT',
      'mutation { createTask(input: { title: 1 }) { task { id } } }',
      'tasks:write',
    ],
    [
      'BAD_USER_INPUT',
      'mutation ($input: CreateTaskInput!) { createTask(input: $input) { task { id } } }',
      'tasks:write',
    ],
    ['FORBIDDEN', 'mutation { createTask(input: { title: "x" }) { task { id } } }', 'tasks:read'],
    [
      'OPERATION_TOO_COMPLEX',
      `mutation { ${Array.from({ length: 17 }, (_, n) => `a${n}: deleteCompletedTasks { deletedTaskIds }`).join(' ')} }`,
      'tasks:write',
    ],
  ])('has the error of the real one: %s of %s', async ([code, text, scope], { app, ada }) => {
    const document = text.replace('ID"', `${await ada.createTask()}"`)
    const token = app.signToken({ sub: ada.id, scope })
    const dry = await expectNoTrace(app, token, document)
    const real = await app.query(document, {}, token)
    expect(real.body.errors?.[0]?.extensions.code).toBe(code)
    for (const { status, body } of dry) {
      const { extensions, ...answer } = body
      expect([status, answer]).toEqual([real.status, real.body])
      // Only an operation that was executed says so.
      expect(extensions).toEqual('data' in real.body ? { dryRun: true } : undefined)
    }
  })

  it('without a token is refused like the real one', async ({ app }) => {
    const document = 'mutation { deleteCompletedTasks { deletedTaskIds } }'
    const [dry] = await expectNoTrace(app, undefined, document)
    expect(dry?.status).toBe(401)
    expect(dry?.headers.get('WWW-Authenticate')).toBe('Bearer')
  })

  it('costs the points of the real one, and is refused without them', async () => {
    // As many as the mutation costs.
    const limited = await startApp({ variables: { GRAPHQL_POINTS_PER_MINUTE: '4' } })
    onTestFinished(limited.close)
    const ada = await limited.signUp('Ada')
    const document = 'mutation { deleteCompletedTasks { deletedTaskIds } }'
    const dry = () => sendDry(limited, ada.token, document)
    expect((await dry()).body).toMatchObject({ data: {}, extensions: { dryRun: true } })
    for (const { status, body } of [await dry(), await ada.query(document)]) {
      expect([status, body.errors?.[0]?.extensions.code]).toEqual([429, 'RATE_LIMITED'])
    }
  })

  it('reaches no stream, on any instance', async ({ app, other, ada }) => {
    const streams = await Promise.all([app, other].map(({ url }) => openStream(url, ada.token)))
    for (const { url } of [app, other]) {
      const { body } = await sendDry({ url }, ada.token, create, { input: { title: 'Dry' } })
      expect(body.extensions).toEqual({ dryRun: true })
    }
    await ada.createTask({ title: 'Real' })
    for (const { events, leave } of streams) {
      await expect.poll(() => events.length).toBe(1)
      expect(events[0]?.data?.data?.taskChanged.task?.title).toBe('Real')
      leave()
    }
  })

  it('leaves an idempotency key to a real one on another instance', async ({ app, other, ada }) => {
    const input = { title: 'Once', idempotencyKey: 'shared' }
    const dry = () => sendDry(app, ada.token, create, { input })
    const real = () => other.query(create, { input }, ada.token)
    const answers = await Promise.all([dry(), real(), dry(), real(), dry()])
    const titles = answers.map(
      ({ body }) => (body.data as { createTask: { task: object } })?.createTask,
    )
    for (const title of titles) expect(title).toMatchObject({ task: { title: 'Once' } })
    expect(answers[1]?.body).toEqual(answers[3]?.body)
  })

  it('has a member in its access line', async ({ app, ada }) => {
    const dry = await sendDry(
      app,
      ada.token,
      'mutation Dry { deleteCompletedTasks { deletedTaskIds } }',
    )
    const requestId = dry.headers.get('X-Request-Id')
    const find = () =>
      lines().find((line) => line.msg === 'Request' && line.requestId === requestId)
    await expect.poll(find).toMatchObject({ operation: 'Dry', dryRun: true })
  })

  it('is rolled back when the client leaves', async ({ app, ada }) => {
    const id = await ada.createTask({ title: 'Locked' })
    const document = `mutation ($id: ID!) {
      a: completeTask(input: { id: $id }) { task { id } }
      b: deleteTask(input: { id: $id }) { deletedTaskId }
    }`
    const client = await app.pool.connect()
    await client.query('begin')
    await client.query('select from tasks for update')
    const body = JSON.stringify({
      query: document,
      variables: { id },
      extensions: { dryRun: true },
    })
    const headers = { 'Content-Type': 'application/json', Authorization: `Bearer ${ada.token}` }
    const request = httpRequest(`${app.url}/graphql`, { method: 'POST', headers })
    const closed = new Promise((resolve) => request.once('error', resolve))
    request.end(body)
    await untilBlocked(app.pool, new Promise(() => {}))
    request.destroy()
    await closed
    await client.query('rollback')
    client.release()
    await expect.poll(() => countOpenTransactions(app)).toBe(0)
    expect(await titleOf(ada, id)).toEqual({ title: 'Locked', completed: false })
  })
})

async function countOpenTransactions({ pool }: App): Promise<number> {
  const { rows } = await pool.query(
    `select count(*)::int as open from pg_stat_activity where datname = current_database()
       and xact_start is not null and pid <> pg_backend_pid()`,
  )
  return rows[0].open
}

async function titleOf(ada: Account, id: string): Promise<unknown> {
  const { body } = await ada.query('query ($id: ID!) { task(id: $id) { title completed } }', { id })
  return body.data?.task
}

describe('extensions.dryRun', () => {
  it.for([null, 'true', 1, 0, {}, []].map((value) => ({ value })))(
    'is refused as $value, and nothing is executed',
    async ({ value }, { app, ada }) => {
      const before = await readTableState(app.pool)
      for (let n = 0; n < 3; n++) {
        const input = { title: 'x' }
        const { status, body } = await sendDry(app, ada.token, create, { input }, value)
        expect(status).toBe(400)
        const message = `dryRun must be true or false, got ${JSON.stringify(value)}.`
        const extensions = { code: 'BAD_USER_INPUT', field: 'dryRun' }
        expect(body).toEqual({ errors: [{ message, extensions }] })
      }
      expect(await readTableState(app.pool)).toEqual(before)
    },
  )

  it('as false changes nothing of a request', async ({ app, ada }) => {
    const { body } = await sendDry(app, ada.token, create, { input: { title: 'Real' } }, false)
    expect(body).toMatchObject({ data: { createTask: { task: { title: 'Real' } } } })
    expect(body.extensions).toBeUndefined()
  })

  it('has no effect on a query, by POST and GET', async ({ app, ada }) => {
    const expected = { data: { viewer: { id: ada.id } }, extensions: { dryRun: true } }
    for (let n = 0; n < 3; n++) {
      expect((await sendDry(app, ada.token, '{ viewer { id } }')).body).toEqual(expected)
    }
    const search = new URLSearchParams({
      query: '{ viewer { id } }',
      extensions: '{"dryRun":true}',
    })
    const got = await app.request(`/graphql?${search}`, {
      headers: { Authorization: `Bearer ${ada.token}` },
    })
    expect(await got.json()).toEqual(expected)
  })

  it('is beside the cost in the extensions', async ({ app, ada }) => {
    const init = {
      body: JSON.stringify({
        query: 'mutation { deleteCompletedTasks { deletedTaskIds } }',
        extensions: { dryRun: true, cost: true },
      }),
    }
    const { body } = await sendDry(app, ada.token, '', {}, true, init)
    expect(body.extensions).toMatchObject({ dryRun: true, cost: 301 })
  })

  it.for(['text/event-stream', '*/*'])(
    'is refused for a subscription that accepts %s',
    async (accept, { app, ada }) => {
      const response = await app.request('/graphql', {
        method: 'POST',
        headers: {
          'Content-Type': 'application/json',
          Accept: accept,
          Authorization: `Bearer ${ada.token}`,
        },
        body: JSON.stringify({
          query: 'subscription { taskChanged { kind } }',
          extensions: { dryRun: true },
        }),
      })
      expect(await response.text()).toContain(
        'A subscription changes nothing. Send it without extensions.dryRun.',
      )
    },
  )
})
