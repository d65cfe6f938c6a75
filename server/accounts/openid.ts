import type { AuthContext, BetterAuthPlugin, GenericEndpointContext } from 'better-auth'
import {
  APIError,
  createAuthMiddleware,
  getOAuthState,
  getSessionFromCtx,
  isAPIError,
} from 'better-auth/api'
import { type GenericOAuthConfig, genericOAuth } from 'better-auth/plugins'
import { z } from 'zod'
import { requireFreshSession } from '../access-tokens/fresh-session.ts'
import { originOf } from '../http/origin-headers.ts'
import { PersonName } from '../limits/names.ts'
import { recordEvent } from '../log/audit.ts'
import type { Logger } from '../log/log.ts'

/** An OpenID provider that users may sign in with. */
export type OpenIdOptions = {
  /** Exactly as in the provider's metadata. */
  issuer: string
  clientId: string
  clientSecret: string
  /** For the button on the page. */
  name: string
  scopes: string[]
}

type HookContext = Parameters<Parameters<typeof createAuthMiddleware>[0]>[0]

/** Part of the redirect URI that the operator registers: /api/auth/callback/oidc. */
const providerId = 'oidc'
const signInPath = '/sign-in/social'
/** Connects the provider to the account of the session, which may have another address. */
const connectPath = '/link-social'
const callbackPath = '/callback/:id'

/** Sign-in with an OpenID provider. Empty: the operator has set none. */
export function openId(options: OpenIdOptions | undefined, log: Logger): BetterAuthPlugin[] {
  return options ? [createProvider(options), createRules(options, log)] : []
}

/**
 * Better Auth's generic OAuth: authorization code with PKCE, state, nonce, and a verified ID token.
 * It reads the provider's metadata at the first sign-in and not at the start, so that the start does
 * not wait for another server.
 */
function createProvider({ issuer, clientId, clientSecret, scopes }: OpenIdOptions) {
  const config: GenericOAuthConfig = {
    providerId,
    clientId,
    clientSecret,
    scopes,
    discoveryUrl: `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`,
    requireIdTokenVerification: true,
    // With the issuer, so that users of another provider, set later, are other users.
    accountSubject: ({ profile: { sub } }) => (typeof sub === 'string' ? `${issuer} ${sub}` : ''),
    mapProfileToUser: ({ name, email }) => ({ name: toName(name, email), image: undefined }),
  }
  return {
    ...genericOAuth({ config: [config] }),
    // What its `init` does when the provider does not answer.
    init: () => ({ context: { genericOAuthPendingDiscovery: new Map([[providerId, config]]) } }),
  }
}

/** The name at the provider if Taskward allows it, otherwise the address before the @. */
function toName(name: unknown, email: unknown): string {
  const parsed = PersonName.safeParse(name)
  return parsed.success ? parsed.data : String(email).split('@', 1)[0]?.slice(0, 80) || 'User'
}

function createRules({ issuer, name }: OpenIdOptions, log: Logger) {
  const matches =
    (...paths: string[]) =>
    ({ path }: { path?: string }) =>
      path !== undefined && paths.includes(path)
  return {
    id: 'openid-rules',
    init: () => ({
      options: {
        account: {
          updateAccountOnSignIn: false,
          // An address may move to another user of the provider, whose `sub` is another one. A user
          // who is signed in may connect any user of the provider whose password they know.
          accountLinking: { disableImplicitLinking: true, allowDifferentEmails: true },
        },
        databaseHooks: {
          user: { create: { before: requireVerifiedAddress } },
          account: { create: { before: dropTokens }, update: { before: dropTokens } },
        },
      },
    }),
    hooks: {
      before: [
        {
          matcher: matches(signInPath),
          handler: createAuthMiddleware(async ({ body, context }) => {
            requireBody(SignInBody, body)
            requireProvider(context)
          }),
        },
        {
          matcher: matches(connectPath),
          handler: createAuthMiddleware(async (hook) => {
            requireBody(ConnectBody, hook.body)
            requireProvider(hook.context)
            await getSessionFromCtx(hook)
            await requireFreshSession(hook) // last: a request that is refused later counts as a guess
          }),
        },
      ],
      after: [{ matcher: matches(callbackPath), handler: createAuthMiddleware(finishSignIn) }],
    },
  } satisfies BetterAuthPlugin

  function requireProvider({ socialProviders }: Pick<AuthContext, 'socialProviders'>): void {
    const provider = socialProviders.find(({ id }) => id === providerId)
    if (provider?.issuer === issuer) return
    const found = provider?.issuer ?? 'none: its metadata cannot be read'
    log.error({ issuer, found }, 'The OpenID provider cannot be used; check OIDC_ISSUER')
    throw new APIError('FAILED_DEPENDENCY', {
      code: 'PROVIDER_UNAVAILABLE',
      message: `${name} cannot be used just now. Try again, or sign in with your password.`,
    })
  }

  /** Records the result, and shows each refusal of a sign-in on the sign-in page. */
  async function finishSignIn(context: HookContext): Promise<void> {
    const { newSession, returned, responseHeaders } = context.context
    const target = new URL(responseHeaders?.get('location') ?? '', context.context.baseURL)
    const code = target.searchParams.get('error') ?? undefined
    const origin = originOf(context.headers)
    const connected = (await getOAuthState())?.link
    if (connected) {
      const event = code === undefined ? 'provider_connected' : 'provider_connection_refused'
      return recordEvent(log, event, { userId: connected.userId, ...origin, code })
    }
    if (newSession) return recordEvent(log, 'signed_in', { userId: newSession.user.id, ...origin })
    if (!isAPIError(returned)) return
    recordEvent(log, 'sign_in_refused', { ...origin, code: code ?? returned.body?.code })
    if (target.pathname.startsWith('/oauth/')) throw context.redirect(`/sign-in${target.search}`)
  }
}

/** Nothing else that Better Auth accepts, such as other scopes, or an ID token from a client. */
const SignInBody = z.strictObject({
  provider: z.literal(providerId),
  /** Where to go afterwards, and where to show an error: with an origin that is trusted. */
  callbackURL: z.url(),
  errorCallbackURL: z.url(),
  additionalData: z.strictObject({ invitation: z.string().max(100) }).optional(),
})

const ConnectBody = SignInBody.omit({ additionalData: true }).extend({
  password: z.string().optional(), // see requireFreshSession
})

function requireBody(schema: z.ZodType, body: unknown): void {
  const { error } = schema.safeParse(body)
  if (!error) return
  const members = error.issues.map(({ path, message }) => `${path.join('.') || 'body'}: ${message}`)
  throw new APIError('BAD_REQUEST', { code: 'VALIDATION_ERROR', message: members.join('; ') })
}

/** For the accounts of this provider. Others come from a form, where no address is verified. */
async function requireVerifiedAddress(
  { emailVerified }: { emailVerified: boolean },
  context: GenericEndpointContext | null,
): Promise<void> {
  if (context?.path !== callbackPath || emailVerified) return
  throw new APIError('FORBIDDEN', {
    code: 'EMAIL_NOT_VERIFIED',
    message: 'The provider has not verified your e-mail address.',
  })
}

/** Taskward calls the provider only to sign in, so it stores none of its tokens. */
async function dropTokens({ providerId: id }: { providerId?: string }) {
  if (id !== providerId) return
  return { data: { accessToken: null, refreshToken: null, idToken: null } }
}
