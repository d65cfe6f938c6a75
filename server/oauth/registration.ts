import { z } from 'zod'
import { withBody } from '../http/account-input.ts'
import { AppName } from '../limits/names.ts'
import { clientAuthentications } from './metadata.ts'
import { toCanonicalUri } from './redirect-uris.ts'

/** Nothing in it may be invisible, or turn the writing around: people decide by it. */
const text = (longest: number) =>
  z
    .string()
    .max(longest)
    .regex(/^\P{C}*$/u, 'must have visible characters only')

/**
 * What we take of a client's metadata (RFC 7591 §2). The rest is ignored, as the RFC allows; some
 * of it would have us call addresses that anybody can name (`jwks_uri`, `backchannel_logout_uri`).
 */
const Metadata = z.object({
  client_name: AppName.optional(),
  redirect_uris: z.array(text(2_000).transform(toCanonicalUri)).min(1).max(10),
  token_endpoint_auth_method: z.enum(clientAuthentications).optional(),
  grant_types: z.array(text(100)).max(10).optional(),
  response_types: z.array(text(100)).max(10).optional(),
  application_type: z.enum(['web', 'native']).optional(),
  scope: text(1_000).optional(),
  software_id: text(200).optional(),
  software_version: text(200).optional(),
})

/** @returns the refusal in the form of RFC 7591 §3.2.2, when there is something to refuse. */
export async function cleanRegistration(request: Request): Promise<Request | Response> {
  const parsed = Metadata.safeParse(await request.json().catch(() => undefined))
  if (!parsed.success) return refusal(parsed.error.issues[0])
  const { application_type = typeFor(parsed.data.redirect_uris), ...metadata } = parsed.data
  return withBody(request, JSON.stringify({ ...metadata, application_type }))
}

/** Few clients say it, and only programs on a person's own machine are reached without https. */
function typeFor(redirectUris: string[]): 'web' | 'native' {
  return redirectUris.every((uri) => uri.startsWith('https:')) ? 'web' : 'native'
}

function refusal(issue: { path: PropertyKey[]; message: string } | undefined): Response {
  const [field = 'The body'] = issue?.path ?? []
  const error = field === 'redirect_uris' ? 'invalid_redirect_uri' : 'invalid_client_metadata'
  const error_description = `${String(field)}: ${issue?.message}`
  return Response.json({ error, error_description }, { status: 400 })
}
