import { createHash } from 'node:crypto'
import type { AuthContext } from 'better-auth'
import { APIError } from 'better-auth/api'

/** What a person has allowed an app, as the provider keeps it. Its id is the `grant_id` of tokens. */
export type Consent = {
  id: string
  clientId: string
  userId: string
  scopes: string[]
  createdAt: Date
  /** When the app last got a token. */
  updatedAt: Date
}

/** Who has allowed whom; there is one consent for it, save for two that were given at once. */
export type Parties = { clientId: string; userId: string }

type RefreshToken = Parties & { revoked: Date | null }
type Adapter = AuthContext['adapter']
type InternalAdapter = AuthContext['internalAdapter']

/** Ends all tokens made from a source, on every instance within a second. */
export type EndSource = (id: string) => Promise<void>

/** Codes and refresh tokens are kept as this only. */
export function digestOf(secret: string): string {
  return createHash('sha256').update(secret).digest('base64url')
}

export async function findConsent(
  adapter: Adapter,
  parties: Parties,
): Promise<Consent | undefined> {
  return (await listConsents(adapter, parties))[0]
}

export function listConsents(adapter: Adapter, parties: Partial<Parties>): Promise<Consent[]> {
  return adapter.findMany<Consent>({ model: 'oauthConsent', where: conditionsOf(parties) })
}

/**
 * What a token is issued by: without a consent that covers it there is none, whatever code or
 * refresh token is presented.
 */
export async function requireConsent(
  adapter: Adapter,
  parties: Parties,
  scopes: readonly string[],
): Promise<Consent> {
  const consent = await findConsent(adapter, parties)
  if (!consent || !scopes.every((scope) => consent.scopes.includes(scope))) {
    throw new APIError('BAD_REQUEST', {
      error: 'invalid_grant',
      error_description: 'The person does not allow this app to do so, or no longer.',
    })
  }
  const where = [{ field: 'id', value: consent.id }]
  await adapter.update({ model: 'oauthConsent', where, update: { updatedAt: new Date() } })
  return consent
}

/** All access tokens of the app end; the consent stays, under another id, and so do refresh tokens. */
export async function endAccessTokens(
  adapter: Adapter,
  parties: Parties,
  endSource: EndSource,
): Promise<void> {
  for (const { id, ...consent } of await listConsents(adapter, parties)) {
    await endSource(id)
    await adapter.create({ model: 'oauthConsent', data: consent })
    await adapter.delete({ model: 'oauthConsent', where: [{ field: 'id', value: id }] })
  }
}

/** Nothing is left of what the app was allowed; without an app, of what any was. */
export async function disconnect(
  adapter: Adapter,
  parties: Partial<Parties>,
  endSource: EndSource,
): Promise<void> {
  for (const { id } of await listConsents(adapter, parties)) await endSource(id)
  const where = conditionsOf(parties)
  await adapter.deleteMany({ model: 'oauthRefreshToken', where })
  await adapter.deleteMany({ model: 'oauthConsent', where })
}

/** Undefined: it was never issued, or is gone with its family. */
export async function findRefreshToken(
  adapter: Adapter,
  token: string,
): Promise<RefreshToken | undefined> {
  const where = [{ field: 'token', value: digestOf(token) }]
  return (await adapter.findOne<RefreshToken>({ model: 'oauthRefreshToken', where })) ?? undefined
}

const spentName = (code: string) => `oauth-spent-code:${digestOf(code)}`

/** The provider forgets a code as it is used. Who uses it again is found out by this. */
export async function rememberSpentCode(
  internalAdapter: InternalAdapter,
  code: string,
  { clientId, userId }: Parties,
  lifetimeMillis: number,
): Promise<void> {
  await internalAdapter.createVerificationValue({
    identifier: spentName(code),
    value: JSON.stringify({ clientId, userId }),
    expiresAt: new Date(Date.now() + lifetimeMillis),
  })
}

/** Whose tokens were issued for the code, told once; undefined: none were, or they have expired. */
export async function takeSpentCode(
  internalAdapter: InternalAdapter,
  code: string,
): Promise<Parties | undefined> {
  const spent = await internalAdapter.consumeVerificationValue(spentName(code))
  return spent ? (JSON.parse(spent.value) as Parties) : undefined
}

function conditionsOf(parties: Partial<Parties>) {
  const { clientId, userId } = parties
  return [
    ...(clientId === undefined ? [] : [{ field: 'clientId', value: clientId }]),
    ...(userId === undefined ? [] : [{ field: 'userId', value: userId }]),
  ]
}
