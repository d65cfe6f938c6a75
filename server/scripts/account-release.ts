import { releaseAddress } from '../accounts/release.ts'
import { findUser, type User } from '../accounts/users.ts'
import { withParts } from '../commands/parts.ts'

/*
 * `npm run account:release -- ada@example.com` prints the account that holds the address. With `--yes`
 * it frees the address and ends the account's sessions, access tokens and connected apps.
 */

const [address, ...options] = process.argv.slice(2).filter((argument) => argument !== '--')
try {
  if (!address?.includes('@') || options.some((option) => option !== '--yes'))
    throw new Error('Usage: npm run account:release -- <e-mail address> [--yes]')
  await run(address, options.includes('--yes'))
} catch (error) {
  console.error(`No address was freed. ${error instanceof Error ? error.message : error}`)
  process.exit(1)
}

async function run(email: string, isDecided: boolean): Promise<void> {
  await withParts(undefined, async (parts) => {
    const holder = await findUser(parts, email)
    if (!holder) throw new Error(`No account has the address ${email}.`)
    console.log(describe(holder))
    if (!isDecided) return console.log('Nothing was changed. Add --yes to free the address.')
    const name = await releaseAddress(parts, holder)
    console.log(`${email} is free. The account is named ${name}, and its tasks are kept.`)
  })
}

function describe(holder: User): string {
  const { userId, createdAt, lastSignInAt, sessions, accessTokens, apps, tasks } = holder
  return [
    `account        ${userId}`,
    `created        ${createdAt.toISOString()}`,
    `last sign-in   ${lastSignInAt?.toISOString() ?? 'none whose session is still kept'}`,
    `ends           ${sessions} sessions, ${accessTokens} access tokens, ${apps} connected apps`,
    `keeps          ${tasks} tasks`,
  ].join('\n')
}
