import { isReverseDomainPrivateUseRedirectUri } from '@better-auth/core/utils/redirect-uri'
import { isEditorUri, placeholderHost } from './editor-uris.ts'

/** For programs on the user's computer (RFC 8252 §7.3). */
const loopbackHosts = ['127.0.0.1', '[::1]', 'localhost']

/**
 * The canonical spelling of a URI by the URL Standard: `HTTPS://App.Example:443` becomes
 * `https://app.example/`. Text that is not a URL stays unchanged.
 */
export function toCanonicalUri(uri: string): string {
  return URL.canParse(uri) ? new URL(uri).href : uri
}

/**
 * Whether an app may register the URI, in its canonical spelling. The provider refuses a
 * registration as a whole, so the URIs that it would refuse are left out before.
 */
export function isAllowedRedirectUri(uri: string): boolean {
  if (!URL.canParse(uri) || uri.includes('#')) return false
  const url = new URL(uri)
  const { protocol, hostname } = url
  if (url.username !== '' || url.password !== '') return false
  if (protocol === 'http:') return loopbackHosts.includes(hostname)
  if (protocol === 'https:')
    return hostname !== placeholderHost && !/^(127\.|\[::1\]|localhost)/.test(hostname)
  return isEditorUri(url) || isReverseDomainPrivateUseRedirectUri(url)
}
