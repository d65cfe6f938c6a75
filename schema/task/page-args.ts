import { decodeCursor, type TaskOrder as Order, type Page } from '#db/pages.ts'
import type { builder } from '../builder.ts'
import { badUserInput } from '../errors.ts'

const defaultPageSize = 20
const maxPageSize = 100

type QueryFields = Parameters<Parameters<typeof builder.queryFields>[0]>[0]

/** The arguments of a field that returns a page of tasks. */
export function pageArgs(t: QueryFields) {
  return {
    first: t.arg.int({
      description:
        'The number of tasks from the beginning of the list, or after `after`: 1 to 100. Default: 20.',
    }),
    after: t.arg.string({ description: 'Only tasks after this cursor.' }),
    last: t.arg.int({
      description:
        'The number of tasks from the end of the list, or before `before`: 1 to 100. Not together with `first`.',
    }),
    before: t.arg.string({ description: 'Only tasks before this cursor.' }),
  }
}

/** The resolver refuses a size outside the limits and names the argument. */
export function maxTasks(size: number | null | undefined): number {
  return Math.min(Math.max(size ?? defaultPageSize, 1), maxPageSize)
}

export type PageArgs = {
  first?: number | null
  after?: string | null
  last?: number | null
  before?: string | null
}

export function parsePage(order: Order, { first, after, last, before }: PageArgs): Page {
  if (first != null && last != null) {
    throw badUserInput('first and last cannot be used together. Leave one of them out.', 'last')
  }
  return {
    limit: parsePageSize({ first, last }, maxPageSize) ?? defaultPageSize,
    backward: last != null,
    after: parseCursor(order, 'after', after),
    before: parseCursor(order, 'before', before),
  }
}

/** `last`, or else `first`. Undefined: neither is given. @throws badUserInput for one outside the limits. */
export function parsePageSize(
  { first, last }: Pick<PageArgs, 'first' | 'last'>,
  max: number,
): number | undefined {
  const [name, size] = last != null ? ['last', last] : ['first', first]
  if (size == null || (size >= 1 && size <= max)) return size ?? undefined
  throw badUserInput(`${name} must be 1 to ${max}, got ${size}.`, name)
}

function parseCursor(order: Order, name: string, cursor: string | null | undefined) {
  if (cursor == null) return undefined
  const position = decodeCursor(order, cursor)
  if (position) return position
  throw badUserInput(
    `${name} is not a cursor of this list. Use a cursor from a response with the same orderBy.`,
    name,
  )
}
