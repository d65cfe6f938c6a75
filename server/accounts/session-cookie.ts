import type { BetterAuthOptions } from 'better-auth'

const cookiePrefix = 'better-auth.'
/**
 * A browser accepts such a cookie only over https, for this host only and for every path (RFC
 * 6265bis §4.1.3.2).
 */
const hostPrefix = '__Host-'

/**
 * Names and attributes of Better Auth's cookies. On https, the name prevents other hosts of the
 * same site from setting them. On http, which has no secure cookies, Better Auth's own names apply.
 */
export function cookieOptions(baseUrl: string): BetterAuthOptions['advanced'] {
  if (!baseUrl.startsWith('https:')) return {}
  return {
    cookiePrefix: `${hostPrefix}better-auth`,
    useSecureCookies: false, // it would add __Secure-, and a name can have only one prefix
    defaultCookieAttributes: { secure: true },
  }
}

/**
 * The name of a session cookie that the request has twice. Another site has set one of the two, and
 * their order would decide which one is used. Undefined: there is no duplicate.
 */
export function findDuplicateCookie(headers: Headers): string | undefined {
  const names = (headers.get('cookie') ?? '')
    .split(';')
    .map((pair) => pair.split('=', 1)[0]?.trim() ?? '')
    .filter((name) => name.replace(hostPrefix, '').startsWith(cookiePrefix))
  return names.find((name, index) => names.indexOf(name) !== index)
}
