import { seededRandom } from '#db/testing/random.ts'
import type { Account } from '../app.ts'
import { createDraw } from './draw.ts'
import { createModel } from './model.ts'
import type { World } from './operations.ts'
import { createCursors } from './pages.ts'

export type Person = ReturnType<typeof createPeople>[number]

/** The accounts with a model and a sequence of random choices each. Each knows the models of the others. */
export function createPeople(accounts: Account[], seed: number) {
  const cursors = createCursors()
  const people = accounts.map((account) => ({ account, own: createModel(account, cursors) }))
  return people.map(({ account, own }, n) => {
    const others = people.map((person) => person.own).filter((model) => model !== own)
    const world: World = { own, others, gone: [], creations: [] }
    const draw = createDraw(seededRandom(seed + n))
    return { query: account.query, token: account.token, draw, world }
  })
}
