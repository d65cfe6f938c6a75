import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { serverCore, withCore } from './cores.ts'
import { type Dialect, taskDialect } from './operations.ts'
import { postgraphileDialect } from './postgraphile-dialect.ts'

export const serverNames = [
  'limit',
  'taskward',
  'mercurius',
  'apollo',
  'yoga',
  'postgraphile',
] as const
export type ServerName = (typeof serverNames)[number]

export type Server = {
  name: ServerName
  dialect: Dialect
  url: string
  pid: number
  stop: () => Promise<void>
}

const bundle = join(import.meta.dirname, '../../../../dist/server/main.js')
const dialects: Partial<Record<ServerName, Dialect>> = { postgraphile: postgraphileDialect }

/** Starts a server and waits until it answers. */
export async function startServer(
  name: ServerName,
  port: number,
  environment: Record<string, string>,
): Promise<Server> {
  const script = name === 'taskward' ? bundle : join(import.meta.dirname, `programs/${name}.mjs`)
  const [command, args] = withCore(serverCore, process.execPath, [script])
  const child = spawn(command, args, {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...environment, ...productVariables, NODE_ENV: 'production', PORT: String(port) },
  })
  const stop = () => stopProcess(child)
  const url = `http://127.0.0.1:${port}`
  try {
    await waitUntilReady(url, child)
  } catch (error) {
    await stop()
    throw error
  }
  return { name, dialect: dialects[name] ?? taskDialect, url, pid: Number(child.pid), stop }
}

/** Points are counted, but no client runs out of them. */
const productVariables = { GRAPHQL_POINTS_PER_MINUTE: '2000000000' }

const maxStartMs = 60_000

async function waitUntilReady(url: string, child: ChildProcess): Promise<void> {
  for (const since = Date.now(); Date.now() - since < maxStartMs; await sleep(50)) {
    if (child.exitCode !== null) throw new Error(`${child.spawnargs.join(' ')} has ended.`)
    if (await fetch(`${url}/graphql`, { method: 'POST' }).catch(() => undefined)) return
  }
  throw new Error(`${child.spawnargs.join(' ')} does not answer.`)
}

export async function stopProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGTERM')
  await once(child, 'exit')
}

export function findFreePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}
