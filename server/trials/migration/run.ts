import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { connect } from '#db/client.ts'
import { findFreePort } from '#db/embedded/free-port.ts'
import { startDatabase } from '../database.ts'
import { type Instance, startInstance } from '../faults/instance.ts'
import { askGraphql, signUp, type Writer } from '../faults/load.ts'
import { seedTasks } from './rows.ts'
import { startTraffic } from './traffic.ts'
import { buildVersion, findVersionBefore } from './version-before.ts'

/*
 * `npm run test:migration [-- --tasks 1000000] [--from <tag or commit>]`: upgrades from the version before
 * under traffic, as a rolling update does: the new version starts beside the old one and migrates, both
 * serve, the old one stops, and lists are prepared. Prints the longest wait and the refused requests of
 * each phase. Exits with 1 if a request was refused, or a task is not found afterwards.
 */

const { values } = parseArgs({
  options: {
    tasks: { type: 'string', default: '1000000' },
    from: { type: 'string', default: findVersionBefore() },
  },
})
const log = { info() {}, warn: console.warn, error: console.error }
const steadyMs = 5_000
const maxPreparationMs = 300_000

const folder = await mkdtemp(join(tmpdir(), 'taskward-upgrade-'))
const dataDir = join(folder, 'data')
const running = new Set<Instance>()
const { url: databaseUrl, stop } = await startDatabase({ dataDir, log })
try {
  const sources = await mkdtemp(join(folder, 'sources-'))
  await buildVersion(values.from, sources)
  const before = await start(sources)
  const [ada, bob] = [await signUp(before.url, 'ada'), await signUp(before.url, 'bob')]
  await seed(ada, bob)

  const traffic = startTraffic([ada, bob], `before (${values.from})`, [before.url])
  await sleep(steadyMs)
  traffic.enter('the new version starts and migrates', [before.url])
  const after = await start()
  traffic.enter('both serve', [before.url, after.url])
  await sleep(steadyMs)
  traffic.enter('the version before stops', [after.url])
  const code = await end(before)
  traffic.enter('lists are prepared', [after.url])
  await untilPrepared(after)
  traffic.enter('after', [after.url])
  await sleep(steadyMs)
  await traffic.stop()

  console.table(traffic.phases)
  for (const refusal of traffic.refusals.slice(0, 5)) console.log(refusal)
  const counts = await Promise.all(['straße', 'STRASSE'].map((text) => count(after, ada, text)))
  console.log(`Found ${counts.join(' and ')} tasks by "straße" and "STRASSE".`)
  if (traffic.refusals.length > 0 || code !== 0 || counts[0] !== counts[1] || !counts[0])
    process.exitCode = 1
} finally {
  for (const instance of running) await end(instance)
  await stop()
  await rm(folder, { recursive: true })
}

async function start(sources?: string): Promise<Instance> {
  const settings = {
    DATABASE_URL: databaseUrl,
    BETTER_AUTH_SECRET: 'secret of both versions in this trial',
    BETTER_AUTH_URL: 'http://localhost:4000', // the issuer of tokens for both
    GRAPHQL_POINTS_PER_MINUTE: '10000000',
  }
  const instance = await startInstance('bundle', dataDir, await findFreePort(), settings, sources)
  running.add(instance)
  return instance
}

async function end(instance: Instance): Promise<number | null> {
  running.delete(instance)
  return instance.end('SIGTERM')
}

async function seed(many: Writer, few: Writer): Promise<void> {
  const database = connect(databaseUrl, log)
  const owners = { many: subjectOf(many), few: subjectOf(few) }
  await seedTasks(database, { ...owners, count: Number(values.tasks) })
  await database.close()
}

function subjectOf({ token }: Writer): string {
  const [, payload = ''] = token.split('.')
  return JSON.parse(Buffer.from(payload, 'base64url').toString()).sub
}

/** @throws Error after five minutes. */
async function untilPrepared({ output }: Instance): Promise<void> {
  const giveUpAt = performance.now() + maxPreparationMs
  while (!output().includes('Lists were prepared')) {
    if (performance.now() > giveUpAt) throw new Error(`Lists were not prepared.\n${output()}`)
    await sleep(100)
  }
}

async function count({ url }: Instance, writer: Writer, search: string): Promise<number> {
  const query = 'query ($search: String!) { tasks(filter: { search: $search }) { totalCount } }'
  const { body } = await askGraphql({ ...writer, url }, query, { search })
  return JSON.parse(body).data.tasks.totalCount
}
