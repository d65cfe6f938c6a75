import { crc32 } from 'node:zlib'
import { generateRandomString } from 'better-auth/crypto'

/** Prefix for secret scanning. */
export const accessTokenPrefix = 'taskward_'

const format = /^taskward_[A-Za-z0-9]{38}$/
const checksumLength = 6
const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

/**
 * A new access token: the prefix, 32 random letters and digits (190 bits), and a checksum of both.
 * The checksum is not secret. It detects typing errors without a query, and false matches of a
 * secret scanner.
 */
export function createAccessToken(): string {
  const unchecked = accessTokenPrefix + generateRandomString(32, 'a-z', 'A-Z', '0-9')
  return unchecked + checksumOf(unchecked)
}

/**
 * Whether a credential has the prefix of an access token, valid or not. Any other is handled as a
 * JWT.
 */
export function isAccessToken(credential: string): boolean {
  return credential.startsWith(accessTokenPrefix)
}

/** Whether format and checksum are right. It may still be unknown or revoked. */
export function isWellFormed(accessToken: string): boolean {
  if (!format.test(accessToken)) return false
  const unchecked = accessToken.slice(0, -checksumLength)
  return accessToken.endsWith(checksumOf(unchecked))
}

/** CRC-32 in base 62. Six digits are always enough: 62 ** 6 is larger than 2 ** 32. */
function checksumOf(text: string): string {
  let rest = crc32(text)
  let checksum = ''
  for (let n = 0; n < checksumLength; n++) {
    checksum = digits.charAt(rest % digits.length) + checksum
    rest = Math.floor(rest / digits.length)
  }
  return checksum
}
