import { describe, expect, onTestFinished } from 'vitest'
import { findFreePort } from '#db/embedded/free-port.ts'
import { type App, startApp } from '../testing/app.ts'
import { sendDry } from '../testing/dry-run.ts'
import { parseMetrics } from '../testing/series.ts'
import { openStream } from '../testing/stream.ts'
import { it as plain, withVariables } from '../testing/test.ts'

const token = 'a-token-of-the-operator-for-metrics'
const it = withVariables({ METRICS_TOKEN: token })

function fetchMetrics(app: App, given: string | undefined): Promise<Response> {
  return app.request('/metrics', given ? { headers: { Authorization: `Bearer ${given}` } } : {})
}

async function scrape(app: App) {
  const response = await fetchMetrics(app, token)
  return parseMetrics(await response.text())
}

const requests = 'taskward_requests_total'
/** A name is a label when it was used this often. */
const frequentUses = 20

async function sendOften(app: App, operation: string, times: number): Promise<void> {
  for (let n = 0; n < times; n++) await app.query(`query ${operation} { __typename }`)
}

describe('/metrics', () => {
  plain('is 404 when it is not enabled', async ({ app }) => {
    const response = await fetchMetrics(app, token)
    expect(response.status).toBe(404)
  })

  it.for([undefined, 'another-token-of-the-operator-for-metrics'])(
    'refuses the token %s',
    async (given, { app }) => {
      const response = await fetchMetrics(app, given)
      expect(response.status).toBe(401)
      expect(response.headers.get('WWW-Authenticate')).toBe('Bearer realm="metrics"')
      expect(await response.text()).not.toContain('taskward_')
    },
  )

  it('has the content type of the text format', async ({ app }) => {
    const { status, headers } = await fetchMetrics(app, token)
    expect(status).toBe(200)
    expect(headers.get('Content-Type')).toBe('text/plain; version=0.0.4; charset=utf-8')
  })

  it('counts requests by route, operation and outcome, and measures their latency', async ({
    app,
    ada,
  }) => {
    for (let n = 0; n < frequentUses; n++) await ada.query('query Often { viewer { id } }')
    await ada.query('query Often { viewer { id } }')
    await app.query('query Often { viewer { id } }')
    await app.request('/nothing')
    const { read } = await scrape(app)
    const often = { route: 'graphql', operation: 'Often' }
    expect(read(requests, { ...often, outcome: 'OK' })).toBeGreaterThanOrEqual(1)
    expect(read(requests, { ...often, outcome: 'UNAUTHENTICATED' })).toBe(1)
    expect(read(requests, { route: 'other', outcome: 'HTTP_404' })).toBeGreaterThanOrEqual(1)
    expect(read('taskward_request_duration_seconds_count', often)).toBeGreaterThanOrEqual(2)
  })

  it('counts dry runs', async ({ app, ada }) => {
    const document = 'mutation { deleteCompletedTasks { deletedTaskIds } }'
    await ada.query(document)
    await sendDry(app, ada.token, document)
    const count = async () => (await scrape(app)).read('taskward_dry_runs_total')
    await expect.poll(count).toBe(1)
  })

  it('has no operation name that was used rarely, is too long, or is beyond the first 100', async ({
    app,
  }) => {
    const long = 'L'.repeat(65)
    await sendOften(app, 'Rare', frequentUses - 1)
    await sendOften(app, long, frequentUses)
    for (let n = 0; n < 110; n++) await sendOften(app, `Flood${n}`, frequentUses)
    const names = new Set((await scrape(app)).list(requests, 'operation'))
    expect(names).not.toContain('Rare')
    expect(names).not.toContain(long)
    expect(names).toContain('other')
    expect(names.size).toBeLessThanOrEqual(102) // with "other" and "" for requests without a name
  }, 60_000)

  it('shows pools, streams, the age of revocation data, and the event loop', async ({
    app,
    ada,
  }) => {
    await ada.createTask()
    const before = Number((await scrape(app)).read('taskward_streams'))
    const stream = await openStream(app.url, ada.token)
    onTestFinished(stream.leave)
    const { read } = await scrape(app)
    expect(read('taskward_streams')).toBe(before + 1)
    expect(read('taskward_pool_connections', { pool: 'rows', state: 'idle' })).toBeGreaterThan(0)
    expect(read('taskward_pool_waiting', { pool: 'accounts' })).toBe(0)
    expect(read('taskward_revocation_age_seconds')).toBeLessThan(60)
    expect(read('nodejs_eventloop_lag_p99_seconds')).toBeGreaterThan(0)
    expect(read('process_cpu_seconds_total')).toBeGreaterThan(0)
  })

  it('shows when old rows were last deleted', async ({ app }) => {
    await expect
      .poll(async () => (await scrape(app)).read('taskward_housekeeping_last_success_seconds'))
      .toBeGreaterThan(1_700_000_000)
  })
})

describe('METRICS_PORT', () => {
  plain('serves /metrics alone, and /metrics of the other port is 404', async () => {
    const port = await findFreePort()
    const app = await startApp({ variables: { METRICS_PORT: String(port) } })
    onTestFinished(app.close)
    const own = `http://localhost:${port}`
    expect((await fetch(`${own}/metrics`)).status).toBe(200)
    expect((await fetch(`${own}/graphql`)).status).toBe(404)
    expect((await fetchMetrics(app, undefined)).status).toBe(404)
  })

  plain('needs METRICS_TOKEN if that is set', async () => {
    const port = await findFreePort()
    const variables = { METRICS_PORT: String(port), METRICS_TOKEN: token }
    const app = await startApp({ variables })
    onTestFinished(app.close)
    const address = `http://localhost:${port}/metrics`
    expect((await fetch(address)).status).toBe(401)
    const headers = { Authorization: `Bearer ${token}` }
    expect((await fetch(address, { headers })).status).toBe(200)
  })

  plain('refuses to start when the port is in use', async () => {
    const port = await findFreePort()
    const variables = { METRICS_PORT: String(port) }
    const app = await startApp({ variables })
    onTestFinished(app.close)
    await expect(startApp({ variables })).rejects.toThrow(
      `Port ${port} is in use. Stop the program that uses it, or set METRICS_PORT.`,
    )
  })

  plain('listens on HOST only', async () => {
    const port = await findFreePort()
    const variables = { METRICS_PORT: String(port), HOST: '127.0.0.1' }
    const app = await startApp({ variables })
    onTestFinished(app.close)
    expect((await fetch(`http://127.0.0.1:${port}/metrics`)).status).toBe(200)
    await expect(fetch(`http://127.0.0.2:${port}/metrics`)).rejects.toThrow('fetch failed')
  })
})

describe('the counter of refusals by the budget', () => {
  plain('counts a request without points', async () => {
    const variables = { METRICS_TOKEN: token, GRAPHQL_POINTS_PER_MINUTE: '2' }
    const app = await startApp({ variables })
    onTestFinished(app.close)
    for (let n = 0; n < 4; n++) await app.query('{ __typename }')
    const { read } = await scrape(app)
    expect(read('taskward_budget_refusals_total', { budget: 'graphql' })).toBe(2)
    expect(read(requests, { route: 'graphql', outcome: 'RATE_LIMITED' })).toBe(2)
  })
})
