import { spawnSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findFreePort } from '#db/embedded/free-port.ts'
import { startInstance } from '../faults/instance.ts'
import { startPrometheus } from './prometheus.ts'

/*
 * The built product with two processes, scraped by a real Prometheus (Debian's package `prometheus`).
 * Prints what its API answers.
 */

const token = 'a-token-of-the-operator-for-metrics'
const expressions = [
  'sum(up)',
  'sum by (route, operation, outcome) (taskward_requests_total{route="graphql"})',
  'histogram_quantile(0.99, sum by (le) (taskward_request_duration_seconds_bucket{route="graphql"}))',
  'sum by (pool, state) (taskward_pool_connections)',
  'count(nodejs_eventloop_lag_p99_seconds)',
  'max(taskward_housekeeping_last_success_seconds)',
]

const dataDir = await mkdtemp(join(tmpdir(), 'taskward-metrics-'))
const [port, metricsPort, prometheusPort] = [
  await findFreePort(),
  await findFreePort(),
  await findFreePort(),
]
const taskward = await startInstance('bundle', dataDir, port, {
  PROCESSES: '2',
  METRICS_PORT: String(metricsPort),
  METRICS_TOKEN: token,
})
try {
  checkFormat(await readMetrics())
  const prometheus = await startPrometheus(prometheusPort, metricsPort, token)
  try {
    for (let n = 0; n < 100; n++) await send('query Often { __typename }')
    for (const expression of expressions) {
      console.log(`\n${expression}`)
      for (const { metric, value } of await prometheus.await(expression))
        console.log(`  ${JSON.stringify(metric)} ${value}`)
    }
  } finally {
    await prometheus.stop()
  }
} finally {
  await taskward.end('SIGTERM')
  await rm(dataDir, { recursive: true })
}

async function readMetrics(): Promise<string> {
  const headers = { Authorization: `Bearer ${token}` }
  return (await fetch(`http://127.0.0.1:${metricsPort}/metrics`, { headers })).text()
}

/** promtool is in the same package. It also reports names that break the conventions. */
function checkFormat(text: string): void {
  const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], { input: text })
  console.log(`promtool check metrics: exit code ${status}\n${stdout}${stderr}`)
  if (status !== 0 && status !== 3) throw new Error('The metrics are not in the text format.') // 3: conventions
}

async function send(query: string): Promise<void> {
  const headers = { 'Content-Type': 'application/json' }
  const init = { method: 'POST', headers, body: JSON.stringify({ query }) }
  await (await fetch(`${taskward.url}/graphql`, init)).text()
}
