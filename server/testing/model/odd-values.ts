import type { Draw } from './draw.ts'
import type { Operation } from './types.ts'

type Values = { [field: string]: unknown[] }

const emoji = '🎉' // one code point, two UTF-16 units in JavaScript, four bytes in Postgres
const notDates = ['2026-02-30', '0000-01-01', '10000-01-01', 'tomorrow', '2026-1-1', '', 20261124]
const notLines = ['a\tb', 'a\u2028b', '\u001b', '\u200b', '\u0301']
const notTexts = ['a\0b', '\ud83c', 5, true]

const taskValues: Values = {
  title: ['', ' \n', emoji.repeat(255), emoji.repeat(256), null, ...notLines, ...notTexts],
  description: ['', emoji.repeat(2000), emoji.repeat(2001), null, ...notTexts],
  dueOn: ['0001-01-01', '9999-12-31', '2024-02-29', null, ...notDates],
  priority: ['URGENT', 'low', 1, null],
  labels: [
    [emoji.repeat(50)],
    [emoji.repeat(51)],
    [''],
    [' '],
    [null],
    ['a\0b'],
    [...'abcdefghij'],
    [...'abcdefghijk'],
    [...'abcdefghijA'],
    ...notLines.map((text) => [text]),
    null,
  ],
  userId: ['somebody'],
  createdAt: ['2026-11-24T00:00:00.000Z'],
}

/** Values at both sides of a limit. The model decides which are valid. */
const oddValues: { [operation: string]: Values } = {
  createTask: {
    ...taskValues,
    id: ['mine'],
    completed: [true],
    idempotencyKey: ['', emoji.repeat(65), null, 5],
  },
  updateTask: {
    ...taskValues,
    completed: [null, 'yes', 1],
    ifUpdatedAt: ['yesterday', '2026-11-24', '2026-02-30T00:00:00Z', '', null],
  },
  completeTask: { completedAt: ['2026-11-24T00:00:00.000Z'] },
  tasks: {
    size: [0, -1, 101, 1.5, 2 ** 31, '5', null]
      .flatMap<object>((size) => [{ first: size }, { last: size }])
      .concat({ first: 1, last: 1 }),
    after: ['', 'none', 'WyJUSVRMRSJd', null],
    before: ['', 'none', 'WyJUSVRMRSJd', null],
    orderBy: [null, { field: 'COLOUR', direction: 'ASC' }, { field: 'TITLE' }],
    filter: [
      null,
      { search: emoji.repeat(255) },
      { search: emoji.repeat(256) },
      { search: 'a\0b' },
      { labels: ['\ud83c'] },
      { priority: ['URGENT'] },
      { completed: 'yes' },
      { ownerId: 'somebody' },
      ...notDates.map((dueOnOrAfter) => ({ dueOnOrAfter })),
    ],
  },
  nodes: { ids: [Array(100).fill('none'), Array(101).fill('none'), [null]] },
}

/** The operation with one odd value, if there is one for it. */
export function withOddValue({ name, variables }: Operation, draw: Draw): Operation {
  const known = Object.entries(oddValues[name] ?? {}).flatMap(([field, values]) =>
    values.map((value) => ({ [field]: value })),
  )
  const odd = draw.one(known, {})
  if ('input' in variables)
    return { name, variables: { input: { ...Object(variables.input), ...odd } } }
  if (!('size' in odd)) return { name, variables: { ...variables, ...odd } }
  // One fault at a time: an odd size replaces the previous size.
  const { first, last, ...others } = variables
  return { name, variables: { ...others, ...Object(odd.size) } }
}

/** Ids of no task that resemble the given id. */
export function oddIds(id: string): string[] {
  const plain = Buffer.from(id, 'base64').toString()
  const encode = (text: string) => Buffer.from(text).toString('base64')
  return [
    '',
    'none',
    `${id} `,
    `${id}=`,
    id.toLowerCase(),
    plain,
    encode(plain.toUpperCase()),
    encode(plain.replace('Task', 'User')),
    encode(plain.replace('Task:', '')),
    encode(`${plain}\0`),
    encode(`Task:' or true --`),
  ]
}
