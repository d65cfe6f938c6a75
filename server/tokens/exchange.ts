import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { accountScope, parseScopes, splitScopes } from '#schema/scopes.ts'
import { shorten } from '#schema/shorten.ts'
import { isAccessToken } from './access-token.ts'
import { actorClaimOf } from './actor.ts'
import { type Claims, clientOf } from './jwt.ts'

/* Token exchange (RFC 8693). The new token never has more scopes or a later expiry than the old one. */

export const exchangeGrantType = 'urn:ietf:params:oauth:grant-type:token-exchange'
const accessTokenType = 'urn:ietf:params:oauth:token-type:access_token'
const jwtType = 'urn:ietf:params:oauth:token-type:jwt'

export const maxSeconds = 900
const minSeconds = 60

const secondsFault = { error: `must be ${minSeconds} to ${maxSeconds} seconds` }
const Seconds = z
  .union([z.int(), z.string().regex(/^\d+$/).transform(Number)], secondsFault)
  .refine((seconds) => seconds >= minSeconds && seconds <= maxSeconds, secondsFault)

const TokenType = z.enum([accessTokenType, jwtType], {
  error: `must be ${accessTokenType} or ${jwtType}`,
})
const Target = z.string({ error: 'must be one URL' }).optional()

const Exchange = z.object({
  grant_type: z.string({ error: `must be ${exchangeGrantType}` }),
  subject_token: z.string({ error: 'must be the token to exchange' }),
  subject_token_type: TokenType,
  requested_token_type: TokenType.default(accessTokenType),
  scope: z.string({ error: 'must be scopes separated by spaces' }).optional(),
  expires_in: Seconds.default(maxSeconds),
  resource: Target,
  audience: Target,
  actor_token: z.undefined({ error: 'is not supported' }).optional(),
})

export type Exchange = z.infer<typeof Exchange>

type Fault = 'invalid_request' | 'invalid_scope' | 'invalid_target' | 'unsupported_grant_type'

/** A refusal in the format of RFC 6749 §5.2. */
export class ExchangeRefusal extends Error {
  readonly fault: Fault

  constructor(fault: Fault, message: string) {
    super(message)
    this.fault = fault
  }
}

/** @throws ExchangeRefusal that says what is wrong with the parameters. */
export function parseExchange(parameters: unknown, baseUrl: string): Exchange {
  const { data, error } = Exchange.safeParse(parameters)
  if (!data) {
    const faults = error.issues.map(({ path, message }) => `${path.join('.')} ${message}`.trim())
    throw new ExchangeRefusal('invalid_request', `${faults.join('; ')}.`)
  }
  if (data.grant_type !== exchangeGrantType) {
    throw new ExchangeRefusal('unsupported_grant_type', `grant_type must be ${exchangeGrantType}.`)
  }
  if ([data.resource, data.audience].some((target) => ![undefined, baseUrl].includes(target))) {
    throw new ExchangeRefusal('invalid_target', `This server issues tokens for ${baseUrl} only.`)
  }
  if (data.subject_token_type === jwtType && isAccessToken(data.subject_token)) {
    throw new ExchangeRefusal('invalid_request', 'The subject_token is not a JWT.')
  }
  return data
}

export type NarrowClaims = Claims & { scope: string; client_id: string | undefined; jti: string }

/**
 * The claims of the new token: its scopes are a subset of the subject token's, and its expiry is
 * not later. It always has a scope claim, so it does not count as a first-party token. It has all
 * claims that RFC 9068 §2.2 requires; its client is that of the subject token, or a script.
 * @throws ExchangeRefusal when the request names a scope that the subject token lacks.
 */
export function narrowClaims(claims: Claims, seconds: number, scope?: string): NarrowClaims {
  const scopes = chooseScopes(parseScopes(claims), scope)
  const iat = Math.floor(Date.now() / 1000)
  // verifyToken accepts a token a few seconds after its expiry (clock tolerance).
  if (claims.exp <= iat) throw new ExchangeRefusal('invalid_request', 'The token has expired.')
  const { sub, email, email_verified, sid, grant_id, azp } = claims
  const names = scopes.join(' ')
  return {
    sub,
    ...(scopes.includes('email') && { email, email_verified }),
    scope: names,
    sid,
    grant_id,
    client_id: clientOf({ ...claims, scope: names }),
    azp,
    actor: actorClaimOf(claims),
    jti: randomUUID(),
    iat,
    exp: Math.min(iat + seconds, claims.exp),
  }
}

function chooseScopes(held: readonly string[], scope: string | undefined): readonly string[] {
  // The new token is for a program, also if the subject token is the person's.
  const grantable = held.filter((name) => name !== accountScope)
  if (scope === undefined) return grantable
  const wanted = splitScopes(scope)
  // Clients disagree whether an empty scope means all scopes or none.
  if (wanted.length === 0) {
    throw new ExchangeRefusal('invalid_scope', 'scope is empty. Omit it to keep all scopes.')
  }
  if (wanted.includes(accountScope)) {
    throw new ExchangeRefusal('invalid_scope', `No token can be given ${accountScope}.`)
  }
  const lacking = wanted.filter((name) => !grantable.includes(name))
  if (lacking.length === 0) return wanted
  throw new ExchangeRefusal(
    'invalid_scope',
    `The subject_token lacks ${shorten(lacking.join(', '))}.`,
  )
}

/** The body of a successful exchange (RFC 8693 §2.2.1). */
export function toExchangeResponse(
  token: string,
  { scope, iat, exp }: NarrowClaims,
  exchange: Exchange,
) {
  return {
    access_token: token,
    issued_token_type: exchange.requested_token_type,
    token_type: 'Bearer',
    expires_in: exp - iat,
    scope,
  }
}
