import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type App, startApp, startBeside } from '../../testing/app.ts'
import { type Pair, signOutRounds, spreadChange } from './rounds.ts'

/* The short version of `npm run test:instances`. */

let app: App
let beside: App
let pair: Pair
beforeAll(async () => {
  app = await startApp()
  beside = await startBeside(app)
  pair = { one: app.url, other: beside.url, origin: app.url }
})
afterAll(async () => {
  await beside.close()
  await app.close()
})

describe('with two instances on one database', () => {
  it('ends tokens and streams on one within a second after a sign-out on the other', async () => {
    const { refused, ended, reasons } = await signOutRounds(pair, 5)
    expect(Math.max(...refused, ...ended)).toBeLessThan(1_000)
    expect([...reasons]).toEqual(['SESSION_ENDED'])
  })

  it('sends a change through one to every stream of its owner on the other, and to no other stream', async () => {
    expect(await spreadChange(pair, 60)).toMatchObject({ received: 60, strays: 0 })
  })
})
