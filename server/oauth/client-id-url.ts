/** Longer ones are refused: the id is stored with each grant and is part of each token. */
const maxLength = 500

/**
 * Whether a client id is the URL of a document that describes the client (draft-ietf-oauth-client-id-
 * metadata-document §3). It must be in the canonical spelling of the URL Standard, because the ids
 * are compared as texts. This excludes dot segments, a default port and a host in upper case.
 */
export function isClientIdUrl(clientId: string): boolean {
  if (clientId.length > maxLength || !URL.canParse(clientId)) return false
  const { href, protocol, hostname, pathname, username, password } = new URL(clientId)
  return (
    href === clientId &&
    protocol === 'https:' &&
    pathname !== '/' &&
    !clientId.includes('#') &&
    username === '' &&
    password === '' &&
    isName(hostname)
  )
}

/** The host that publishes the description of a client. Null: the client registered itself. */
export function findPublisher(clientId: string): string | null {
  return isClientIdUrl(clientId) ? new URL(clientId).host : null
}

/** The URL Standard writes every IPv4 address with a number as its last label. */
function isName(hostname: string): boolean {
  return hostname.includes('.') && !hostname.startsWith('[') && !/\.\d+$/.test(hostname)
}
