import { expect } from 'vitest'
import { readRuns, testSeed as seed } from '#db/testing/random.ts'
import { type Answer, manyPoints } from '../testing/app.ts'
import { answerOf } from '../testing/model/model.ts'
import { documents, drawOperation, remember } from '../testing/model/operations.ts'
import { createPeople, type Person } from '../testing/model/people.ts'
import type { Exchange, Operation, Outcome } from '../testing/model/types.ts'
import { withVariables } from '../testing/test.ts'

/*
 * Five users send random operations concurrently. Each answer is compared with a model of that user
 * alone. TEST_SEED repeats a failed run, DIFFERENTIAL_OPERATIONS changes its length.
 */

const operationCount = readRuns('DIFFERENTIAL_OPERATIONS', { local: 300, ci: 3_000 })

const names = ['Ada', 'Bob', 'Cleo', 'Dan', 'Eve']

const it = withVariables(manyPoints)

const title = `answers ${operationCount} random operations as the model does (TEST_SEED=${seed})`

it(title, { timeout: 600_000 }, async ({ app }) => {
  const people = createPeople(await Promise.all(names.map(app.signUp)), seed)
  const refusals = new Map<string, string>()
  for (let n = 0; n < operationCount; n += people.length) {
    const round = await Promise.all(people.map(ask))
    for (const { person, operation, answer, exchange } of round) {
      const idsBefore = [...person.world.own.tasks.keys()]
      const expected = answerOf(person.world.own, operation, exchange)
      const context = `seed ${seed}, operation ${n}: ${JSON.stringify(operation)}`
      expect(outcomeOf(answer), context).toEqual(expected)
      expectSameRefusal(refusals, operation, answer, context)
      remember(person.world, operation, idsBefore)
    }
  }
})

async function ask(person: Person) {
  const operation = drawOperation(person.draw, person.world)
  const sentAt = Date.now()
  const answer = await person.query(documents[operation.name] ?? '', operation.variables)
  const exchange: Exchange = { data: answer.body.data, sentAt, receivedAt: Date.now() }
  return { person, operation, answer, exchange }
}

/** The complete answer; of a refusal only what clients may rely on, without the message. */
function outcomeOf({ body: { data, errors } }: Answer): Outcome | Answer['body'] {
  const deleted = data?.deleteCompletedTasks as { deletedTaskIds: string[] } | undefined
  deleted?.deletedTaskIds.sort() // in no particular order
  if (!errors) return { data }
  const [error, ...more] = errors
  const isWhole = error !== undefined && more.length === 0 && data == null
  return isWhole ? (error.extensions as Outcome) : { data, errors }
}

/** Another user's task, a deleted one and a malformed id must give the same refusal. */
function expectSameRefusal(
  refusals: Map<string, string>,
  { name }: Operation,
  { status, body }: Answer,
  context: string,
) {
  // Without `data` the execution did not start: a variable has a wrong type.
  expect(status, context).toBe('data' in body ? 200 : 400)
  if (body.errors?.[0]?.extensions.code !== 'NOT_FOUND') return
  const text = JSON.stringify(body)
  expect(text, context).toBe(refusals.get(name) ?? text)
  refusals.set(name, text)
}
