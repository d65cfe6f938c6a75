import type { Claims } from './jwt.ts'

type User = { email: string; emailVerified: boolean }
export type FindUser = (id: string) => Promise<User | null>
type EmailClaims = Pick<Claims, 'email' | 'email_verified'>

/** The claims of the scope `email` (OpenID Connect Core §5.1). Empty without the scope. */
export function emailClaims(user: User, scopes: readonly string[]): EmailClaims {
  if (!scopes.includes('email')) return {}
  return { email: user.email, email_verified: user.emailVerified === true }
}

/**
 * Adds `email_verified` to claims from a first-party token, which has only `email`. False also when
 * the account now has another e-mail address, or no longer exists.
 */
export async function completeEmailClaims<C extends Claims>(
  findUser: FindUser,
  claims: C,
): Promise<C> {
  if (claims.email === undefined || claims.email_verified !== undefined) return claims
  const user = await findUser(claims.sub)
  const isVerified = user?.email === claims.email && user.emailVerified === true
  return { ...claims, email_verified: isVerified }
}
