import { parseArgs } from 'node:util'
import type { Parts } from '../accounts/users.ts'
import type { Env } from '../env.ts'
import { withParts } from './parts.ts'
import { actions, type Output, Refused } from './user-actions.ts'
import { printUsers } from './user-list.ts'

const usage = `Usage: npm run users -- COMMAND [--dry-run]

  list [--search TEXT] [--limit N] [--after EMAIL] [--json]
                          lists the users in the order of their addresses
  disable USER            ends all access of the user, and refuses sign-ins
  enable USER             lets a disabled user sign in again
  delete USER --yes       deletes the account and its tasks
  release USER --yes      frees the e-mail address of the user, as npm run account:release
  reset-password USER     prints a link that sets a new password once
  invite EMAIL            prints a link that creates one account

USER is an e-mail address or an id. --dry-run changes nothing and says what would be done.
Without the sources: node dist/server/main.js users COMMAND`

const options = {
  search: { type: 'string', default: '' },
  limit: { type: 'string', default: '50' },
  after: { type: 'string', default: '' },
  json: { type: 'boolean', default: false },
  'dry-run': { type: 'boolean', default: false },
  yes: { type: 'boolean', default: false },
} as const

/**
 * Runs one command of an operator.
 * @returns the exit code. 0: done, or there was nothing to do. 1: refused or failed. 2: usage error.
 */
export async function runUsers(args: string[]): Promise<number> {
  const command = parse(args)
  if (!command) {
    console.error(usage)
    return 2
  }
  try {
    await withParts(process.stderr, command)
    return 0
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    console.error(error instanceof Refused ? reason : `The command failed. ${reason}`)
    return 1
  }
}

type Command = (parts: Parts, env: Env) => Promise<void>

/** Undefined: the arguments are no command. */
function parse(args: string[]): Command | undefined {
  const parsed = tryParse(args)
  if (!parsed) return undefined
  const { values, positionals } = parsed
  const [name = '', target, ...rest] = positionals
  const limit = Number(values.limit)
  if (name === 'list' && target === undefined && Number.isInteger(limit) && limit > 0) {
    const { search, after, json } = values
    return ({ pool }) =>
      printUsers(pool, { search, after: after.toLowerCase(), limit, json }, print)
  }
  const action = Object.hasOwn(actions, name) ? actions[name] : undefined
  if (!action || !target || rest.length > 0) return undefined
  const decision = { isDryRun: values['dry-run'], isConfirmed: values.yes }
  return (parts, env) => action({ parts, env, target, print, ...decision })
}

function tryParse(args: string[]) {
  try {
    return parseArgs({ args, options, allowPositionals: true })
  } catch {
    return undefined
  }
}

const print: Output = (...lines) => console.log(lines.join('\n'))
