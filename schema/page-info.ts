import { builder } from './builder.ts'

type Sides = { hasNextPage: boolean; hasPreviousPage: boolean }
type PageFacts = Sides & { startCursor: () => string | null; endCursor: () => string | null }

/** The page info of the rows of a page. A cursor is encoded only when it is selected. */
export function toPageInfo<Row>(
  { hasNextPage, hasPreviousPage }: Sides,
  rows: readonly Row[],
  cursorOf: (row: Row) => string,
): PageFacts {
  const cursorAt = (index: number) => {
    const row = rows.at(index)
    return row === undefined ? null : cursorOf(row)
  }
  return {
    hasNextPage,
    hasPreviousPage,
    startCursor: () => cursorAt(0),
    endCursor: () => cursorAt(-1),
  }
}

export const PageInfo = builder.objectRef<PageFacts>('PageInfo').implement({
  description: 'The position of a page in the list (Relay Cursor Connections §5).',
  fields: (t) => ({
    hasNextPage: t.exposeBoolean('hasNextPage', {
      description: 'Whether the list goes on after `endCursor`.',
    }),
    hasPreviousPage: t.exposeBoolean('hasPreviousPage', {
      description: 'Whether the list has something before `startCursor`.',
    }),
    startCursor: t.string({
      nullable: true,
      description:
        'The cursor of the first edge. Pass it as `before` to get the previous page. Null on an empty page.',
      resolve: (page) => page.startCursor(),
    }),
    endCursor: t.string({
      nullable: true,
      description:
        'The cursor of the last edge. Pass it as `after` to get the next page. Null on an empty page.',
      resolve: (page) => page.endCursor(),
    }),
  }),
})

/** For `edges` and `nodes`: the field that returns the connection has multiplied by the page size. */
export const perPage = { field: 1, multiplier: 1 }
