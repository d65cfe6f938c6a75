import type { AuthContext, BetterAuthPlugin } from 'better-auth'
import { APIError, createAuthEndpoint, sessionMiddleware } from 'better-auth/api'
import { z } from 'zod'
import { requireFreshSession } from '../access-tokens/fresh-session.ts'
import { addressHeader, originOf } from '../http/origin-headers.ts'
import type { Attempt } from '../limits/account-limits.ts'
import { digestEmail, recordEvent } from '../log/audit.ts'
import type { Logger } from '../log/log.ts'
import type { Mailer } from '../mail/mailer.ts'
import {
  writeAddressNotice,
  writeChangeLink,
  writeResetLink,
  writeVerifyLink,
} from './mail-texts.ts'
import {
  createAddressLink,
  createResetLink,
  deleteLinks,
  useAddressLink,
} from './one-time-links.ts'

type AccountMailOptions = {
  mailer: Mailer
  baseUrl: string
  /** Counts one more e-mail. Throws APIError 429 when there were too many. */
  countMail: (request: Attempt) => Promise<void>
  log: Logger
}

type Adapter = AuthContext['internalAdapter']

/** RFC 5321 §4.5.3.1.3. */
const maxEmailLength = 254
const Email = z.string().max(maxEmailLength).trim().toLowerCase().pipe(z.email())

/**
 * Forgotten password, verification and change of the e-mail address. They take the place of Better
 * Auth's endpoints of the same names, whose links work more than once and have their secret in the
 * query; docs/decisions/0082-mailed-links-are-like-those-of-operators.md.
 */
export function accountMail({ mailer, baseUrl, countMail, log }: AccountMailOptions) {
  const linkParts = (adapter: Adapter) => ({ adapter, baseUrl, now: new Date() })
  const addressOf = (headers: Headers | undefined) => headers?.get(addressHeader) ?? ''

  function requireMail(): void {
    if (mailer.canSend) return
    throw new APIError('FORBIDDEN', { code: 'MAIL_NOT_SET_UP', message: mailNotSetUp })
  }

  /** Reads the account after the answer, so that the answer does not depend on it. */
  function sendResetLink(adapter: Adapter, email: string): void {
    mailer.send(async () => {
      const found = await adapter.findUserByEmail(email)
      if (!found || isDisabled(found.user)) return undefined
      const link = await createResetLink(linkParts(adapter), found.user.id, 'mail')
      return writeResetLink(email, link)
    })
  }

  return {
    id: 'account-mail',
    endpoints: {
      requestPasswordReset: createAuthEndpoint(
        '/request-password-reset',
        { method: 'POST', body: z.object({ email: Email }) },
        async ({ context, body: { email }, headers, json }) => {
          requireMail()
          await countMail({ address: addressOf(headers), email })
          recordEvent(log, 'reset_link_requested', {
            account: digestEmail(email),
            ...originOf(headers),
          })
          sendResetLink(context.internalAdapter, email)
          return json({ status: true })
        },
      ),

      sendVerificationEmail: createAuthEndpoint(
        '/send-verification-email',
        { method: 'POST', use: [sessionMiddleware] },
        async ({ context, headers, json }) => {
          requireMail()
          const { internalAdapter, session } = context
          const { id: userId, email, emailVerified } = session.user
          if (emailVerified) throw refuse('EMAIL_ALREADY_VERIFIED')
          await countMail({ address: addressOf(headers), email })
          mailer.send(async () => {
            const claim = { userId, from: email, to: email }
            return writeVerifyLink(
              email,
              await createAddressLink(linkParts(internalAdapter), claim),
            )
          })
          return json({ status: true })
        },
      ),

      changeEmail: createAuthEndpoint(
        '/change-email',
        {
          method: 'POST',
          body: z.object({ newEmail: Email, password: z.string().optional() }),
          use: [sessionMiddleware],
        },
        async (endpoint) => {
          requireMail()
          const { context, body, headers, json } = endpoint
          const { internalAdapter, session } = context
          const { id: userId, email: from } = session.user
          const { newEmail: to, password } = body
          if (to === from) throw refuse('EMAIL_IS_THE_SAME')
          if (password === undefined && (await hasPassword(internalAdapter, userId)))
            throw refuse('PASSWORD_REQUIRED')
          await requireFreshSession(endpoint)
          await countMail({ address: addressOf(headers), email: from })
          await countMail({ address: addressOf(headers), email: to })
          mailer.send(async () => {
            // The same answer as for a free address: the page must not tell who has an account.
            if (await internalAdapter.findUserByEmail(to)) return undefined
            const claim = { userId, from, to }
            return writeChangeLink(to, await createAddressLink(linkParts(internalAdapter), claim))
          })
          return json({ status: true })
        },
      ),

      verifyEmail: createAuthEndpoint(
        '/verify-email',
        { method: 'POST', body: z.object({ token: z.string().max(100) }) },
        async ({ context: { adapter, internalAdapter }, body: { token }, headers, json }) => {
          const claim = await useAddressLink(internalAdapter, token)
          const user = claim && (await internalAdapter.findUserById(claim.userId))
          if (!claim || user?.email !== claim.from) throw refuse('INVALID_TOKEN')
          const { userId, from, to } = claim
          await setAddress(internalAdapter, userId, to)
          const event = { userId, account: digestEmail(to), ...originOf(headers) }
          if (from !== to) {
            await deleteLinks(adapter, userId)
            mailer.send(async () => writeAddressNotice(from))
          }
          recordEvent(log, from === to ? 'email_verified' : 'email_changed', event)
          return json({ email: to, isChanged: from !== to })
        },
      ),
    },
  } satisfies BetterAuthPlugin
}

function isDisabled(user: object): boolean {
  return 'disabledAt' in user && user.disabledAt !== null
}

async function hasPassword(adapter: Adapter, userId: string): Promise<boolean> {
  const accounts = await adapter.findAccounts(userId)
  return accounts.some(({ providerId }) => providerId === 'credential')
}

/** @throws APIError 400 EMAIL_TAKEN when another account has got the address meanwhile. */
async function setAddress(adapter: Adapter, userId: string, email: string): Promise<void> {
  try {
    await adapter.updateUser(userId, { email, emailVerified: true })
  } catch (error) {
    throw isUniqueViolation(error) ? refuse('EMAIL_TAKEN') : error
  }
}

/** SQLSTATE 23505. */
const isUniqueViolation = (error: unknown) => Object(error).code === '23505'

const mailNotSetUp =
  'This server sends no e-mail, because its operator has not set it up. Ask the operator for help.'

const messages = {
  EMAIL_ALREADY_VERIFIED: 'The e-mail address is verified already.',
  EMAIL_IS_THE_SAME: 'The account has this e-mail address already.',
  PASSWORD_REQUIRED: 'Send the password to change the e-mail address.',
  INVALID_TOKEN: 'The link has expired or was used. Request a new one.',
  EMAIL_TAKEN: 'Another account has this e-mail address now. Sign in to that account instead.',
}

function refuse(code: keyof typeof messages): APIError {
  return new APIError('BAD_REQUEST', { code, message: messages[code] })
}
