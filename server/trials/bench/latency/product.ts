import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { findFreePort } from '#db/embedded/free-port.ts'
import { closeLater } from '../../closing.ts'

export type Variables = Record<string, unknown>

/** Answers `data`. Throws on errors, because a refusal must not be measured. */
export type Query = (document: string, variables?: Variables) => Promise<Variables>

export type Product = {
  signUp: () => Promise<{ id: string; query: Query }>
  /** Resident memory of the Node process in MB, from /proc. */
  residentMegabytes: () => Promise<number>
  stop: () => Promise<void>
}

/** Starts the built application as `npm start` does in production, on an existing database. */
export async function startProduct(databaseUrl: string): Promise<Product> {
  const port = await findFreePort()
  const url = `http://localhost:${port}`
  const bundle = join(import.meta.dirname, '../../../../dist/server/main.js')
  const server = spawn(process.execPath, [bundle], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      NODE_ENV: 'production',
      PORT: String(port),
      DATABASE_URL: databaseUrl,
      BETTER_AUTH_URL: url,
      BETTER_AUTH_SECRET: randomUUID(),
      GRAPHQL_POINTS_PER_MINUTE: '0', // no limit: one client sends as fast as it can
    },
  })
  const stop = async () => {
    const ended = once(server, 'exit')
    if (server.kill('SIGTERM')) await ended
  }
  closeLater(stop)
  await waitUntilReady(url, server)
  return {
    signUp: () => signUp(url),
    residentMegabytes: () => residentMegabytes(server),
    stop,
  }
}

async function waitUntilReady(url: string, server: ChildProcess): Promise<void> {
  for (;;) {
    if (server.exitCode !== null) throw new Error('The server exited before it was ready.')
    const answer = await fetch(`${url}/health/ready`).catch(() => undefined)
    if (answer?.ok) return
    await sleep(50)
  }
}

async function signUp(url: string): Promise<{ id: string; query: Query }> {
  const signedUp = await fetch(`${url}/api/auth/sign-up/email`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Origin: url },
    body: JSON.stringify({
      name: 'Ada',
      email: `${randomUUID()}@example.com`,
      password: randomUUID(),
    }),
  })
  if (!signedUp.ok) throw new Error(`The sign-up failed: ${await signedUp.text()}`)
  const { user } = (await signedUp.json()) as { user: { id: string } }
  const cookie = signedUp.headers
    .getSetCookie()
    .map((line) => line.split(';')[0])
    .join('; ')
  return { id: user.id, query: createQuery(url, cookie) }
}

const renewalMs = 10 * 60_000 // a token lives for 15 minutes, and a run may take longer

function createQuery(url: string, cookie: string): Query {
  let token = ''
  let renewedAt = Number.NEGATIVE_INFINITY
  return async (document, variables) => {
    if (performance.now() - renewedAt > renewalMs) {
      const answer = await fetch(`${url}/api/auth/token`, { headers: { cookie } })
      token = ((await answer.json()) as { token: string }).token
      renewedAt = performance.now()
    }
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${token}` },
      body: JSON.stringify({ query: document, variables }),
    })
    const { data, errors } = (await response.json()) as { data?: Variables; errors?: unknown }
    if (!data || errors) throw new Error(`${document}\n${JSON.stringify(errors)}`)
    return data
  }
}

async function residentMegabytes({ pid }: ChildProcess): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) / 1024
}
