import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { promisify } from 'node:util'
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { clusterAt, isAlive, readPostmaster } from '#db/embedded/cluster.ts'
import { findFreePort } from '#db/embedded/free-port.ts'
import { stopServer } from '#db/embedded/server.ts'

/* The built product, before it is ready. */

beforeAll(async () => {
  await promisify(execFile)(process.execPath, ['server/scripts/build.mjs', '--if-stale'])
}, 180_000)

describe.each(['1', '2'])('a start with PROCESSES=%s', (processes) => {
  it('ends at a SIGTERM, with its embedded PostgreSQL', async () => {
    const dataDir = await emptyDirectory()
    const child = start({ TASKWARD_DATA_DIR: dataDir, PROCESSES: processes, PORT: await port() })
    const cluster = clusterAt(join(dataDir, 'postgres'))
    const findPid = async () => (await readPostmaster(cluster))?.pid
    await expect.poll(findPid, { interval: 10, timeout: 20_000 }).toBeGreaterThan(0)
    const pid = Number(await findPid())
    child.process.kill('SIGTERM')
    const { code, output } = await child.ended
    expect(output).not.toContain('Taskward is ready')
    expect(code).toBe(0)
    await expect.poll(() => isAlive(pid), { timeout: 10_000 }).toBe(false)
  }, 60_000)

  it('finds a taken port before it creates a database', async () => {
    const dataDir = await emptyDirectory()
    const other = createServer().listen(0)
    await once(other, 'listening')
    onTestFinished(() => void other.close())
    const taken = String((other.address() as { port: number }).port)
    const child = start({ TASKWARD_DATA_DIR: dataDir, PROCESSES: processes, PORT: taken })
    const { code, output } = await child.ended
    expect(output).toBe(
      `Taskward did not start. Port ${taken} is in use. Stop the program that uses it, or set PORT.\n`,
    )
    expect(code).toBe(1)
    expect(await readdir(dataDir)).toEqual([])
  }, 60_000)
})

it('names HOST when it is no address of this machine', async () => {
  const dataDir = await emptyDirectory()
  const child = start({ TASKWARD_DATA_DIR: dataDir, HOST: '192.0.2.1', PORT: await port() })
  expect((await child.ended).output).toContain('HOST is 192.0.2.1, which is no address of this')
})

const port = async () => String(await findFreePort())

async function emptyDirectory(): Promise<string> {
  const dataDir = await mkdtemp(join(tmpdir(), 'taskward-start-'))
  onTestFinished(async () => {
    await stopServer(clusterAt(join(dataDir, 'postgres')))
    await rm(dataDir, { recursive: true })
  })
  return dataDir
}

function start(variables: Record<string, string>) {
  const child = spawn(process.execPath, ['dist/server/main.js'], {
    env: { PATH: process.env.PATH, ...variables },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const ended = Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]).then(
    ([out, err, [code]]) => ({ output: out + err, code }),
  )
  return { process: child, ended }
}
