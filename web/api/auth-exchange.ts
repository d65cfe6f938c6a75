import { authExchange } from '@urql/exchange-auth'
import type { CombinedError, Exchange, Operation } from 'urql'
import { dropToken, heldToken, SessionEnded, token } from '../session/session.ts'

/**
 * Puts the account's token on every operation; renews it when it is due or was refused, once for
 * all that wait, and retries what was refused once. When there is no session of this account any
 * more nothing is sent: what waits fails with a `SessionEnded` as its network error.
 */
export function authorize(accountId: string): Exchange {
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
