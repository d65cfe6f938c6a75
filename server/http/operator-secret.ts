import { createHash, timingSafeEqual } from 'node:crypto'

/**
 * Whether an Authorization header has this secret of the operator: as a bearer token, or as the
 * password of HTTP Basic with any user name.
 */
export function hasSecret(authorization: string | null | undefined, secret: string): boolean {
  const [, scheme = '', sent = ''] = /^(Bearer|Basic) +(\S+)$/i.exec(authorization ?? '') ?? []
  const password = Buffer.from(sent, 'base64')
    .toString()
    .replace(/^[^:]*:/, '')
  const given = scheme.toLowerCase() === 'bearer' ? sent : decodeURIComponentOr(password)
  return scheme !== '' && timingSafeEqual(hash(given), hash(secret))
}

/** RFC 6749 §2.3.1 encodes the password; some clients do not. */
function decodeURIComponentOr(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function hash(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
