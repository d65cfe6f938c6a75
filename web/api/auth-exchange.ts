import { authExchange } from '@urql/exchange-auth'
import type { CombinedError, Exchange, Operation } from 'urql'
import { dropToken, heldToken, SessionEnded, token } from '../session/session.ts'

/**
 * Adds the account's token to every operation. Renews it when it is due or was refused, once for all
 * waiting operations, and retries a refused operation once. When the account's session has ended,
 * it sends nothing: waiting operations fail with `SessionEnded` as their network error.
 */
export function createAuthExchange(accountId: string): Exchange {
  const ownToken = () => {
    const held = heldToken()
    return held?.accountId === accountId ? held : undefined
  }
  return authExchange(async ({ appendHeaders }) => ({
    willAuthError: () => !ownToken()?.fresh,
    didAuthError(error, operation) {
      if (!isUnauthenticated(error)) return false
      dropToken(tokenOf(operation))
      return true
    },
    async refreshAuth() {
      await token()
      if (!ownToken()) throw new SessionEnded()
    },
    addAuthToOperation(operation) {
      const held = ownToken()
      return held ? appendHeaders(operation, { Authorization: `Bearer ${held.jwt}` }) : operation
    },
  }))
}

function isUnauthenticated({ response, graphQLErrors }: CombinedError): boolean {
  return (
    response?.status === 401 ||
    graphQLErrors.some(({ extensions }) => extensions.code === 'UNAUTHENTICATED')
  )
}

function tokenOf({ context: { fetchOptions } }: Operation): string {
  const options = typeof fetchOptions === 'function' ? fetchOptions() : fetchOptions
  return new Headers(options?.headers).get('authorization')?.replace(/^Bearer /, '') ?? ''
}
