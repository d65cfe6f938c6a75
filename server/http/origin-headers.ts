import type { AuditFields } from '../log/audit.ts'

/*
 * Request headers that app.ts sets for the handlers of /api/auth, which cannot read the connection. A
 * value from the client is overwritten.
 */

/** The client address (limits/client-address.ts). */
export const addressHeader = 'x-taskward-address'
/** The id of the request in the log. */
export const requestHeader = 'x-taskward-request'

/** The client address and the request id, as members of a log line. */
export function originOf(headers: Headers | undefined): AuditFields {
  return {
    address: headers?.get(addressHeader) ?? undefined,
    requestId: headers?.get(requestHeader) ?? undefined,
  }
}
