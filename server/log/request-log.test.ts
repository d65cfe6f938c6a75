import { describe, expect, onTestFinished } from 'vitest'
import { makeAccessToken } from '../testing/access-tokens.ts'
import { type App, startApp } from '../testing/app.ts'
import { type LogLine, recordLog } from '../testing/log.ts'
import { connectMcp } from '../testing/mcp.ts'
import { openStream } from '../testing/stream.ts'
import { it as plain, withLog } from '../testing/test.ts'

const { log, lines } = recordLog()
const it = withLog(log)
const proxied = it.extend('variables', { scope: 'file' }, () => ({
  TRUSTED_PROXIES: '127.0.0.1, ::1',
}))
const infoLevel = 30

/** The access line of the response, when it is closed. */
async function findLine(headers: Headers, all: () => LogLine[] = lines): Promise<LogLine> {
  const requestId = headers.get('X-Request-Id')
  const find = () => all().filter((line) => line.msg === 'Request' && line.requestId === requestId)
  await expect.poll(() => find().length).toBe(1)
  return find()[0] as LogLine
}

const document = 'query Name { __typename }'

async function startLogged(variables: Record<string, string>, level = 'info') {
  const record = recordLog(level)
  const app = await startApp({ log: record.log, variables })
  onTestFinished(app.close)
  return { app, lines: record.lines }
}

describe('a request', () => {
  it('has one line with operation, caller, status, outcome and duration', async ({ app }) => {
    const { headers } = await app.query(document)
    const { time, pid, hostname, ...line } = await findLine(headers)
    expect(line).toEqual({
      level: infoLevel,
      msg: 'Request',
      requestId: headers.get('X-Request-Id'),
      method: 'POST',
      path: '/graphql',
      operation: 'Name',
      callerKind: 'none',
      status: 200,
      outcome: 'OK',
      durationMs: expect.any(Number),
    })
  })

  it('has the same line when it is answered directly and by Yoga', async ({ app, ada }) => {
    const text = `query Same { viewer { id } }`
    const summaries: unknown[] = []
    for (let n = 0; n < 3; n++) {
      const answers = [await ada.query(text), await app.query(text), await ada.query('query S {')]
      for (const { headers } of answers) {
        const { operation, callerKind, status, outcome } = await findLine(headers)
        summaries.push({ operation, callerKind, status, outcome })
      }
    }
    const three = [
      { operation: 'Same', callerKind: 'page', status: 200, outcome: 'OK' },
      { operation: 'Same', callerKind: 'none', status: 401, outcome: 'UNAUTHENTICATED' },
      { callerKind: 'page', status: 200, outcome: 'BAD_USER_INPUT' },
    ]
    expect(summaries).toEqual([...three, ...three, ...three])
  })

  it('names the kind of the caller', async ({ app, ada, notebook }) => {
    const { token: script } = await makeAccessToken(app, ada, ['tasks:read'])
    const { access_token: foreign } = await notebook.connect(ada, { scope: 'tasks:read' })
    const callers: unknown[] = []
    for (const token of [undefined, ada.token, script, foreign, 'not a token']) {
      const { headers } = await app.query(document, {}, token)
      callers.push((await findLine(headers)).callerKind)
    }
    expect(callers).toEqual(['none', 'page', 'script', 'app', 'none'])
  })

  it('has the operation of a tool call and of a stream', async ({ app, ada }) => {
    const mcp = await connectMcp(app, ada.token)
    await mcp.call('list_labels')
    await mcp.close()
    const query = 'subscription Watch { taskChanged { taskId } }'
    const init = { method: 'POST', body: JSON.stringify({ query }) }
    const stream = await openStream(app.url, ada.token, init)
    stream.leave()
    const line = await findLine(stream.response.headers)
    expect(line).toMatchObject({
      operation: 'Watch',
      callerKind: 'page',
      status: 200,
      outcome: 'OK',
    })
    const tool = { path: '/mcp', operation: 'ListLabels', callerKind: 'page' }
    expect(lines()).toContainEqual(expect.objectContaining(tool))
  })

  it('has a path without the query, of 200 characters at most', async ({ app }) => {
    const { headers } = await app.request(`/${'a'.repeat(300)}?token=hush`)
    const line = await findLine(headers)
    expect(line.path).toBe(`/${'a'.repeat(199)}`)
  })

  it('has one line at error for a failure, and its access line at info', async () => {
    const { app, lines } = await startLogged({})
    const ada = await app.signUp('Ada')
    await app.pool.query('alter table tasks rename to tasks_renamed')
    const { headers } = await ada.query('{ labels { name } }')
    const line = await findLine(headers, lines)
    expect(line).toMatchObject({ level: infoLevel, outcome: 'INTERNAL_SERVER_ERROR' })
    expect(lines().filter(({ level }) => level > infoLevel)).toHaveLength(1)
  })
})

describe('ACCESS_LOG=off', () => {
  plain('writes no line for a request, and the audit trail as before', async () => {
    const { app, lines } = await startLogged({ ACCESS_LOG: 'off' })
    await app.signUp('Ada')
    await app.query(document)
    expect(lines().filter(({ msg }) => msg === 'Request')).toEqual([])
    expect(lines()).toContainEqual(expect.objectContaining({ event: 'signed_up' }))
  })
})

describe('X-Request-Id', () => {
  const send = (app: App, id: string) =>
    app.request('/nothing', { headers: { 'X-Request-Id': id } })
  const sent = 'req-1:b7ad6b7169203331/Root=1+2'

  proxied('of a trusted proxy is used in the response, errors and the log', async ({ app }) => {
    const { headers } = await send(app, sent)
    expect(headers.get('X-Request-Id')).toBe(sent)
    await findLine(headers)
  })

  proxied.for(['a'.repeat(129), 'a b', 'a, b', '<b>', 'ä'])(
    'is not used when it is %s',
    async (id, { app }) => {
      const { headers } = await send(app, id)
      expect(headers.get('X-Request-Id')).toMatch(/^[\da-f-]{36}$/)
    },
  )

  it('of a client is not used', async ({ app }) => {
    const { headers } = await send(app, sent)
    expect(headers.get('X-Request-Id')).toMatch(/^[\da-f-]{36}$/)
  })
})
