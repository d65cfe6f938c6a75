import { z } from 'zod'
import { withBody } from '../http/account-input.ts'
import { AppName } from '../limits/names.ts'
import { clientAuthMethods } from './metadata.ts'
import { toCanonicalUri } from './redirect-uris.ts'

/** No invisible or direction-changing characters: users decide by this text. */
const text = (maxLength: number) =>
  z
    .string()
    .max(maxLength)
    .regex(/^\P{C}*$/u, 'must have visible characters only')

/**
 * The client metadata that we accept (RFC 7591 §2). The rest is ignored, as the RFC allows. With
 * some of it, any client could make the server call a URL (`jwks_uri`, `backchannel_logout_uri`).
 */
const Metadata = z.object({
  client_name: AppName.optional(),
  redirect_uris: z.array(text(2_000).transform(toCanonicalUri)).min(1).max(10),
  token_endpoint_auth_method: z.enum(clientAuthMethods).optional(),
  grant_types: z.array(text(100)).max(10).optional(),
  response_types: z.array(text(100)).max(10).optional(),
  application_type: z.enum(['web', 'native']).optional(),
  scope: text(1_000).optional(),
  software_id: text(200).optional(),
  software_version: text(200).optional(),
})

/** @returns the request with the accepted metadata, or a refusal as RFC 7591 §3.2.2 defines it. */
export async function cleanRegistration(request: Request): Promise<Request | Response> {
  const parsed = Metadata.safeParse(await request.json().catch(() => undefined))
  if (!parsed.success) return refuseMetadata(parsed.error.issues[0])
  const { application_type = guessApplicationType(parsed.data.redirect_uris), ...metadata } =
    parsed.data
  return withBody(request, JSON.stringify({ ...metadata, application_type }))
}

/** Few clients state it. Only a native app has a redirect URI without https. */
function guessApplicationType(redirectUris: string[]): 'web' | 'native' {
  return redirectUris.every((uri) => uri.startsWith('https:')) ? 'web' : 'native'
}

function refuseMetadata(issue: { path: PropertyKey[]; message: string } | undefined): Response {
  const [field = 'The body'] = issue?.path ?? []
  const error = field === 'redirect_uris' ? 'invalid_redirect_uri' : 'invalid_client_metadata'
  const error_description = `${String(field)}: ${issue?.message}`
  return Response.json({ error, error_description }, { status: 400 })
}
