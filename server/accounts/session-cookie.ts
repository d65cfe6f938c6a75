import type { BetterAuthOptions } from 'better-auth'

const cookiePrefix = 'better-auth.'
/** A browser takes such a cookie only over https, for this host alone and for every path (RFC 6265bis §4.1.3.2). */
const hostPrefix = '__Host-'

/**
 * Names and attributes of Better Auth's cookies. On https another host of the same site cannot set
 * one of them. On http, which has no secure cookies, the names are Better Auth's own.
 */
export function cookieOptions(baseUrl: string): BetterAuthOptions['advanced'] {
  if (!baseUrl.startsWith('https:')) return {}
  return {
    cookiePrefix: `${hostPrefix}better-auth`,
    useSecureCookies: false, // it puts __Secure- before the name, and a name has one prefix
    defaultCookieAttributes: { secure: true },
  }
}

/**
 * The name of a session cookie that a request carries more than once: one of the two was set by
 * somebody else, and which one counts would depend on the order. Undefined: there is none.
 */
export function findDuplicateCookie(headers: Headers): string | undefined {
  const names = (headers.get('cookie') ?? '')
    .split(';')
    .map((pair) => pair.split('=', 1)[0]?.trim() ?? '')
    .filter((name) => name.replace(hostPrefix, '').startsWith(cookiePrefix))
  return names.find((name, index) => names.indexOf(name) !== index)
}
