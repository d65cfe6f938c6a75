import { connect } from 'node:net'
import { describe, expect, it } from 'vitest'
import { findFreePort } from '#db/embedded/free-port.ts'
import { requireFreePort } from './listen.ts'

/** Connects as a proxy does that tries whether an instance is back. */
function tryPort(port: number): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1' })
  return new Promise<string>((resolve) => {
    socket.once('connect', () => resolve('connected'))
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(String(error.code)))
  }).finally(() => socket.destroy())
}

describe('requireFreePort', () => {
  it('connects no client to the port that it checks', async () => {
    const port = await findFreePort()
    let isDone = false
    const checks = async () => {
      for (let n = 0; n < 50; n++) await requireFreePort({ port, host: undefined })
      isDone = true
    }
    const outcomes = new Set<string>()
    const tries = async () => {
      while (!isDone) outcomes.add(await tryPort(port))
    }
    await Promise.all([checks(), tries(), tries()])
    expect([...outcomes]).toEqual(['ECONNREFUSED'])
  })
})
