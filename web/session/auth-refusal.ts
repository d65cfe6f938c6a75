import { type AuthRefusal, bodyOf } from './auth-http.ts'

type Words = Omit<AuthRefusal, 'code'>

const accountExists: Words = {
  message: 'There is already an account with this email. Sign in instead.',
  field: 'email',
}

/** Better Auth's codes that a user can cause, with our messages. */
const words: Record<string, Words> = {
  INVALID_EMAIL_OR_PASSWORD: {
    message: 'The email or the password is wrong. Check both and try again.',
    field: 'password',
  },
  USER_ALREADY_EXISTS: accountExists,
  USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL: accountExists,
  INVALID_EMAIL: { message: 'Enter an email address such as ada@example.com.', field: 'email' },
  PASSWORD_TOO_SHORT: { message: 'The password needs at least 8 characters.', field: 'password' },
  PASSWORD_TOO_LONG: {
    message: 'The password can have at most 128 characters.',
    field: 'password',
  },
  INVALID_PASSWORD: {
    message: 'The password is wrong. Check it and try again.',
    field: 'password',
  },
  // Of a link to set a password, or to confirm an address.
  INVALID_TOKEN: { message: 'This link has expired or was used. Request a new one.' },
  EMAIL_TAKEN: { message: 'Another account has this email address now.' },
  EMAIL_ALREADY_VERIFIED: { message: 'This email address is verified already.' },
  EMAIL_IS_THE_SAME: { message: 'The account has this email address already.', field: 'email' },
  PASSWORD_REQUIRED: { message: 'Enter your password.', field: 'password' },
  CREDENTIAL_ACCOUNT_NOT_FOUND: {
    message:
      'Your account has no password. The operator of this server can send you a link that sets one.',
  },
  SESSION_NOT_FRESH: {
    message: 'You signed in a while ago. Enter your password to go on.',
    field: 'password',
  },
  INVALID_ORIGIN: {
    message: 'This page was opened at an address that the server does not accept.',
  },
}

export const unreachable: AuthRefusal = {
  code: 'UNREACHABLE',
  message: 'The server cannot be reached. Nothing you typed is lost; try again in a moment.',
}

export const tokenUnavailable: AuthRefusal = {
  code: 'TOKEN_UNAVAILABLE',
  message: 'You could not be signed in just now. Nothing you typed is lost; try again in a moment.',
}

/** The sign-in was accepted, and the next request came without its cookie. */
export const cookieNotKept: AuthRefusal = {
  code: 'COOKIE_NOT_KEPT',
  message:
    'Your browser did not keep the cookie that keeps you signed in. Allow cookies for this site in the settings of the browser, then try again.',
}

export async function refusalOf(response: Response): Promise<AuthRefusal> {
  const { code, message } = await bodyOf(response)
  if (response.status === 429) return rateLimited(response)
  const known = typeof code === 'string' ? words[code] : undefined
  if (known) return { ...known, code: String(code) }
  return {
    code: typeof code === 'string' ? code : `HTTP_${response.status}`,
    message:
      typeof message === 'string'
        ? message.replace(/^\[body\.\w+\] /, '')
        : 'The server refused this. Try again.',
    ...fieldNamedIn(String(message)),
  }
}

/** NOTE: Better Auth sends `X-Retry-After`; a proxy in front of it sends `Retry-After`. */
function rateLimited({ headers }: Response): AuthRefusal {
  const seconds = Number(headers.get('retry-after') ?? headers.get('x-retry-after'))
  const known = Number.isFinite(seconds) && seconds > 0
  return {
    code: 'RATE_LIMITED',
    message: `Too many attempts. ${known ? `Wait ${waitInWords(seconds)}` : 'Wait a moment'}, then try again.`,
    ...(known && { retryAfterSeconds: seconds }),
  }
}

function waitInWords(seconds: number): string {
  const [count, unit] = seconds < 90 ? [seconds, 'second'] : [Math.ceil(seconds / 60), 'minute']
  return `${count} ${unit}${count === 1 ? '' : 's'}`
}

/** Validation errors name the field only in their text: `[body.email] Invalid email address`. */
function fieldNamedIn(message: string): Pick<AuthRefusal, 'field'> {
  const field = (['email', 'password', 'name'] as const).find((name) =>
    message.startsWith(`[body.${name}]`),
  )
  return field ? { field } : {}
}
