import type { IncomingHttpHeaders } from 'node:http'
import type { AuditFields } from '../log/audit.ts'

/*
 * Request headers that app.ts sets for the handlers of /api/auth, which cannot read the connection. A
 * value from the client is overwritten.
 */

/** The client address (limits/client-address.ts). */
export const addressHeader = 'x-taskward-address'
/** The id of the request in the log. */
export const requestHeader = 'x-taskward-request'

/**
 * Node, Deno and Bun send Sec-Fetch-Mode as a browser does, and Better Auth then requires an Origin.
 * A browser also sends Sec-Fetch-Site, and an Origin (or Referer) with a POST. Without them and
 * without a cookie, the request cannot act for a user, and is that of a program such as curl.
 */
export function dropScriptMetadata(headers: IncomingHttpHeaders): void {
  const { origin, referer, cookie } = headers
  const isBrowser = [origin, referer, cookie, headers['sec-fetch-site']].some(
    (header) => header !== undefined,
  )
  if (isBrowser) return
  delete headers['sec-fetch-mode']
  delete headers['sec-fetch-dest']
}

/** The client address and the request id, as members of a log line. */
export function originOf(headers: Headers | undefined): AuditFields {
  return {
    address: headers?.get(addressHeader) ?? undefined,
    requestId: headers?.get(requestHeader) ?? undefined,
  }
}
