import { describe, expect } from 'vitest'
import { postAuth } from '../testing/accounts.ts'
import type { App } from '../testing/app.ts'
import { post } from '../testing/oauth.ts'
import { it } from '../testing/test.ts'

async function signUp(app: App, fields: object) {
  const email = `${crypto.randomUUID()}@example.com`
  const body = { name: 'Ada', email, password: 'correct horse', ...fields }
  const response = await postAuth(app, '/sign-up/email', body)
  return { status: response.status, body: await response.json() }
}

describe('a sign-up', () => {
  it.for(['', ' ', '\u2800', '\u3164', 'A\u200bda', 'a'.repeat(81)])(
    'with the name %j is refused with a message for the field',
    async (name, { app }) => {
      expect(await signUp(app, { name })).toEqual({
        status: 400,
        body: { code: 'VALIDATION_ERROR', message: expect.stringMatching(/^\[body\.name\] Your/) },
      })
    },
  )

  it('with a picture is refused', async ({ app }) => {
    const { status, body } = await signUp(app, { image: 'https://evil.example/pixel' })
    expect({ status, message: body.message }).toEqual({
      status: 400,
      message: '[body.image] Taskward stores no pictures. Leave it out.',
    })
  })

  it('trims the name', async ({ app }) => {
    expect((await signUp(app, { name: ' Zoë 👩‍💻 ' })).body.user.name).toBe('Zoë 👩‍💻')
  })
})

describe('an update of the account', () => {
  it('has the same rules', async ({ app }) => {
    const ada = await app.signUp('Ada')
    const update = async (body: object) => (await post(app, ada, '/update-user', body)).status
    expect(await update({ name: '\u3164' })).toBe(400)
    expect(await update({ image: 'https://evil.example/pixel' })).toBe(400)
    expect(await update({ name: 'Augusta' })).toBe(200)
  })
})
