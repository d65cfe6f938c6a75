import { APIError } from 'better-auth/api'
import { PersonName } from '../limits/names.ts'

const paths = ['/sign-up/email', '/update-user']

/**
 * Checks what people say of themselves. Names are trimmed; pictures are not stored.
 * @throws APIError 400, named after the field.
 */
export function cleanProfile(path: string, body: Record<string, unknown>): Record<string, unknown> {
  if (!paths.includes(path)) return body
  if (body.image !== undefined && body.image !== null && body.image !== '') {
    throw refusal('image', 'Taskward stores no pictures. Leave it out.')
  }
  const { image: _, name, ...rest } = body
  if (name === undefined && path === '/update-user') return rest
  const parsed = PersonName.safeParse(name)
  if (!parsed.success) throw refusal('name', parsed.error.issues[0]?.message ?? 'Invalid name.')
  return { ...rest, name: parsed.data }
}

function refusal(field: string, message: string): APIError {
  return new APIError('BAD_REQUEST', {
    code: 'VALIDATION_ERROR',
    message: `[body.${field}] ${message}`,
  })
}
