import { Client, type Exchange, fetchExchange } from 'urql'
import { chainUpdates } from '../api/chain-exchange.ts'
import { ada, type startServer } from './server.ts'

/** A client with a valid token, for tests of exchanges that need no session. */
export function createTestClient(server: ReturnType<typeof startServer>, exchanges: Exchange[]) {
  const authorization = `Bearer ${server.issueToken(ada)}`
  return new Client({
    url: '/graphql',
    preferGetMethod: false,
    fetch: (url, init) => fetch(url, { ...init, headers: { ...init?.headers, authorization } }),
    exchanges: [...exchanges, chainUpdates(), fetchExchange],
  })
}
