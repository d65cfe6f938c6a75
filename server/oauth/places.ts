const loopback = /^(127\.\d+\.\d+\.\d+|\[::1\]|(.+\.)?localhost)$/

/**
 * The part of a redirect URI that consent is bound to: the origin of a web address; a loopback
 * origin without its port, which changes (RFC 8252 §7.3); or the private scheme of an app on the
 * device.
 */
export function toRedirectPlace(redirectUri: string): string {
  const { protocol, hostname, host } = new URL(redirectUri)
  if (loopback.test(hostname)) return `${protocol}//${hostname}`
  return protocol === 'https:' || protocol === 'http:' ? `${protocol}//${host}` : protocol
}

/** Any program on the device can receive a code there and impersonate the app (RFC 8252 §8.6). */
export function isOnDevice(place: string): boolean {
  return !place.startsWith('https:') || loopback.test(new URL(place).hostname)
}
