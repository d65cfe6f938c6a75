import { useSyncExternalStore } from 'react'
import { createSignal } from '../ui/signal.ts'
import { postOperation } from './post-operation.ts'

/** An access token that replaces the page's token, with its scopes. */
export type Identity = { token: string; scopes: readonly string[] }

// In memory only: a reload drops it.
let identity: Identity | undefined
const changed = createSignal()

export const currentIdentity = () => identity

/** Undefined: the signed-in user, with the page's token. */
export function becomeIdentity(next: Identity | undefined): void {
  identity = next
  changed.emit()
}

export function useIdentity(): Identity | undefined {
  return useSyncExternalStore(changed.subscribe, currentIdentity)
}

/** Checks a token with the API. A string: the reason of a refusal. */
export async function tryToken(token: string): Promise<Identity | string> {
  const operation = { query: '{ viewer { scopes } }' }
  const headers = new Headers({ authorization: `Bearer ${token}` })
  const response = await postOperation(operation, headers).catch(() => undefined)
  if (!response) return 'The server cannot be reached. Try again in a moment.'
  const { data, errors } = await response.json()
  return errors?.[0] ? String(errors[0].message) : { token, scopes: data.viewer.scopes }
}
