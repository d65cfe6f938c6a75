import type { Pool } from 'pg'
import { type ListedUser, listUsers, type UserPage } from '#db/users.ts'
import type { Output } from './user-actions.ts'

/** `json`: prints an array for programs instead of lines. */
type ListOptions = UserPage & { json: boolean }

export async function printUsers(
  pool: Pool,
  { json, ...page }: ListOptions,
  print: Output,
): Promise<void> {
  const found = await listUsers(pool, { ...page, limit: page.limit + 1 })
  const users = found.slice(0, page.limit)
  if (json) return print(JSON.stringify(users, null, 2))
  if (users.length === 0) return print('No user matches.')
  const width = Math.max(...users.map(({ email }) => email.length))
  for (const user of users) print(describe(user, width))
  const last = users.at(-1)
  if (found.length > users.length && last)
    print(`There are more. Continue with --after ${last.email}`)
}

function describe({ id, email, name, createdAt, disabledAt }: ListedUser, width: number): string {
  const day = createdAt.toISOString().slice(0, 10)
  return `${email.padEnd(width)}  ${id}  since ${day}  ${disabledAt ? 'DISABLED  ' : ''}${name}`
}
