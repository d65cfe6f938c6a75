import { execFile } from 'node:child_process'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect } from 'vitest'
import { makeAccessToken, narrowed } from '../testing/access-tokens.ts'
import type { App } from '../testing/app.ts'
import { openReaderFolder, stepsIn } from '../testing/doc-examples.ts'
import { it } from '../testing/test.ts'

const guide = new URL('../../docs/verify-tokens.md', import.meta.url)

let folder: string

beforeAll(async () => {
  folder = await openReaderFolder()
  const steps = stepsIn(await readFile(guide, 'utf8'))
  const program = steps.find((step) => step.kind === 'file' && step.name === 'verify.mjs')
  if (program?.kind !== 'file') throw new Error('The guide has no verify.mjs.')
  await writeFile(join(folder, 'verify.mjs'), program.content)
})

afterAll(() => rm(folder, { recursive: true }))

const script = `import { verifyToken } from './verify.mjs'
const verified = verifyToken(process.argv[1]).catch((error) => ({ error: error.code }))
console.log(JSON.stringify(await verified))`

/** What the guide's function returns for the header, in a process of its own. */
async function verify(app: App, header: string): Promise<unknown> {
  const env = { ...process.env, TASKWARD_URL: app.url }
  const args = ['--input-type=module', '--eval', script, header]
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: folder, env })
  return JSON.parse(stdout)
}

describe('the function that verifies a token in another backend', () => {
  it('accepts the tokens of apps and exchanged tokens', async ({ app, ada, notebook }) => {
    const { access_token } = await notebook.connect(ada)
    for (const token of [access_token, await narrowed(app, ada.token, { scope: 'tasks:read' })])
      expect(await verify(app, `Bearer ${token}`)).toEqual({
        accountId: ada.id,
        scopes: ['tasks:read'],
      })
  })

  it('refuses every other token', async ({ app, ada }) => {
    const header = { typ: 'at+jwt' }
    const claims = { sub: ada.id, scope: 'tasks:read', client_id: 'a', jti: 'a' }
    const { token } = await makeAccessToken(app, ada, ['tasks:read'])
    const refused = [
      ada.token,
      token,
      app.signToken({ ...claims, exp: 1 }, header),
      app.signToken({ ...claims, iss: 'https://evil.example' }, header),
      app.signToken({ ...claims, aud: 'https://evil.example' }, header),
      app.signToken({ ...claims, client_id: undefined }, header),
      app.signToken(claims, { ...header, alg: 'none' }),
      `${app.signToken(claims, header)}a`,
    ]
    expect(await verify(app, `Bearer ${app.signToken(claims, header)}`)).toMatchObject({
      accountId: ada.id,
    })
    for (const bad of refused)
      expect(await verify(app, `Bearer ${bad}`)).toEqual({ error: expect.any(String) })
  })
})
