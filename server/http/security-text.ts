/** RFC 9116 §2.5.5 asks for less than a year. Long enough for a report that is being written. */
const validDays = 90
const dayMs = 86_400_000

export const securityTextPath = '/.well-known/security.txt'

/**
 * Creates the content of security.txt (RFC 9116): where to report a vulnerability of this server.
 * It expires 90 days after it was read, so it never lapses while the operator serves it.
 * @param contact a mailto: or https: URL
 * @param now in milliseconds
 */
export function createSecurityText(contact: string, baseUrl: string, now: number): string {
  const expires = new Date((Math.floor(now / dayMs) + validDays) * dayMs).toISOString()
  return [
    `Contact: ${contact}`,
    `Expires: ${expires.replace('.000', '')}`,
    `Canonical: ${baseUrl}${securityTextPath}`,
    'Preferred-Languages: en',
    '',
  ].join('\n')
}
