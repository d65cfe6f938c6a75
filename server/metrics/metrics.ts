import cluster from 'node:cluster'
import type { Pool } from 'pg'
import { AggregatorRegistry, Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client'
import { createRequestMetrics, type ObserveRequest } from './request-metrics.ts'

type PoolState = Pick<Pool, 'totalCount' | 'idleCount' | 'waitingCount'>

/** What the parts of the server count themselves. It is read at each scrape. */
export type MetricSources = {
  /** By the value of the label `pool`. */
  pools: Record<string, PoolState>
  /** Undefined: the operator turned rate limits off. By the value of the label `budget`. */
  budgets: Record<string, { refusals: number } | undefined>
  streams: { size: number }
  revocation: { ageMs: number }
}

/** The metrics of one process, as data that a process can send to another. */
export type ProcessMetrics = Awaited<ReturnType<Registry['getMetricsAsJSON']>>

export type Metrics = {
  observeRequest: ObserveRequest
  /** Call it after each round of housekeeping with the number of deleted rows by kind. */
  countDeleted: (deleted: Record<string, number>) => void
  collect: () => Promise<ProcessMetrics>
}

/** The metrics of this process. docs/operations.md lists them. */
export function createMetrics(sources: MetricSources): Metrics {
  const registry = new Registry()
  // The counters of a process that ended are missing in a sum, which Prometheus takes for a restart
  // of all. So each process has its own series.
  if (cluster.worker) registry.setDefaultLabels({ process: String(cluster.worker.id) })
  collectDefaultMetrics({ register: registry })
  addStates(registry, sources)
  return {
    observeRequest: createRequestMetrics(registry),
    countDeleted: createDeletionMetrics(registry),
    collect: () => registry.getMetricsAsJSON(),
  }
}

/** The text of the metrics of one or more processes, in the text format of Prometheus. */
export function formatMetrics(processes: ProcessMetrics[]): Promise<string> {
  // With several processes, their label keeps all series apart, so there is nothing to add up.
  const merged = processes.map((metrics) =>
    metrics.map((metric) => ({ ...metric, aggregator: 'first' })),
  )
  return AggregatorRegistry.aggregate(merged).metrics()
}

export const contentType = Registry.PROMETHEUS_CONTENT_TYPE

function addStates(registry: Registry, { pools, budgets, streams, revocation }: MetricSources) {
  const registers = [registry]
  new Gauge({
    name: 'taskward_pool_connections',
    help: 'Connections to the database, by pool and state (idle, busy).',
    labelNames: ['pool', 'state'],
    registers,
    collect() {
      for (const [pool, { totalCount, idleCount }] of Object.entries(pools)) {
        this.set({ pool, state: 'idle' }, idleCount)
        this.set({ pool, state: 'busy' }, totalCount - idleCount)
      }
    },
  })
  new Gauge({
    name: 'taskward_pool_waiting',
    help: 'Statements that wait for a connection, by pool.',
    labelNames: ['pool'],
    registers,
    collect() {
      for (const [pool, { waitingCount }] of Object.entries(pools)) this.set({ pool }, waitingCount)
    },
  })
  new Gauge({
    name: 'taskward_streams',
    help: 'Open streams of subscriptions.',
    registers,
    collect() {
      this.set(streams.size)
    },
  })
  new Gauge({
    name: 'taskward_revocation_age_seconds',
    help: 'Time since the process knew every ended session. Tokens are refused when it is above 1.',
    registers,
    collect() {
      this.set(revocation.ageMs / 1_000)
    },
  })
  new Counter({
    name: 'taskward_budget_refusals_total',
    help: 'Requests and events that were refused because the client had too few points.',
    labelNames: ['budget'],
    registers,
    collect() {
      this.reset()
      for (const [budget, state] of Object.entries(budgets))
        if (state) this.inc({ budget }, state.refusals)
    },
  })
}

function createDeletionMetrics(registry: Registry): Metrics['countDeleted'] {
  const registers = [registry]
  const deletions = new Counter({
    name: 'taskward_housekeeping_deleted_total',
    help: 'Old rows that housekeeping has deleted, by kind.',
    labelNames: ['kind'],
    registers,
  })
  const lastSuccess = new Gauge({
    name: 'taskward_housekeeping_last_success_seconds',
    help: 'Unix time of the last complete round of housekeeping in this process. 0: none yet.',
    registers,
  })
  return (deleted) => {
    for (const [kind, count] of Object.entries(deleted)) deletions.inc({ kind }, count)
    lastSuccess.setToCurrentTime()
  }
}
