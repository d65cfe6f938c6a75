import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { graphql } from 'graphql'
import { pino } from 'pino'
import type { Db } from '#db/client.ts'
import { withoutRls } from '#db/testing/without-rls.ts'
import { schema } from '#schema/index.ts'
import { everyScope } from '#schema/scopes.ts'
import { readEnv } from '../../env.ts'
import { unmetered } from '../../limits/credential-limit.ts'
import { openMigrated } from '../../taskward.ts'
import { createVerifyCredential } from '../../tokens/credential.ts'
import { createVerifyToken } from '../../tokens/jwt.ts'
import { cacheVerifiedTokens } from '../../tokens/jwt-cache.ts'
import { createKeySet } from '../../tokens/key-set.ts'
import { createRevocation, type Revocation } from '../../tokens/revocation.ts'
import { bearerAuthentication } from '../../tokens/viewer.ts'
import { describeMachine } from './latency/report.ts'

/*
 * `npm run bench:rls`: the ratio by which row-level security slows a page of 20 of 200 tasks, and the
 * revocation check slows reading a token. Runs with and without alternate, so that other load on the
 * machine affects both equally.
 */

const rounds = 41
const dataDir = await mkdtemp(join(tmpdir(), 'taskward-bench-'))
const env = readEnv({ TASKWARD_DATA_DIR: dataDir, BETTER_AUTH_SECRET: 'x'.repeat(32) })
const { database, auth } = await openMigrated(env, pino({ level: 'silent' }))
try {
  console.log(describeMachine())
  await compare('row-level security', 400, {
    with: await pageReader(database.db),
    without: await pageReader(withoutRls(database)),
  })
  const token = await signUp()
  await compare('revocation', 20_000, {
    with: await tokenReader(token, busyRevocation()),
    without: await tokenReader(token, {
      ...busyRevocation(),
      isCurrent: () => true,
      isRevoked: () => false,
    }),
  })
} finally {
  await database.close()
  await rm(dataDir, { recursive: true })
}

type Work = () => Promise<unknown>

/** Prints the median CPU time of this process, and the median of the rounds' ratios. */
async function compare(what: string, count: number, work: { with: Work; without: Work }) {
  const measured: { with: number; without: number }[] = []
  for (let round = -3; round < rounds; round++) {
    const first = round % 2 === 0 ? 'with' : 'without'
    const times = { with: 0, without: 0 }
    times[first] = await microseconds(work[first], count)
    const second = first === 'with' ? 'without' : 'with'
    times[second] = await microseconds(work[second], count)
    if (round >= 0) measured.push(times) // negative rounds warm up
  }
  const [held, open, ratio] = [
    measured.map((times) => times.with),
    measured.map((times) => times.without),
    measured.map((times) => times.with / times.without),
  ].map((values) => median(values).toFixed(2))
  console.log(`${what}: ${held} µs with, ${open} µs without; ratio ${ratio}`)
}

/** CPU time of Node for one piece of work; 16 run concurrently. */
async function microseconds(work: Work, count: number): Promise<number> {
  const before = process.cpuUsage()
  let left = count
  const lane = async () => {
    while (left-- > 0) await work()
  }
  await Promise.all(Array.from({ length: 16 }, lane))
  const { user, system } = process.cpuUsage(before)
  return (user + system) / count
}

function median(values: number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}

async function pageReader(db: Db): Promise<Work> {
  const ownerId = randomUUID()
  const viewer = { id: ownerId, scopes: everyScope, sources: [] }
  const ask = async (db: Db, source: string) => {
    const { data, errors } = await graphql({ schema, source, contextValue: { db, viewer } })
    if (errors?.[0]) throw errors[0]
    return data
  }
  const create = 'mutation { createTask(input: { title: "Water the plants" }) { task { id } } }'
  for (let n = 0; n < 200; n++) await ask(database.db, create)
  return () => ask(db, '{ tasks { nodes { id title labels } pageInfo { endCursor } } }')
}

async function tokenReader(jwt: string, revocation: Revocation): Promise<Work> {
  const keys = createKeySet(() => auth.api.getJwks())
  const verify = cacheVerifiedTokens(createVerifyToken({ keys, baseUrl: env.baseUrl }), keys)
  const kinds = { jwt: verify, accessToken: verify, revocation, meterFor: () => unmetered }
  const authenticate = bearerAuthentication(createVerifyCredential(kinds), () => '')
  const request = { rawHeaders: ['authorization', `Bearer ${jwt}`] } as IncomingMessage
  return () => authenticate(request)
}

/** Has a thousand ended sessions, and stays current during the run. */
function busyRevocation(): Revocation {
  const revocation = createRevocation(() => 0)
  revocation.current(0)
  for (let n = 0; n < 1_000; n++) revocation.sessionEnded(randomUUID())
  return revocation
}

async function signUp(): Promise<string> {
  const ask = (path: string, init: RequestInit) =>
    auth.handler(new Request(`${env.baseUrl}/api/auth${path}`, init))
  const answer = await ask('/sign-up/email', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Origin: env.baseUrl },
    body: JSON.stringify({ name: 'Ada', email: 'ada@example.com', password: 'correct horse' }),
  })
  const cookie = answer.headers.getSetCookie().join('; ')
  const { token } = await (await ask('/token', { headers: { cookie } })).json()
  return token
}
