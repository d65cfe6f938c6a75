import { type ApiKey, apiKey } from '@better-auth/api-key'
import type { DBAdapter } from 'better-auth'
import { z } from 'zod'
import { accessTokenPrefix, createAccessToken } from '../tokens/access-token.ts'

/** Characters, as people count them. */
export const maxNameLength = 64

export const keyModel = 'apikey'

/** An access token as it is kept: without itself, of which there is only a hash. */
export type Key = Omit<ApiKey, 'key' | 'permissions'> & { permissions?: unknown }

/** Better Auth's keys as we use them: its table, its hash, and none of its routes (see accounts/auth-routes.ts). */
export function accessTokenKeys() {
  return apiKey({
    defaultPrefix: accessTokenPrefix,
    customKeyGenerator: createAccessToken,
    startingCharactersConfig: { charactersLength: accessTokenPrefix.length + 4 },
    requireName: true,
    maximumNameLength: 2 * maxNameLength, // it counts in UTF-16; we have counted characters by then
    rateLimit: { enabled: false }, // points are counted, for every kind of token alike
    enableSessionForAPIKeys: false, // a key becomes a token, and never a session
  })
}

const Permissions = z.object({ taskward: z.array(z.string()) })

/** In Better Auth only the server sets the permissions of a key: no client can widen it. */
export function permissionsOf(scopes: readonly string[]): z.infer<typeof Permissions> {
  return { taskward: [...new Set(scopes)].sort() }
}

/** What a key may do: nothing, unless it says so in the form that we write. */
export function scopesOf({ permissions }: Pick<Key, 'permissions'>): string[] {
  const given: unknown = typeof permissions === 'string' ? JSON.parse(permissions) : permissions
  return Permissions.safeParse(given).data?.taskward ?? []
}

/** An owner's keys, the newest first. */
export function listKeys(adapter: DBAdapter, ownerId: string): Promise<Key[]> {
  return adapter.findMany<Key>({
    model: keyModel,
    where: [{ field: 'referenceId', value: ownerId }],
    sortBy: { field: 'createdAt', direction: 'desc' },
  })
}

export function isLive({ expiresAt }: Pick<Key, 'expiresAt'>): boolean {
  return expiresAt === null || expiresAt.getTime() > Date.now()
}

/** What its owner may see of it. */
export function outlineOf(key: Key) {
  const { id, name, start, createdAt, expiresAt, lastRequest } = key
  return { id, name, scopes: scopesOf(key), start, createdAt, expiresAt, lastUsedAt: lastRequest }
}
