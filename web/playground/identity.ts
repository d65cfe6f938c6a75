import { useSyncExternalStore } from 'react'
import { createSignal } from '../ui/signal.ts'
import { postOperation } from './post-operation.ts'

/** A token that the playground calls with in place of the page's own, and what it may do. */
export type Identity = { token: string; scopes: readonly string[] }

// In memory only: it is gone with the page.
let identity: Identity | undefined
const changed = createSignal()

export const currentIdentity = () => identity

/** Undefined: whoever is signed in, with the page's token. */
export function becomeIdentity(next: Identity | undefined): void {
  identity = next
  changed.emit()
}

export function useIdentity(): Identity | undefined {
  return useSyncExternalStore(changed.subscribe, currentIdentity)
}

/** Asks the API whose token it is, so to speak. A string: why it cannot be used, as the API says it. */
export async function tryToken(token: string): Promise<Identity | string> {
  const operation = { query: '{ viewer { scopes } }' }
  const headers = new Headers({ authorization: `Bearer ${token}` })
  const response = await postOperation(operation, headers).catch(() => undefined)
  if (!response) return 'The server cannot be reached. Try again in a moment.'
  const { data, errors } = await response.json()
  return errors?.[0] ? String(errors[0].message) : { token, scopes: data.viewer.scopes }
}
