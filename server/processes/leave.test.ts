import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { findFreePort } from '#db/embedded/free-port.ts'
import { startInstance } from '../trials/faults/instance.ts'

/* The built product between the signal to stop and its end. */

beforeAll(async () => {
  await promisify(execFile)(process.execPath, ['server/scripts/build.mjs', '--if-stale'])
}, 180_000)

describe.each(['1', '2'])('an instance with PROCESSES=%s', (processes) => {
  it('is not ready after a SIGTERM and serves requests for SHUTDOWN_DELAY_SECONDS', async () => {
    const product = await start({ PROCESSES: processes, SHUTDOWN_DELAY_SECONDS: '3' })
    const read = async (path: string) => (await fetch(product.url + path)).status
    expect(await read('/health/ready')).toBe(200)
    const ended = product.end('SIGTERM')
    await expect.poll(() => read('/health/ready'), { interval: 20 }).toBe(503)
    // With two processes, connections go to them in turn.
    const paths = Array.from({ length: 8 }, (_, i) => (i % 2 ? '/health/ready' : '/health/live'))
    const statuses = new Set<string>()
    for (const path of paths) statuses.add(`${path} ${await read(path)}`)
    expect(statuses).toEqual(new Set(['/health/ready 503', '/health/live 200']))
    expect(await ended).toBe(0)
  }, 60_000)
})

it('keeps idle connections open for KEEP_ALIVE_SECONDS', async () => {
  const product = await start({ KEEP_ALIVE_SECONDS: '75' })
  const { headers } = await fetch(`${product.url}/health/live`)
  expect(headers.get('Keep-Alive')).toBe('timeout=75')
  await product.end('SIGTERM')
}, 60_000)

async function start(settings: Record<string, string>) {
  const dataDir = await mkdtemp(join(tmpdir(), 'taskward-leave-'))
  const product = await startInstance('bundle', dataDir, await findFreePort(), settings)
  onTestFinished(async () => {
    await product.end('SIGKILL')
    await rm(dataDir, { recursive: true })
  })
  return product
}
