import type { DBAdapter } from 'better-auth'
import { keyModel, listKeys } from './store.ts'

/**
 * Revokes all tokens that come from this session or access token, on every instance within a
 * second.
 */
export type RevokeToken = (id: string) => Promise<void>

/**
 * Revokes an account's access tokens, on every instance. A token that is created meanwhile is
 * either revoked too or stays valid: each is announced before it is deleted.
 * @returns the ids of the revoked tokens.
 */
export async function revokeAll(
  adapter: DBAdapter,
  ownerId: string,
  revokeToken: RevokeToken,
): Promise<string[]> {
  const revoked: string[] = []
  for (;;) {
    const keys = await listKeys(adapter, ownerId)
    if (keys.length === 0) return revoked
    for (const { id } of keys) {
      await revokeToken(id)
      await adapter.delete({ model: keyModel, where: [{ field: 'id', value: id }] })
      revoked.push(id)
    }
  }
}
