import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { stopProcess } from '../peers/servers.ts'

/** The built product in a process of its own, as `npm start` runs it in production. */
export type MeasuredProduct = {
  url: string
  /** Milliseconds from the start of the process until the log says that it is ready. */
  readyMs: number
  /** Processor time of all threads so far, in milliseconds, with a resolution of nanoseconds. */
  cpuMs: () => Promise<number>
  /** Resident memory in bytes, from /proc. */
  residentBytes: () => Promise<number>
  /** Memory after garbage collection. Only with `isProbed`. */
  collectedMemory: () => Promise<NodeJS.MemoryUsage>
  stop: () => Promise<void>
}

type Options = {
  databaseUrl: string
  /** The same for each start, if its tokens must stay valid. */
  port: number
  /** Loads memory-probe.mjs, which costs some start time and memory. */
  isProbed?: boolean
  settings?: Record<string, string>
}

const root = join(import.meta.dirname, '../../../..')
const probe = ['--expose-gc', '--import', join(import.meta.dirname, 'memory-probe.mjs')]
const program = join(root, 'dist/server/main.js')

export async function startMeasured(options: Options): Promise<MeasuredProduct> {
  const { databaseUrl, port, isProbed = false, settings } = options
  const url = `http://localhost:${port}`
  const startedAt = performance.now()
  const child = spawn(process.execPath, [...(isProbed ? probe : []), program], {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    env: {
      NODE_ENV: 'production',
      PORT: String(port),
      DATABASE_URL: databaseUrl,
      BETTER_AUTH_URL: url,
      BETTER_AUTH_SECRET: 'the same secret for each start of the measured product',
      GRAPHQL_POINTS_PER_MINUTE: '2000000000', // counted, but no client runs out
      SIGN_UPS_PER_HOUR: '0',
      ...settings,
    },
  })
  await untilReady(child)
  const readyMs = performance.now() - startedAt
  const folder = `/proc/${child.pid}`
  return {
    url,
    readyMs,
    cpuMs: () => readCpuMs(folder),
    residentBytes: () => readResidentBytes(folder),
    collectedMemory: async () => {
      child.send('memory')
      const [memory] = await once(child, 'message')
      return memory
    },
    stop: () => stopProcess(child),
  }
}

async function untilReady(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit').then(() => {
    throw new Error('Taskward ended before it was ready.')
  })
  const ready = new Promise<void>((resolve) => {
    // Reading on keeps the pipe from filling up.
    child.stdout?.on('data', (chunk) => {
      if (String(chunk).includes('Taskward is ready')) resolve()
    })
  })
  await Promise.race([ready, ended])
  ended.catch(() => {}) // the end of the measurement
}

/** Of the threads that run now: the product ends none. */
async function readCpuMs(folder: string): Promise<number> {
  const threads = await readdir(`${folder}/task`)
  const stats = await Promise.all(
    threads.map((thread) => readFile(`${folder}/task/${thread}/schedstat`, 'utf8')),
  )
  return stats.reduce((sum, stat) => sum + Number(stat.split(' ')[0]) / 1e6, 0)
}

async function readResidentBytes(folder: string): Promise<number> {
  const status = await readFile(`${folder}/status`, 'utf8')
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) * 1024
}
