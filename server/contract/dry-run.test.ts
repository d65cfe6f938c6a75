import { expect } from 'vitest'
import { readRuns, testSeed as seed } from '#db/testing/random.ts'
import { type Answer, type GraphqlBody, manyPoints } from '../testing/app.ts'
import { sendDry } from '../testing/dry-run.ts'
import { documents, drawOperation } from '../testing/model/operations.ts'
import { createPeople, type Person } from '../testing/model/people.ts'
import type { ModelTask, Operation } from '../testing/model/types.ts'
import { readTableState } from '../testing/table-state.ts'
import { withVariables } from '../testing/test.ts'

/*
 * Three users send random operations of one to four mutations, each first as a dry run and then for
 * real. Both answers must be equal but for new ids and times, and the dry run must change no table.
 * TEST_SEED repeats a failed run, DRY_RUN_MUTATIONS changes its length.
 */

const mutationCount = readRuns('DRY_RUN_MUTATIONS', { local: 300, ci: 1_000 })

const it = withVariables(manyPoints)

const title = `answers ${mutationCount} random mutations as the real run does, and leaves no trace (TEST_SEED=${seed})`

it(title, { timeout: 1_200_000 }, async ({ app }) => {
  const people = createPeople(await Promise.all(['Ada', 'Bob', 'Cleo'].map(app.signUp)), seed)
  const codes = new Map<unknown, number>()
  for (let sent = 0; sent < mutationCount; ) {
    const operations = people.map(drawMutations)
    const before = await readTableState(app.pool)
    const dry = await Promise.all(
      people.map(({ token }, n) =>
        untilVerified(() => sendDry(app, token, ...toRequest(operations[n]))),
      ),
    )
    expect(await readTableState(app.pool)).toEqual(before)
    const real = await Promise.all(
      people.map(({ query }, n) => untilVerified(() => query(...toRequest(operations[n])))),
    )
    for (const [n, person] of people.entries()) {
      const context = `seed ${seed}, mutation ${sent}: ${JSON.stringify([operations[n], dry[n]?.body])}`
      const { extensions, ...answer } = dry[n]?.body ?? {}
      const known = [...person.world.own.tasks.keys()]
      expect(dry[n]?.status, context).toBe(real[n]?.status)
      expect(comparable(answer, known), context).toEqual(comparable(real[n]?.body ?? {}, known))
      expect(extensions, context).toEqual('data' in answer ? { dryRun: true } : undefined)
      const code = answer.errors?.[0]?.extensions.code ?? 'OK'
      codes.set(code, (codes.get(code) ?? 0) + 1)
      sent += operations[n]?.length ?? 0
      await remember(person, operations[n] ?? [])
    }
  }
  // Otherwise the generator draws too little.
  expect([...codes.keys()]).toEqual(expect.arrayContaining(['OK', 'BAD_USER_INPUT', 'NOT_FOUND']))
})

/**
 * Sends again after KEYS_UNAVAILABLE, which a machine under load may answer (server/tokens/revocation.ts).
 * Such a request was not executed.
 */
async function untilVerified<Sent extends Answer>(send: () => Promise<Sent>): Promise<Sent> {
  for (;;) {
    const answer = await send()
    if (answer.body.errors?.[0]?.extensions.code !== 'KEYS_UNAVAILABLE') return answer
  }
}

function drawMutations({ draw, world }: Person): Operation[] {
  const isMutation = ({ name }: Operation) => documents[name]?.startsWith('mutation')
  const mutations: Operation[] = []
  const count = draw.one([1, 1, 2, 3, 4], 1)
  while (mutations.length < count) {
    const operation = drawOperation(draw, world)
    if (isMutation(operation)) mutations.push(operation)
  }
  return mutations
}

/** One document with a field for each mutation. A single mutation keeps its document, which is compiled. */
function toRequest(mutations: Operation[] = []): [string, Record<string, unknown>] {
  const [first, ...more] = mutations
  if (!first) throw new Error('There is no mutation to send.')
  if (more.length === 0) return [documents[first.name] ?? '', first.variables]
  const parts = mutations.map(({ name, variables }, n) => {
    const [, type, field = ''] =
      /^mutation (?:\(\$input: (\w+!)\) )?\{\s*(.*)\}$/s.exec(documents[name] ?? '') ?? []
    const declaration = type && `$input${n}: ${type}`
    const own = `f${n}: ${field.replace('$input', `$input${n}`)}`
    return { declaration, own, variable: [`input${n}`, variables.input] as const }
  })
  const declarations = parts.flatMap(({ declaration }) => declaration ?? [])
  const head = declarations.length > 0 ? `(${declarations.join(', ')})` : ''
  const document = `mutation ${head} { ${parts.map(({ own }) => own).join(' ')} }`
  return [document, Object.fromEntries(parts.map(({ variable }) => variable))]
}

/** Without times and the ids of new tasks. The ids of deleted tasks are in no particular order. */
function comparable(body: GraphqlBody, known: string[]): unknown {
  return JSON.parse(JSON.stringify(body), (key, value) => {
    if (key === 'deletedTaskIds') return value.sort()
    if (typeof value !== 'string') return value
    if (/^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(value)) return 'a time'
    return value.startsWith('VGFzazo') && !known.includes(value) ? 'a new id' : value
  })
}

const list = `{
  tasks(first: 100) {
    nodes { id title description completedAt dueOn priority labels createdAt updatedAt }
  }
}`

/** Reads the tasks, so that later operations can refer to them. */
async function remember({ query, world }: Person, mutations: Operation[]): Promise<void> {
  const { body } = await query(list)
  const found = body.data?.tasks as { nodes: ModelTask[] } | undefined
  const tasks = new Map(found?.nodes.map((task) => [task.id, task]))
  world.gone.push(...[...world.own.tasks.keys()].filter((id) => !tasks.has(id)))
  world.own.tasks = tasks
  for (const { name, variables } of mutations) {
    const input = Object(variables.input)
    if (name === 'createTask' && input.idempotencyKey != null) world.creations.push(input)
  }
}
