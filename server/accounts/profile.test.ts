import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type App, jsonHeaders, startApp } from '../testing/app.ts'
import { post } from '../testing/oauth.ts'

let app: App
beforeAll(async () => {
  app = await startApp()
})
afterAll(() => app.close())

async function signUp(fields: object) {
  const email = `${crypto.randomUUID()}@example.com`
  const response = await app.request('/api/auth/sign-up/email', {
    method: 'POST',
    headers: jsonHeaders,
    body: JSON.stringify({ name: 'Ada', email, password: 'correct horse', ...fields }),
  })
  return { status: response.status, body: await response.json() }
}

describe('a sign-up', () => {
  it.each(['', ' ', '\u2800', '\u3164', 'A\u200bda', 'a'.repeat(81)])(
    'with the name %j is refused with a message for the field',
    async (name) => {
      expect(await signUp({ name })).toEqual({
        status: 400,
        body: { code: 'VALIDATION_ERROR', message: expect.stringMatching(/^\[body\.name\] Your/) },
      })
    },
  )

  it('with a picture is refused', async () => {
    const { status, body } = await signUp({ image: 'https://evil.example/pixel' })
    expect({ status, message: body.message }).toEqual({
      status: 400,
      message: '[body.image] Taskward stores no pictures. Leave it out.',
    })
  })

  it('trims the name', async () => {
    expect((await signUp({ name: ' Zoë 👩‍💻 ' })).body.user.name).toBe('Zoë 👩‍💻')
  })
})

describe('an update of the account', () => {
  it('has the same rules', async () => {
    const ada = await app.signUp('Ada')
    const update = async (body: object) => (await post(app, ada, '/update-user', body)).status
    expect(await update({ name: '\u3164' })).toBe(400)
    expect(await update({ image: 'https://evil.example/pixel' })).toBe(400)
    expect(await update({ name: 'Augusta' })).toBe(200)
  })
})
