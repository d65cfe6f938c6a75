import { once } from 'node:events'
import { createServer } from 'node:net'
import { expect, it, onTestFinished } from 'vitest'
import { findFreePort, firstPort } from './free-port.ts'

it('finds ports that no listen on port 0 is given, so they stay free', async () => {
  const ports = await Promise.all(Array.from({ length: 50 }, findFreePort))
  const server = createServer().listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  const address = server.address()
  const given = typeof address === 'object' ? (address?.port ?? 0) : 0
  expect(Math.max(...ports)).toBeLessThan(32_000)
  expect(given).toBeGreaterThanOrEqual(32_000)
})

it('finds a port that a server can listen on', async () => {
  const server = createServer().listen(await findFreePort(), '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
})

it('draws above the last port that fetch refuses', async () => {
  const refusal = await fetch('http://127.0.0.1:10080/').catch((error: Error) => error.cause)
  expect(String(refusal)).toContain('bad port')
  expect(firstPort).toBeGreaterThan(10_080)
})
