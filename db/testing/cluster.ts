import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { connect, type Log } from '../client.ts'
import { clusterAt, isAlive } from '../embedded/cluster.ts'
import { startEmbedded } from '../embedded/embedded.ts'
import { stopServer } from '../embedded/server.ts'
import { migrate } from '../migrate.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** URL of the cluster of this test run, as superuser. */
    adminUrl: string
  }
}

export const templateName = 'template_taskward'

export const silentLog: Log = { info() {}, warn() {}, error() {} }

const prefix = 'taskward-tests-'

// The data does not need to survive the run.
const settings = { fsync: 'off', full_page_writes: 'off', synchronous_commit: 'off' }

/** Starts one PostgreSQL for the run, with a migrated template database. Vitest calls this before all tests. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  await removeAbandonedClusters()
  const dataDir = await mkdtemp(join(tmpdir(), `${prefix}${process.pid}-`))
  const embedded = await startEmbedded({ dataDir, log: silentLog, settings })
  await createTemplate(embedded.url)
  project.provide('adminUrl', embedded.url)
  return async () => {
    await embedded.stop()
    await rm(dataDir, { recursive: true })
  }
}

/** The URL of another database on the same server, with the same credentials. */
export function databaseUrl(adminUrl: string, name: string): string {
  const url = new URL(adminUrl)
  url.pathname = name
  return url.href
}

async function createTemplate(adminUrl: string): Promise<void> {
  const admin = connect(adminUrl, silentLog)
  await admin.pool.query(`create database ${templateName}`)
  await admin.close()
  const template = connect(databaseUrl(adminUrl, templateName), silentLog)
  await migrate(template)
  await template.close()
}

/** Runs that were killed leave their servers behind. */
async function removeAbandonedClusters(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const pid = Number(name.slice(prefix.length).split('-')[0])
    if (!name.startsWith(prefix) || isAlive(pid)) continue
    await stopServer(clusterAt(join(tmpdir(), name, 'postgres')))
    await rm(join(tmpdir(), name), { recursive: true, force: true })
  }
}
