import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, it, onTestFinished, vi } from 'vitest'
import { testDatabase } from '#db/testing/database.ts'
import type { Viewer } from '#schema/context.ts'
import { createGraphql } from '../graphql/yoga.ts'
import { postMcp, toolCall } from '../testing/mcp.ts'
import { createMcp } from './handler.ts'

const viewer: Viewer = {
  id: 'ada',
  email: undefined,
  scopes: ['tasks:read'],
  tokenOrigins: [],
  actor: { kind: 'APP', id: 'an app', name: 'An app' } as const,
  clientId: 'assistant',
  expiresAt: Date.now() + 60_000,
}

it('a tool call verifies its token once', async () => {
  const { db, close } = await testDatabase()
  onTestFinished(close)
  const authenticate = vi.fn(async () => viewer)
  const baseUrl = 'http://localhost:4000'
  const graphql = createGraphql({
    db,
    baseUrl,
    addressOf: () => '127.0.0.1',
    onExceededLimit: () => {},
    authenticate,
    subscribeToTasks: () => Promise.reject(new Error('This test opens no stream.')),
  })
  const server = createServer(createMcp({ graphql, authenticate, baseUrl })).listen(0)
  onTestFinished(() => void server.close())
  const { port } = server.address() as AddressInfo
  const response = await postMcp({ url: `http://localhost:${port}` }, toolCall('list_labels'))
  expect((await response.json()).result.structuredContent).toEqual({ labels: [] })
  expect(authenticate).toHaveBeenCalledTimes(1)
})
