import { describe, expect, vi } from 'vitest'
import type { UserPage } from '#db/users.ts'
import type { App } from '../testing/app.ts'
import { runProgram } from '../testing/operator.ts'
import { it } from '../testing/test.ts'
import { printUsers } from './user-list.ts'
import { runUsers } from './users.ts'

/** Runs `npm run users -- …`. */
const users = (app: App, ...args: string[]) => runProgram(app, 'server/main.ts', ['users', ...args])

// Each test starts a process, which takes seconds on a busy machine.
describe('npm run users', { timeout: 60_000 }, () => {
  it('lists users as JSON, and nothing else on the standard output', async ({ app, ada, bob }) => {
    const { code, stdout } = await users(app, 'list', '--json')
    expect(code).toBe(0)
    const listed: unknown = JSON.parse(stdout)
    expect(listed).toEqual(
      [ada, bob]
        .toSorted((a, b) => (a.email < b.email ? -1 : 1))
        .map(({ id, email }) => ({
          id,
          email,
          name: expect.any(String),
          createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
          disabledAt: null,
        })),
    )
  })

  it('writes events to the standard error, and ends with 1 for an unknown user', async ({
    app,
  }) => {
    const carol = await app.signUp('Carol')
    const { code, stdout, stderr } = await users(app, 'disable', carol.email)
    expect(code).toBe(0)
    expect(stdout).toContain(`${carol.email} is disabled.`)
    expect(stdout).not.toContain('"event"')
    expect(stderr).toContain('"event":"user_disabled"')
    const again = await users(app, 'delete', 'absent@example.com', '--yes')
    expect(again).toEqual({
      code: 1,
      stdout: '',
      stderr:
        'No user has the e-mail address or the id "absent@example.com". Nothing was changed.\n',
    })
  })
})

describe('users list', () => {
  it('lists page by page in the order of the addresses', async ({ app, ada, bob }) => {
    const first = await list(app, { limit: 1 })
    expect(first).toContain(ada.email)
    expect(first).not.toContain(bob.email)
    expect(first).toContain(`There are more. Continue with --after ${ada.email}`)
    const second = await list(app, { after: ada.email })
    expect(second).toContain(bob.email)
    expect(second).not.toContain('There are more')
  })

  it('searches names and addresses in any case, without wildcards', async ({ app, ada, bob }) => {
    const found = await list(app, { search: 'BOB' })
    expect(found).toContain(bob.email)
    expect(found).not.toContain(ada.email)
    expect(await list(app, { search: '%' })).toBe('No user matches.')
  })
})

describe('a usage error', () => {
  it.for([
    [],
    ['remove', 'ada@example.com'],
    ['disable'],
    ['disable', 'ada@example.com', 'bob@example.com'],
    ['disable', 'ada@example.com', '--force'],
    ['list', '--limit', '0'],
    ['toString', 'ada@example.com'],
  ])('ends with 2 and the usage: %j', async (args) => {
    const printed = vi.spyOn(console, 'error').mockReturnValue()
    expect(await runUsers(args)).toBe(2)
    expect(printed).toHaveBeenCalledWith(expect.stringMatching(/^Usage: npm run users/))
    printed.mockRestore()
  })
})

async function list({ pool }: App, page: Partial<UserPage>): Promise<string> {
  const lines: string[] = []
  const options = { search: '', after: '', limit: 50, json: false, ...page }
  await printUsers(pool, options, (...more) => void lines.push(...more))
  return lines.join('\n')
}
