import type { CombinedError } from 'urql'
import { SessionEnded } from '../session/session-ended.ts'

/** Why the API refused a request, in words for the user. */
export type Refusal = { message: string; code: string; field?: string | undefined }

const sessionOver: Refusal = {
  code: 'UNAUTHENTICATED',
  message: 'Your session expired. Sign in, then try again.',
}

const unreachable: Refusal = {
  code: 'UNREACHABLE',
  message: 'The server cannot be reached. Try again in a moment.',
}

const words: Record<string, string> = {
  NOT_FOUND: 'This task no longer exists. It was deleted elsewhere.',
  CONFLICT: 'This task was changed elsewhere. Reload the page to see the current version.',
  RATE_LIMITED: 'Too many requests. Wait a moment, then try again.',
  BAD_USER_INPUT: 'The server did not accept this. Reload the page, then try again.',
  UNAUTHENTICATED: sessionOver.message,
}

const unexpected = 'Something went wrong on the server. Try again in a moment.'

export function refusalOf(error: CombinedError): Refusal {
  if (error.networkError instanceof SessionEnded) return sessionOver
  const first = error.graphQLErrors[0]
  if (!first) return unreachable
  const code = String(first.extensions.code ?? 'INTERNAL_SERVER_ERROR')
  const field = typeof first.extensions.field === 'string' ? first.extensions.field : undefined
  // A message that begins with the field is about what the user typed. The others, such as those of
  // GraphQL itself, are for developers.
  const isOfField = code === 'BAD_USER_INPUT' && field && first.message.startsWith(`${field} `)
  const said = isOfField ? sentence(first.message) : undefined
  return { code, field, message: said ?? words[code] ?? unexpected }
}

function sentence(message: string): string {
  return message.charAt(0).toUpperCase() + message.slice(1)
}
