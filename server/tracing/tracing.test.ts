import { describe, expect, onTestFinished, vi } from 'vitest'
import { findFreePort } from '#db/embedded/free-port.ts'
import { startApp } from '../testing/app.ts'
import { type ReceivedSpan, startCollector } from '../testing/collector.ts'
import { recordLog } from '../testing/log.ts'
import { openStream } from '../testing/stream.ts'
import { it as plain } from '../testing/test.ts'
import { withoutTables } from '../testing/without-tables.ts'

const it = plain.extend('collector', async ({ task: _task }, { onCleanup }) => {
  const collector = await startCollector()
  onCleanup(collector.close)
  return collector
})

const server = 2
const client = 3
const failed = 2
const traceId = '4bf92f3577b34da6a3ce929d0e0e4736'
const parentId = '00f067aa0ba902b7'
const sampled = { traceparent: `00-${traceId}-${parentId}-01` }

/** Spans are exported at the latest when the app is closed. The SDK reads the real environment. */
async function startTraced(url: string, variables: Record<string, string> = {}) {
  const given = { OTEL_EXPORTER_OTLP_ENDPOINT: url, ...variables }
  for (const [name, value] of Object.entries(given)) vi.stubEnv(name, value)
  const { log, lines } = recordLog()
  const app = await startApp({ variables: given, log })
  onTestFinished(() => {
    vi.unstubAllEnvs()
  })
  const post = (headers: Record<string, string>, query: string, input?: object) =>
    app.request('/graphql', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', ...headers },
      body: JSON.stringify({ query, variables: { input } }),
    })
  return { app, lines, post }
}

function only(spans: ReceivedSpan[], name: string): ReceivedSpan {
  const found = spans.filter((span) => span.name === name)
  expect(found).toHaveLength(1)
  return found[0] as ReceivedSpan
}

const createTask = `mutation AddTask($input: CreateTaskInput!) {
  createTask(input: $input) { task { id } }
}`

describe('a traced request', () => {
  it('continues the trace of the client, and has its statements as children', async ({
    collector,
  }) => {
    const { app, post, lines } = await startTraced(collector.url)
    const ada = await app.signUp('Ada')
    const headers = { ...sampled, Authorization: `Bearer ${ada.token}` }
    const answer = await post(headers, createTask, { title: 'Water the plants' })
    expect(answer.status).toBe(200)
    await app.close()
    const ofTrace = collector.spans.filter((span) => span.traceId === traceId)
    const request = only(ofTrace, 'POST /graphql')
    expect(request).toMatchObject({ parentId, kind: server, status: 0 })
    expect(request.attributes).toEqual({
      'http.request.method': 'POST',
      'http.route': '/graphql',
      'http.response.status_code': 200,
      'url.path': '/graphql',
      'url.scheme': 'http',
      'network.protocol.version': '1.1',
      'graphql.operation.name': 'AddTask',
      'graphql.operation.type': 'mutation',
      'taskward.caller.kind': 'page',
      'taskward.outcome': 'OK',
      'taskward.request.id': answer.headers.get('X-Request-Id'),
    })
    expect(request.resource).toMatchObject({ 'service.name': 'taskward' })
    const statements = ofTrace.filter(({ kind }) => kind === client)
    expect(statements.map((span) => span.parentId)).toEqual(statements.map(() => request.id))
    expect(statements.map(({ name }) => name)).toContain('INSERT tasks')
    expect(only(statements, 'INSERT tasks').attributes).toEqual({
      'db.system.name': 'postgresql',
      'db.query.summary': 'INSERT tasks',
    })
    expect(lines().find((line) => line.operation === 'AddTask')).toMatchObject({ traceId })
  })

  it('has the statements of Better Auth as children', async ({ collector }) => {
    const { app } = await startTraced(collector.url)
    await app.signUp('Ada')
    await app.close()
    const request = only(collector.spans, 'POST /api/auth/sign-up/email')
    const statements = collector.spans.filter((span) => span.parentId === request.id)
    expect(statements.map(({ name }) => name)).toContain('INSERT user')
  })

  it('has no token, variable, document or e-mail address in it', async ({ collector }) => {
    const { app, post } = await startTraced(collector.url)
    const ada = await app.signUp('Ada')
    const headers = { Authorization: `Bearer ${ada.token}`, cookie: ada.cookie }
    await post(headers, createTask, { title: 'Visit the dentist' })
    await post(headers, '{ tasks(first: 1, filter: { search: "dentist" }) { edges { cursor } } }')
    await app.request(`/taskward_${'x'.repeat(20)}?token=${ada.token}`)
    await app.close()
    const sent = collector.requests.map(({ bytes }) => bytes.toString('latin1')).join()
    expect(sent).toContain('POST /graphql')
    for (const secret of [ada.token, ada.cookie, ada.email, ada.password, ada.id])
      expect(sent).not.toContain(secret)
    expect(sent).not.toMatch(/dentist|edges|taskward_x/)
  })

  it('is marked as an error when it fails, with its trace in the log', async ({ collector }) => {
    const { app, post, lines } = await startTraced(collector.url)
    const ada = await app.signUp('Ada')
    const headers = { ...sampled, Authorization: `Bearer ${ada.token}` }
    await withoutTables(app, ['tasks'], () => post(headers, createTask, { title: 'Fail' }))
    await app.close()
    const ofTrace = collector.spans.filter((span) => span.traceId === traceId)
    const request = only(ofTrace, 'POST /graphql')
    expect(request.status).toBe(failed)
    expect(request.attributes['error.type']).toBe('INTERNAL_SERVER_ERROR')
    const [statement] = ofTrace.filter((span) => span.kind === client && span.status === failed)
    expect(statement?.attributes).toMatchObject({ 'error.type': '42P01' })
    const failure = lines().find(({ msg }) => msg === 'A request failed unexpectedly')
    expect(failure).toMatchObject({ traceId })
  })

  it('ends with its stream', async ({ collector }) => {
    const { app } = await startTraced(collector.url)
    const ada = await app.signUp('Ada')
    const stream = await openStream(app.url, ada.token)
    stream.leave()
    await app.close()
    const spans = collector.spans.filter(({ name }) => name === 'POST /graphql')
    expect(spans.map(({ attributes }) => attributes['graphql.operation.type'])).toEqual([
      'subscription',
    ])
  })

  it('has the method alone as name on a path that is no route', async ({ collector }) => {
    const { app } = await startTraced(collector.url)
    await app.request('/no-such-page')
    await app.close()
    expect(only(collector.spans, 'GET').attributes['http.response.status_code']).toBe(404)
  })
})

describe('the variables of OpenTelemetry', () => {
  it('set headers, service and resource', async ({ collector }) => {
    const { app } = await startTraced(collector.url, {
      OTEL_EXPORTER_OTLP_HEADERS: 'x-token=for%20the%20collector',
      OTEL_SERVICE_NAME: 'tasks-of-ada',
      OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=staging',
    })
    await app.request('/health/live')
    await app.close()
    expect(collector.requests[0]).toMatchObject({
      path: '/v1/traces',
      token: 'for the collector',
    })
    expect(collector.spans[0]?.resource).toMatchObject({
      'service.name': 'tasks-of-ada',
      'deployment.environment.name': 'staging',
    })
  })

  it('let the client decide about sampling, or no one', async ({ collector }) => {
    const first = await startTraced(collector.url)
    await first.post({ traceparent: `00-${traceId}-${parentId}-00` }, '{ __typename }')
    await first.app.close()
    const second = await startTraced(collector.url, { OTEL_TRACES_SAMPLER: 'always_off' })
    await second.post(sampled, '{ __typename }')
    await second.app.close()
    expect(collector.spans).toEqual([])
  })

  it('turn traces off', async ({ collector }) => {
    const { app, post, lines } = await startTraced(collector.url, { OTEL_SDK_DISABLED: 'true' })
    await post(sampled, '{ __typename }')
    await app.close()
    expect(collector.requests).toEqual([])
    expect(lines().find(({ msg }) => msg === 'Request')).not.toHaveProperty('traceId')
  })
})

describe('a collector that does not answer', () => {
  plain('fails no request, and has one line in the log', async () => {
    const { app, post, lines } = await startTraced(`http://127.0.0.1:${await findFreePort()}`, {
      OTEL_BSP_SCHEDULE_DELAY: '1',
      OTEL_EXPORTER_OTLP_TIMEOUT: '50',
    })
    const warnings = () => lines().filter(({ msg }) => msg === 'Traces are not exported')
    expect((await post({}, '{ __typename }')).status).toBe(200)
    await expect.poll(warnings, { timeout: 10_000 }).toHaveLength(1)
    for (let n = 0; n < 20; n++) expect((await post({}, '{ __typename }')).status).toBe(200)
    await app.close()
    expect(warnings()).toHaveLength(1)
  })
})
