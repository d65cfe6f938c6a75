import type { JwtOptions } from 'better-auth/plugins'

/** How long a key signs, and how long after that it still verifies. */
export type KeyTimes = { keyRotationDays: number; keyGraceHours: number }

export const daySeconds = 86_400
export const hourSeconds = 3_600

/** Better Auth's options for when a key expires and when it is deleted. */
export function createKeyOptions({ keyRotationDays, keyGraceHours }: KeyTimes): JwtOptions['jwks'] {
  return {
    rotationInterval: Math.round(keyRotationDays * daySeconds),
    gracePeriod: Math.round(keyGraceHours * hourSeconds),
  }
}
