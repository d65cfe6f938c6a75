import { z } from 'zod'
import { AppName } from '../limits/names.ts'
import { DocumentRefused } from './document-fetch.ts'
import { chooseApplicationType, Metadata, withoutNulls } from './registration.ts'

/** There is no shared secret with a client that publishes its metadata (§4.1 of the draft). */
const withoutSecret = z.undefined({ error: 'must be absent' }).optional()

/** As for a registration. MCP 2026-07-28 also requires the name. */
const ClientDocument = Metadata.extend({
  client_id: z.string(),
  client_name: AppName,
  token_endpoint_auth_method: z.literal('none').optional(),
  client_secret: withoutSecret,
  client_secret_expires_at: withoutSecret,
})

/** The columns of a client that its document decides. */
export type DocumentedClient = ReturnType<typeof parseClientDocument>

/** @throws DocumentRefused when the document does not describe a client that can work here. */
export function parseClientDocument(clientId: string, document: unknown) {
  const parsed = ClientDocument.safeParse(withoutNulls(document))
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    throw new DocumentRefused('INVALID', `${issue?.path.join('.')}: ${issue?.message}.`)
  }
  const metadata = parsed.data
  if (metadata.client_id !== clientId)
    throw new DocumentRefused('INVALID', 'client_id: must equal the URL of the document.')
  return {
    name: metadata.client_name,
    redirectUris: metadata.redirect_uris,
    tokenEndpointAuthMethod: 'none' as const,
    grantTypes: metadata.grant_types ?? ['authorization_code'],
    responseTypes: metadata.response_types ?? ['code'],
    applicationType: chooseApplicationType(metadata.redirect_uris, metadata.application_type),
    softwareId: metadata.software_id,
    softwareVersion: metadata.software_version,
  }
}
