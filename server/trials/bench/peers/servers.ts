import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { serverCore, withCore } from './cores.ts'
import { type Dialect, taskDialect } from './operations.ts'
import { postgraphileDialect } from './postgraphile-dialect.ts'
import { buildVariant, isVariant, variantNames } from './variants.ts'

const peerNames = ['limit', 'mercurius', 'apollo', 'yoga', 'postgraphile'] as const
export const serverNames = [...peerNames, ...variantNames]
export type ServerName = (typeof serverNames)[number]
/** Those that are compared by default. The first one is the base of the ratios. */
export const comparedNames: ServerName[] = ['limit', 'taskward', ...peerNames.slice(1)]

export type Server = {
  name: ServerName
  dialect: Dialect
  url: string
  pid: number
  stop: () => Promise<void>
}

const dialects: Partial<Record<ServerName, Dialect>> = { postgraphile: postgraphileDialect }

/** The other servers keep no history and no counts, so their connections run no triggers. */
const withoutTriggers = { PGOPTIONS: '-c session_replication_role=replica' }

/** Starts a server and waits until it answers. */
export async function startServer(
  name: ServerName,
  port: number,
  environment: Record<string, string>,
): Promise<Server> {
  const { script, variables } = isVariant(name)
    ? await buildVariant(name)
    : { script: join(import.meta.dirname, `programs/${name}.mjs`), variables: withoutTriggers }
  const [command, args] = withCore(serverCore, process.execPath, [script])
  const child = spawn(command, args, {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...environment, ...variables, NODE_ENV: 'production', PORT: String(port) },
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
