import { z } from 'zod'
import { listUsers } from '#db/users.ts'
import { releaseAddress } from '../accounts/release.ts'
import {
  deleteUser,
  disableUser,
  enableUser,
  findUser,
  inviteUser,
  type Parts,
  resetPassword,
  type User,
} from '../accounts/users.ts'
import type { Env } from '../env.ts'

/** The command cannot do what it was asked for. Nothing was changed. */
export class Refused extends Error {}

export type Output = (...lines: string[]) => void

type Order = {
  parts: Parts
  env: Env
  /** An e-mail address or an id. */
  target: string
  isDryRun: boolean
  /** Of an action that cannot be undone. */
  isConfirmed: boolean
  print: Output
}

const nothing = 'Nothing was changed.'
const similarMax = 5

/** By the name of the command. Each ends with a sentence, or with Refused. */
export const actions: Record<string, (order: Order) => Promise<void>> = {
  async disable({ parts, target, isDryRun, print }) {
    const user = await requireUser(parts, target)
    if (user.isDisabled) return print(`${user.email} is already disabled. ${nothing}`)
    print(...describe(user))
    if (isDryRun) return print(`${user.email} would be disabled. ${nothing}`)
    await disableUser(parts, user)
    print(`${user.email} is disabled. All access has ended, and the ${user.tasks} tasks are kept.`)
  },

  async enable({ parts, target, isDryRun, print }) {
    const user = await requireUser(parts, target)
    if (!user.isDisabled) return print(`${user.email} is not disabled. ${nothing}`)
    if (isDryRun) return print(`${user.email} would be enabled. ${nothing}`)
    await enableUser(parts, user)
    print(`${user.email} can sign in again.`)
  },

  async delete({ parts, target, isDryRun, isConfirmed, print }) {
    const user = await requireUser(parts, target)
    print(...describe(user))
    if (isDryRun) return print(`${user.email} and the tasks would be deleted. ${nothing}`)
    if (!isConfirmed)
      throw new Refused(`This cannot be undone. ${nothing} Add --yes to delete ${user.email}.`)
    await deleteUser(parts, user)
    print(`${user.email} is deleted, with ${user.tasks} tasks.`)
  },

  async release({ parts, target, isDryRun, isConfirmed, print }) {
    const user = await requireUser(parts, target)
    print(...describe(user))
    if (isDryRun) return print(`The address ${user.email} would be freed. ${nothing}`)
    if (!isConfirmed) throw new Refused(`${nothing} Add --yes to free the address ${user.email}.`)
    const name = await releaseAddress(parts, user)
    print(`${user.email} is free. The account is named ${name}, and its tasks are kept.`)
  },

  async 'reset-password'({ parts, env, target, isDryRun, print }) {
    const user = await requireUser(parts, target)
    print(...describe(user))
    if (isDryRun) return print(`A link for ${user.email} would be created. ${nothing}`)
    const { url, expiresAt } = await resetPassword(parts, user, env.baseUrl)
    print(
      `Send this link to ${user.email}. It sets a new password once, until ${toMinute(expiresAt)}:`,
      url,
      'The new password ends all sessions, access tokens and connected apps of the user.',
      'Until it is set, nothing changes.',
    )
    if (user.isDisabled) print('The user is disabled, and can sign in only after users enable.')
  },

  async invite({ parts, env, target, isDryRun, print }) {
    const email = target.trim().toLowerCase()
    if (!z.email().safeParse(email).success)
      throw new Refused(`${JSON.stringify(target)} is not an e-mail address. ${nothing}`)
    if (await findUser(parts, email))
      throw new Refused(`${email} has an account already. ${nothing}`)
    if (isDryRun) return print(`An invitation for ${email} would be created. ${nothing}`)
    const { url, expiresAt } = await inviteUser(parts, email, env.baseUrl)
    print(
      `Send this link to ${email}. It creates one account, until ${toMinute(expiresAt)}:`,
      url,
      invitationNotes[env.signUps],
    )
  },
}

const invitationNotes: Record<Env['signUps'], string> = {
  open: 'SIGN_UPS is open: accounts can also be created without an invitation.',
  invite: 'SIGN_UPS is invite: only users with an invitation can create an account.',
  closed: 'SIGN_UPS is closed: the link works only when you set SIGN_UPS=invite.',
}

/** @throws Refused that lists users with a similar address or name. */
async function requireUser(parts: Parts, target: string): Promise<User> {
  const user = await findUser(parts, target)
  if (user) return user
  const similar = await listUsers(parts.pool, { search: target, after: '', limit: similarMax })
  const list = similar.map(({ email, id, name }) => `\n  ${email}  ${id}  ${name}`).join('')
  throw new Refused(
    `No user has the e-mail address or the id ${JSON.stringify(target)}. ${nothing}` +
      (similar.length > 0 ? `\nGive the whole address or id of one of these:${list}` : ''),
  )
}

function describe(user: User): string[] {
  const { userId, name, createdAt, lastSignInAt, sessions, accessTokens, apps, tasks } = user
  return [
    `user           ${user.email} (${name})`,
    `id             ${userId}`,
    `created        ${createdAt.toISOString()}`,
    `last sign-in   ${lastSignInAt?.toISOString() ?? 'none whose session is still kept'}`,
    `has            ${sessions} sessions, ${accessTokens} access tokens, ${apps} connected apps, ${tasks} tasks`,
  ]
}

const toMinute = (time: Date) => `${time.toISOString().slice(0, 16).replace('T', ' ')} UTC`
