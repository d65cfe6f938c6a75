import fc from 'fast-check'

/*
 * Values that a client might send: known edge cases, and random ones.
 */

export const oddText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.constantFrom('', ' ', '\0', 'a\0b', '\ud800', '\udfff\ud800', '\uffff', '\u202e', '👩‍👩‍👧‍👦'),
  fc.constantFrom('__proto__', 'constructor', 'toString', 'null', '%', '_', '\\', "'; --"),
  // Long text that grows in lower case and grows further in NFD.
  fc.constantFrom('a'.repeat(3000), '\u0130'.repeat(255), '\ufdfa'.repeat(255)),
)

export const oddNumber = fc.oneof(
  fc.integer(),
  fc.double(),
  fc.constantFrom(0, -0, -1, 1, 100, 101, 2 ** 31, -(2 ** 31), 2 ** 53, 1e308, 5e-324, 0.1),
)

export const oddDate = fc.oneof(
  fc.constantFrom('0000-01-01', '0001-01-01', '9999-12-31', '10000-01-01', '-0001-01-01'),
  fc.constantFrom('2024-02-29', '2023-02-29', '1900-02-29', '2026-13-01', '2026-11-31', '2026-1-1'),
  fc.constantFrom('infinity', 'now', 'today', 'epoch', '20261124', '2026-11-24T00:00:00Z'),
  fc.date({ noInvalidDate: true }).map((date) => date.toISOString().slice(0, 10)),
)

export const oddDateTime = fc.oneof(
  fc.constantFrom('0000-01-01T00:00:00Z', '0001-01-01T00:00:00+23:59', '9999-12-31T23:59:59-23:59'),
  fc.constantFrom('2026-11-24T23:59:60Z', '2026-11-24T24:00:00Z', '2026-11-24T09:00:00+99:99'),
  fc.constantFrom('2024-02-29T12:00:00.123456789Z', '2023-02-29T12:00:00Z', '2026-11-24 00:00Z'),
  fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
)

const orderField = fc.constantFrom('CREATED_AT', 'UPDATED_AT', 'DUE_ON', 'PRIORITY', 'TITLE')
const direction = fc.constantFrom('ASC', 'DESC')
const priority = fc.constantFrom('LOW', 'MEDIUM', 'HIGH')
const uuid = fc.oneof(fc.uuid(), fc.constantFrom('00000000-0000-0000-0000-000000000000', ''))

/** Base64url of any JSON, and of possible positions in a list. */
export const oddCursor = fc
  .oneof(
    fc.json({ maxDepth: 2 }),
    oddText,
    fc
      .tuple(
        orderField,
        direction,
        fc.oneof(oddText, oddNumber, oddDate, oddDateTime, priority, fc.constant('-infinity')),
        uuid,
      )
      .map((place) => JSON.stringify(place)),
  )
  .map((text) => Buffer.from(text).toString('base64url'))

export const oddId = fc.oneof(
  fc
    .tuple(fc.constantFrom('Task', 'User', 'task', '__proto__', ''), fc.oneof(uuid, oddText))
    .map(([typename, id]) => Buffer.from(`${typename}:${id}`).toString('base64')),
  oddText,
  oddNumber,
)

export const anything = fc.oneof(
  oddText,
  oddNumber,
  fc.boolean(),
  fc.constant(null),
  fc.jsonValue({ maxDepth: 2 }),
)

/** Mostly values of the right kind; otherwise the search would never get past the type check. */
export function mostly<T>(kind: fc.Arbitrary<T>): fc.Arbitrary<unknown> {
  return fc.oneof({ weight: 8, arbitrary: kind }, { weight: 1, arbitrary: anything })
}

/** An object with any of the fields. */
export function someOf(fields: Record<string, fc.Arbitrary<unknown>>) {
  return fc.record(fields, { requiredKeys: [] })
}

const labels = fc.array(fc.oneof(oddText, fc.constantFrom('Home', 'HOME', 'home')), {
  maxLength: 12,
})

const taskValues = {
  title: mostly(oddText),
  description: mostly(oddText),
  dueOn: mostly(oddDate),
  priority: mostly(priority),
  labels: mostly(labels),
}

const filter = someOf({
  completed: mostly(fc.boolean()),
  priority: mostly(fc.array(priority)),
  labels: mostly(labels),
  dueOnOrAfter: mostly(oddDate),
  dueOnOrBefore: mostly(oddDate),
  search: mostly(oddText),
})

const page = someOf({
  first: mostly(oddNumber),
  last: mostly(oddNumber),
  after: mostly(oddCursor),
  before: mostly(oddCursor),
  filter: mostly(filter),
  orderBy: mostly(fc.record({ field: mostly(orderField), direction: mostly(direction) })),
})

const task = '{ id title description completed completedAt dueOn priority labels updatedAt }'

type Search = [name: string, document: string, variables: fc.Arbitrary<unknown>]

/** Every operation with its variables. `ownId`: the id of one of the caller's tasks. */
export function searches(ownId: () => string): Search[] {
  const id = fc.oneof(fc.constant(undefined).map(ownId), oddId)
  const completed = mostly(fc.boolean())
  const change = { ...taskValues, id, completed, ifUpdatedAt: mostly(oddDateTime) }
  return [
    [
      'tasks',
      `query ($first: Int, $last: Int, $after: String, $before: String, $filter: TaskFilter,
              $orderBy: TaskOrder) {
        tasks(first: $first, last: $last, after: $after, before: $before, filter: $filter,
              orderBy: $orderBy) {
          totalCount nodes ${task} edges { cursor } pageInfo { hasNextPage hasPreviousPage }
        }
      }`,
      page,
    ],
    [
      'createTask',
      `mutation ($input: CreateTaskInput!) { createTask(input: $input) { task ${task} } }`,
      fc.record({ input: someOf({ ...taskValues, idempotencyKey: mostly(oddText) }) }),
    ],
    [
      'updateTask',
      `mutation ($input: UpdateTaskInput!) { updateTask(input: $input) { task ${task} } }`,
      fc.record({ input: someOf(change) }),
    ],
    [
      'completeTask and reopenTask',
      `mutation ($id: ID!) {
        completeTask(input: { id: $id }) { task ${task} }
        reopenTask(input: { id: $id }) { task ${task} }
      }`,
      fc.record({ id }),
    ],
    [
      'deleteTask',
      'mutation ($id: ID!) { deleteTask(input: { id: $id }) { deletedTaskId } }',
      fc.record({ id: oddId }),
    ],
    [
      'task, node and nodes',
      `query ($id: ID!, $ids: [ID!]!) {
        task(id: $id) ${task} node(id: $id) { id } nodes(ids: $ids) { id }
      }`,
      fc.record({ id, ids: mostly(fc.array(id, { maxLength: 110 })) }),
    ],
  ]
}
