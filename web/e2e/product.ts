import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { findFreePort } from '#db/embedded/free-port.ts'

type Child = ChildProcessByStdio<null, Readable, Readable>

/** Taskward as `npm start` runs it, with its own database, which survives a stop. */
export type Product = {
  url: string
  /** Where it keeps its database. */
  folder: string
  /** Does nothing if it runs already. */
  start: () => Promise<void>
  /** Does nothing if it does not run. */
  stop: () => Promise<void>
  /** Stops it and deletes its data. */
  dispose: () => Promise<void>
}

/**
 * `host`: a name other than localhost, as in a home network. Only the browser knows it (chromium.ts).
 * `variables`: more of its environment.
 */
export async function startProduct(
  host = 'localhost',
  variables: Record<string, string> = {},
): Promise<Product> {
  const folder = await mkdtemp(join(tmpdir(), 'taskward-e2e-'))
  const port = await findFreePort()
  const url = `http://${host}:${port}`
  let child: Child | undefined
  let closed: Promise<unknown> | undefined
  const product: Product = {
    url,
    folder,
    async start() {
      if (child) return
      child = npmStart({
        TASKWARD_DATA_DIR: folder,
        PORT: String(port),
        BETTER_AUTH_URL: host === 'localhost' ? '' : url,
        ...variables,
      })
      closed = once(child, 'close') // from the start: it may exit before it is stopped
      await untilReady(child)
    },
    async stop() {
      if (!child) return
      child.kill('SIGTERM')
      // npm may exit before the server. The pipe closes when both have.
      await closed
      child = undefined
    },
    async dispose() {
      await product.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
  await product.start()
  return product
}

/** Overrides the environment of the tests, above all its database. */
function npmStart(variables: Record<string, string>): Child {
  const settings = {
    NODE_ENV: 'development',
    DATABASE_URL: '',
    BETTER_AUTH_SECRET: '',
    LOG_LEVEL: 'info',
    ...variables,
  }
  return spawn('npm', ['start'], {
    cwd: join(import.meta.dirname, '../..'),
    env: { ...process.env, ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

/** @throws Error with the output of a product that exits instead. */
function untilReady(child: Child): Promise<void> {
  let printed = ''
  return new Promise((resolve, reject) => {
    const read = (chunk: Buffer) => {
      printed += chunk
      if (printed.includes('Taskward is ready at')) resolve()
    }
    child.stdout.on('data', read)
    child.stderr.on('data', read)
    child.once('exit', () => reject(new Error(`The product did not start.\n${printed}`)))
  })
}
