import type { DBAdapter } from 'better-auth'
import { keyModel, listKeys } from './store.ts'

/** Ends all tokens made from a source, on every instance within a second. */
export type EndSource = (id: string) => Promise<void>

/**
 * Ends an account's access tokens, on every instance. One that is made meanwhile is either ended
 * too or kept whole: none is deleted without having been announced.
 * @returns the ids of those that were ended.
 */
export async function revokeAll(
  adapter: DBAdapter,
  ownerId: string,
  endSource: EndSource,
): Promise<string[]> {
  const revoked: string[] = []
  for (;;) {
    const keys = await listKeys(adapter, ownerId)
    if (keys.length === 0) return revoked
    for (const { id } of keys) {
      await endSource(id)
      await adapter.delete({ model: keyModel, where: [{ field: 'id', value: id }] })
      revoked.push(id)
    }
  }
}
