import { describe, expect } from 'vitest'
import { it } from '../../testing/test.ts'
import { type Pair, signOutRounds, spreadChange } from './rounds.ts'

/* The short version of `npm run test:instances`. */

let pair: Pair
it.beforeAll(async ({ app, other }) => {
  pair = { one: app.url, other: other.url, origin: app.url }
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
