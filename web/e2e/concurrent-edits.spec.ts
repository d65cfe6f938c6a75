import { Client, fetchExchange } from 'urql'
import { describe, expect, inject, it } from 'vitest'
import { chainUpdates } from '../api/chain-exchange.ts'
import { taskCache } from '../tasks/cache.ts'
import { readTaskVersion, updateTask } from '../tasks/task-updates.ts'
import {
  editsOf,
  isSameValue,
  mergeEdits,
  type TaskField,
  type TaskValues,
  type TaskVersion,
} from '../tasks/task-values.ts'
import { type Account, createAccount, fetchToken } from './account.ts'

const pairs = Number(process.env.EDIT_PAIRS ?? 10)
/** Pairs that run at the same time. */
const together = 5
const seed = Number(process.env.EDIT_SEED ?? Date.now() % 1_000_000)

/** The page's own client, with its cache, on the real API. */
async function openClient(url: string, ada: Account): Promise<Client> {
  const authorization = `Bearer ${await fetchToken(url, ada.cookies)}`
  return new Client({
    url: `${url}/graphql`,
    preferGetMethod: false,
    fetchOptions: { headers: { authorization } },
    exchanges: [taskCache(), chainUpdates(), fetchExchange],
  })
}

/** mulberry32. */
function createRandom(state: number) {
  let a = state
  return () => {
    a = (a + 0x6d2b79f5) | 0
    let t = Math.imul(a ^ (a >>> 15), 1 | a)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Few values, so that both sides often change a field to the same one. */
const choices: { [Field in TaskField]: TaskValues[Field][] } = {
  title: ['Buy milk', 'Buy oat milk', 'Call Bob'],
  description: [null, 'The green one', 'Two litres'],
  dueOn: [null, '2026-11-30', '2026-12-24'],
  priority: ['LOW', 'MEDIUM', 'HIGH'],
  labels: [[], ['home'], ['home', 'garden']],
  repeat: [
    null,
    { every: 2, unit: 'DAY', weekdays: null, from: 'DUE_DATE' },
    { every: 1, unit: 'WEEK', weekdays: ['MONDAY', 'FRIDAY'], from: 'COMPLETION' },
  ],
}

function drawChanges(random: () => number): Partial<TaskValues> {
  const chosen = Object.entries(choices).filter(() => random() < 0.5)
  const drawn = chosen.map(([field, values]) => [field, values[Math.floor(random() * 3)]])
  return Object.fromEntries(drawn)
}

type Side = { client: Client; seen: TaskVersion; changes: Partial<TaskValues> }

/**
 * Saves field by field, as a person who goes through the form without waiting.
 * @returns the fields that were changed elsewhere and are not saved.
 */
async function edit({ client, seen, changes }: Side) {
  const saves = Object.entries(changes).map(([field, value]) =>
    updateTask(client, seen, editsOf(seen, { [field]: value })),
  )
  const refusals = await Promise.all(saves)
  expect(refusals.filter((one) => one && one.code !== 'CONFLICT')).toEqual([])
  return refusals.flatMap((one) => (one?.field ? [one.field] : [])) as TaskField[]
}

async function read(client: Client, id: string): Promise<TaskVersion> {
  const answer = await readTaskVersion(client, id)
  if ('refusal' in answer) throw new Error(answer.refusal.message)
  return answer.version
}

describe(`${pairs} random pairs of concurrent edits (EDIT_SEED=${seed})`, () => {
  it('lose no field without showing it', { timeout: 10_000 + pairs * 2_000 }, async () => {
    const { url } = inject('running')
    const ada = await createAccount(url, 'Ada')
    const clients = [await openClient(url, ada), await openClient(url, ada)] as const
    const random = createRandom(seed)
    const counts = { fields: 0, kept: 0, shown: 0 }
    for (let done = 0; done < pairs; done += together) {
      const ids = await ada.createTasks(
        ...Array.from({ length: together }, () => ({ title: 'Buy milk', labels: ['home'] })),
      )
      const drawn = ids.map((id) => ({ id, drawn: [drawChanges(random), drawChanges(random)] }))
      await Promise.all(
        drawn.map(async ({ id, drawn }) => {
          const sides = await Promise.all(
            clients.map(async (client, n) => {
              const seen = await read(client, id)
              return { client, seen, changes: drawn[n] ?? {} }
            }),
          )
          const shown = await Promise.all(sides.map(edit))
          const now = await read(clients[0], id)
          for (const [n, { seen, changes }] of sides.entries())
            for (const field of Object.keys(changes) as TaskField[]) {
              const { conflicts } = mergeEdits(editsOf(seen, { [field]: changes[field] }), now)
              if (isSameValue(changes[field] ?? null, seen[field])) continue
              counts.fields += 1
              // Either the API has the value, or the form shows it beside the other one.
              expect({ id, field, conflicts }).toEqual({
                id,
                field,
                conflicts: shown[n]?.includes(field) ? [field] : [],
              })
              if (conflicts.length > 0) expect(now[field]).toEqual(sides[1 - n]?.changes[field])
              counts[conflicts.length > 0 ? 'shown' : 'kept'] += 1
            }
        }),
      )
    }
    console.log(`${pairs} pairs:`, counts)
    expect(counts.kept + counts.shown).toBe(counts.fields)
  })
})
