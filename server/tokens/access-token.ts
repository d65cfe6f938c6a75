import { crc32 } from 'node:zlib'
import { generateRandomString } from 'better-auth/crypto'

/** By it people, programs and scanners for leaked secrets know what they have found. */
export const accessTokenPrefix = 'taskward_'

const form = /^taskward_[A-Za-z0-9]{38}$/
const checksumLength = 6
const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

/**
 * A new access token: the prefix, 32 random letters and digits (190 bits), and a checksum of both.
 * The checksum is no secret. By it a slip of the pen is known without a look at the database, and
 * a scanner knows that what it has found is no accident.
 */
export function createAccessToken(): string {
  const unchecked = accessTokenPrefix + generateRandomString(32, 'a-z', 'A-Z', '0-9')
  return unchecked + checksumOf(unchecked)
}

/** Whether it is meant as an access token, good or bad; everything else is meant as a JWT. */
export function isAccessToken(credential: string): boolean {
  return credential.startsWith(accessTokenPrefix)
}

/** Whether it may have been made by us. */
export function isWellFormed(accessToken: string): boolean {
  if (!form.test(accessToken)) return false
  const unchecked = accessToken.slice(0, -checksumLength)
  return accessToken.endsWith(checksumOf(unchecked))
}

/** Never more than six digits: 62 ** 6 is larger than 2 ** 32. */
function checksumOf(text: string): string {
  let rest = crc32(text)
  let checksum = ''
  for (let n = 0; n < checksumLength; n++) {
    checksum = digits.charAt(rest % digits.length) + checksum
    rest = Math.floor(rest / digits.length)
  }
  return checksum
}
