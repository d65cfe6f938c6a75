import cluster from 'node:cluster'
import { setTimeout as sleep } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { type Env, readEnv } from './env.ts'
import { requireFreePort } from './http/listen.ts'
import { createLog } from './log/log.ts'
import { startProcesses } from './processes/supervisor.ts'
import { collectFromAll, ignoreSignals, obeyMainProcess } from './processes/worker.ts'
import { startTaskward, type Taskward } from './taskward.ts'

type Running = Pick<Taskward, 'url' | 'endReadiness' | 'close'>

const maxStopMs = 10_000
/** npm repeats the terminal's Ctrl-C immediately. A signal within this time is that repetition. */
const repetitionMs = 500

// V8 optimizes a function after it has run this many bytes of bytecode; default 135,168. The server is
// then warm after 1,000 requests, not 3,000: docs/decisions/0034-warm-sooner.md.
setFlagsFromString('--interrupt-budget=20000')

try {
  if (process.argv[2] === 'users') await manageUsers(process.argv.slice(3))
  else if (cluster.isWorker) await serveAsWorker()
  else await serve()
} catch (error) {
  console.error(`Taskward did not start. ${error instanceof Error ? error.message : error}`)
  process.exit(1)
}

/** A command of an operator, here because `dist` has one program. */
async function manageUsers(args: string[]): Promise<void> {
  const { runUsers } = await import('./commands/users.ts')
  process.exitCode = await runUsers(args)
}

async function serve(): Promise<void> {
  const env = readEnv()
  const log = createLog(env)
  const starting = new AbortController()
  const { signal } = starting
  let taskward: Running | undefined
  let stoppingSince = Number.POSITIVE_INFINITY
  const stop = (name: NodeJS.Signals) => {
    // A second signal exits without waiting.
    if (performance.now() - stoppingSince > repetitionMs) process.exit(1)
    if (stoppingSince < performance.now()) return
    stoppingSince = performance.now()
    log.info({ signal: name }, 'Stopping')
    starting.abort(new Error('A signal stopped the start.'))
    if (taskward) void leave(taskward, env)
  }
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)

  await requireFreePort(env)
  const start = env.processes === 1 ? startTaskward : startProcesses
  try {
    taskward = await start(env, log, signal)
  } catch (error) {
    if (signal.aborted) process.exit(0)
    throw error
  }
  if (signal.aborted) return exitAfter(taskward)
  log.info(`Taskward is ready at ${taskward.url}`)
}

/** One of several processes, started and stopped by processes/supervisor.ts. */
async function serveAsWorker(): Promise<void> {
  ignoreSignals()
  const env = readEnv()
  const taskward = await startTaskward(env, createLog(env), undefined, {
    collectAll: collectFromAll,
  })
  obeyMainProcess(taskward, () => exitAfter(taskward))
}

/** A load balancer first sees that the instance is not ready, and sends requests to others. */
async function leave(taskward: Running, { shutdownDelaySeconds }: Env): Promise<void> {
  taskward.endReadiness()
  await sleep(shutdownDelaySeconds * 1_000)
  await exitAfter(taskward)
}

async function exitAfter({ close }: Pick<Running, 'close'>): Promise<void> {
  await Promise.race([close(), sleep(maxStopMs)])
  process.exit(0)
}
