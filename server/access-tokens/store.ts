import { type ApiKey, apiKey } from '@better-auth/api-key'
import type { DBAdapter } from 'better-auth'
import { z } from 'zod'
import { accessTokenPrefix, createAccessToken } from '../tokens/access-token.ts'

/** Unicode code points. */
export const maxNameLength = 64

export const keyModel = 'apikey'

/** The stored record of an access token. The table has only the token's hash. */
export type Key = Omit<ApiKey, 'key' | 'permissions'> & { permissions?: unknown }

/**
 * The api-key plugin of Better Auth: we use its table and its hash. accounts/auth-routes.ts serves
 * none of its routes.
 */
export function accessTokenKeys() {
  return apiKey({
    defaultPrefix: accessTokenPrefix,
    customKeyGenerator: createAccessToken,
    startingCharactersConfig: { charactersLength: accessTokenPrefix.length + 4 },
    requireName: true,
    maximumNameLength: 2 * maxNameLength, // counts UTF-16 units; code points are checked before
    rateLimit: { enabled: false }, // limits/budget.ts counts points for every kind of token
    enableSessionForAPIKeys: false, // an access token must not act as a session
  })
}

/**
 * `separate`: the scopes that were not a part of another one when the token was made. Without it the
 * token is of a version in which tasks:write also deleted (docs/decisions/0062). Such a version may
 * still make tokens while the servers are upgraded one by one.
 */
const Permissions = z.object({
  taskward: z.array(z.string()),
  separate: z.array(z.string()).optional(),
})
const separateScope = 'tasks:delete'

/**
 * Scopes are stored as permissions, because in Better Auth a client cannot change those of a key.
 */
export function toPermissions(scopes: readonly string[]): Required<z.infer<typeof Permissions>> {
  return { taskward: [...new Set(scopes)].sort(), separate: [separateScope] }
}

/** Sorted. Empty when the permissions are not in the format that we write. */
export function readScopes({ permissions }: Pick<Key, 'permissions'>): string[] {
  const given: unknown = typeof permissions === 'string' ? JSON.parse(permissions) : permissions
  const { taskward = [], separate = [] } = Permissions.safeParse(given).data ?? {}
  const includesDeletion = taskward.includes('tasks:write') && !separate.includes(separateScope)
  return [...new Set([...taskward, ...(includesDeletion ? [separateScope] : [])])].sort()
}

/** Newest first. */
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

/** The members that its owner may see. */
export function outlineOf(key: Key) {
  const { id, name, start, createdAt, expiresAt, lastRequest } = key
  return { id, name, scopes: readScopes(key), start, createdAt, expiresAt, lastUsedAt: lastRequest }
}
