import { hash } from 'node:crypto'

/**
 * The hash that Better Auth stores for an access token: SHA-256 in base64url. Better Auth's own
 * function runs in libuv's thread pool, where it would wait behind password hashing.
 */
export function hashAccessToken(accessToken: string): string {
  return hash('sha256', accessToken, 'base64url')
}
