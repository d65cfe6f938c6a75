import { z } from 'zod'
import { accountScope } from '#schema/scopes.ts'
import { hasHidden } from '#schema/visible.ts'
import { withBody } from '../http/account-input.ts'
import { AppName } from '../limits/names.ts'
import { clientAuthMethods, grantTypes, responseTypes } from './metadata.ts'
import { isAllowedRedirectUri, toCanonicalUri } from './redirect-uris.ts'
import { findOfferedScopes } from './scopes.ts'

/** Users decide by this text. */
const text = (maxLength: number) =>
  z
    .string()
    .max(maxLength)
    .refine((value) => !hasHidden(value), 'must have visible characters only')

const RedirectUri = text(2_000).transform(toCanonicalUri).refine(isAllowedRedirectUri)

/** Leaves out the redirect URIs that are not allowed. At least one must remain. */
const RedirectUris = z
  .array(z.unknown())
  .max(10)
  .transform((uris) => uris.flatMap((uri) => RedirectUri.safeParse(uri).data ?? []))
  .refine((uris) => uris.length > 0, {
    error:
      'must have an https URI, an http URI on 127.0.0.1, [::1] or localhost, or one of a private scheme such as com.example.notes:/callback',
  })

/** Leaves out what is not offered. If nothing of a list remains, the client cannot work here. */
const listOf = (offered: readonly string[]) =>
  z
    .array(text(200))
    .max(20)
    .transform((list) => ({ isEmpty: list.length === 0, kept: keepOf(list, offered) }))
    .refine(({ isEmpty, kept }) => isEmpty || kept.length > 0, {
      error: `must contain ${offered.join(' or ')}`,
    })
    .transform(({ kept }) => (kept.length > 0 ? kept : undefined))
    .optional()

function keepOf(list: readonly string[], offered: readonly string[]): string[] {
  return offered.filter((name) => list.includes(name))
}

const invalidScope = 'invalid_scope'

const Scopes = text(1_000)
  .refine((scope) => !scope.split(/\s+/).includes(accountScope), {
    error: `No app can be given ${accountScope}`,
    params: { error: invalidScope },
  })
  .transform(findOfferedScopes)

/**
 * The client metadata that we accept (RFC 7591 §2). The rest is ignored, as the RFC allows. With
 * some of it, any client could make the server call a URL (`jwks_uri`, `backchannel_logout_uri`).
 */
export const Metadata = z.object({
  client_name: AppName.optional(),
  redirect_uris: RedirectUris,
  token_endpoint_auth_method: z.enum(clientAuthMethods).optional(),
  grant_types: listOf(grantTypes),
  response_types: listOf(responseTypes),
  application_type: z.enum(['web', 'native']).optional(),
  scope: Scopes.optional(),
  software_id: text(200).optional(),
  software_version: text(200).optional(),
})

/**
 * @returns the request with the accepted metadata, or a refusal as RFC 7591 §3.2.2 defines it. The
 * response of the provider states what is registered (§3.2.1).
 */
export async function cleanRegistration(request: Request): Promise<Request | Response> {
  const parsed = Metadata.safeParse(withoutNulls(await request.json().catch(() => undefined)))
  if (!parsed.success) return refuseMetadata(parsed.error.issues[0])
  const { application_type, ...metadata } = parsed.data
  const body = {
    ...metadata,
    application_type: chooseApplicationType(metadata.redirect_uris, application_type),
  }
  return withBody(request, JSON.stringify(body))
}

/** Null means the same as an omitted member. Some clients write all members that they know. */
export function withoutNulls(body: unknown): unknown {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return body
  return Object.fromEntries(Object.entries(body).filter(([, value]) => value !== null))
}

/** Few clients state it rightly. Only a native app has a redirect URI without https. */
export function chooseApplicationType(redirectUris: string[], stated: 'web' | 'native' = 'web') {
  return redirectUris.every((uri) => uri.startsWith('https:')) ? stated : 'native'
}

function refuseMetadata(issue: z.core.$ZodIssue | undefined): Response {
  const [field = 'The body'] = issue?.path ?? []
  const error = faultOf(issue, field)
  const error_description = `${String(field)}: ${issue?.message}`
  return Response.json({ error, error_description }, { status: 400 })
}

function faultOf(issue: z.core.$ZodIssue | undefined, field: PropertyKey): string {
  if (issue?.code === 'custom' && issue.params?.error === invalidScope) return invalidScope
  return field === 'redirect_uris' ? 'invalid_redirect_uri' : 'invalid_client_metadata'
}
