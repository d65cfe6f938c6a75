import { createHash } from 'node:crypto'

/**
 * The hash that Better Auth keeps of an access token: SHA-256 in base64url. Its own function does
 * the same in libuv's thread pool, where a look-up would wait behind the hashing of passwords.
 */
export function hashAccessToken(accessToken: string): string {
  return createHash('sha256').update(accessToken).digest('base64url')
}
