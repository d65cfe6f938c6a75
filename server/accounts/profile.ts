import { APIError } from 'better-auth/api'
import { PersonName } from '../limits/names.ts'

const paths = ['/sign-up/email', '/update-user']

/**
 * Checks name and picture of a sign-up or update. Trims the name and drops an empty picture.
 * @throws APIError 400 whose message begins with the field.
 */
export function cleanProfile(path: string, body: Record<string, unknown>): Record<string, unknown> {
  if (!paths.includes(path)) return body
  if (body.image !== undefined && body.image !== null && body.image !== '') {
    throw invalidField('image', 'Taskward stores no pictures. Leave it out.')
  }
  const { image: _, name, ...rest } = body
  if (name === undefined && path === '/update-user') return rest
  const parsed = PersonName.safeParse(name)
  if (!parsed.success)
    throw invalidField('name', parsed.error.issues[0]?.message ?? 'Invalid name.')
  return { ...rest, name: parsed.data }
}

function invalidField(field: string, message: string): APIError {
  return new APIError('BAD_REQUEST', {
    code: 'VALIDATION_ERROR',
    message: `[body.${field}] ${message}`,
  })
}
