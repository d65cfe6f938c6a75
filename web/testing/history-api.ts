import { GraphQLError } from 'graphql'
import type { TaskChangeFilter, UndoChangesInput, UndoConflictReason } from '../gql/graphql.ts'

export type ApiChange = ReturnType<typeof change>

type PausedProgram = {
  actor: typeof backup
  pausedAt: string
  reason: 'DELETIONS' | 'CHANGES'
  maxDeletions: number
  maxChanges: number
}

export const you = { id: 'actor-ada', kind: 'PERSON', name: 'Ada' }
export const backup = { id: 'actor-backup', kind: 'ACCESS_TOKEN', name: 'Backup script' } as const

const blank = {
  description: null as string | null,
  completedAt: null as string | null,
  dueOn: null as string | null,
  priority: 'MEDIUM',
  labels: [] as string[],
  deletedAt: null as string | null,
}

/** The values of a task as the API returns them. */
export const state = (title: string, changes: Partial<typeof blank> = {}) => ({
  ...blank,
  title,
  ...changes,
})

/** A change as the API returns it: the `n`th of the history, at 08:00 and `n` seconds. */
export function change(n: number, kind: string, changes: object = {}) {
  const before = kind === 'CREATED' ? null : state(`Task ${n}`)
  const after = kind === 'PURGED' ? null : state(`Task ${n}`)
  return {
    id: `change-${n}`,
    cursor: String(n),
    kind,
    taskId: `task-${n}`,
    occurredAt: new Date(Date.UTC(2026, 10, 24, 8, 0, n)).toISOString(),
    actor: you,
    before: before as ReturnType<typeof state> | null,
    after: after as ReturnType<typeof state> | null,
    undoes: null as string | null,
    undoneBy: null as string | null,
    ...changes,
  }
}

type PageArgs = {
  first?: number
  after?: string
  last?: number
  before?: string
  filter?: TaskChangeFilter
}

/** The history of the fake API, which a test records. */
export function createHistoryApi() {
  let changes: ApiChange[] = []
  let paused: PausedProgram[] = []
  const conflicts = new Map<string, UndoConflictReason>()

  function resume(actorId: string): void {
    paused = paused.filter(({ actor }) => actor.id !== actorId)
  }

  const isIn = (filter: TaskChangeFilter | undefined) => (one: ApiChange) =>
    (!filter?.actorId || filter.actorId === one.actor.id) &&
    (!filter?.taskId || filter.taskId === one.taskId) &&
    (!filter?.occurredAtOrAfter || filter.occurredAtOrAfter <= one.occurredAt)

  function isAsked({ changeIds, actorId, occurredAtOrAfter }: UndoChangesInput) {
    return (one: ApiChange) =>
      (!changeIds || changeIds.includes(one.id)) &&
      (!actorId || (actorId === one.actor.id && one.undoneBy === null)) &&
      (!occurredAtOrAfter || occurredAtOrAfter <= one.occurredAt)
  }

  function undo(one: ApiChange): ApiChange {
    const n = changes.length + 1
    const undoing = { undoes: one.id, taskId: one.taskId, before: one.after, after: one.before }
    const added = change(n, 'RESTORED', undoing)
    one.undoneBy = added.id
    changes.push(added)
    return added
  }

  const rootValue = {
    taskChanges({ first, after, last, before, filter }: PageArgs) {
      const all = changes.filter(isIn(filter))
      const rest = all.filter(
        ({ cursor }) =>
          (!after || Number(cursor) > Number(after)) &&
          (!before || Number(cursor) < Number(before)),
      )
      const nodes = last ? rest.slice(-last) : rest.slice(0, first ?? 100)
      const ends = { startCursor: nodes.at(0)?.cursor, endCursor: nodes.at(-1)?.cursor }
      const hasMore = nodes.length < rest.length
      const sides = { hasNextPage: !last && hasMore, hasPreviousPage: Boolean(last) && hasMore }
      return { nodes, pageInfo: { ...sides, ...ends } }
    },
    pausedActors: () => paused,
    resumeActor({ input }: { input: { actorId: string } }) {
      resume(input.actorId)
      return { actor: backup }
    },
    undoChanges({ input }: { input: UndoChangesInput }) {
      const asked = changes.filter(isAsked(input)).reverse()
      if (asked.length === 0)
        throw new GraphQLError('No such change.', { extensions: { code: 'NOT_FOUND' } })
      return {
        changes: asked.filter(({ id }) => !conflicts.has(id)).map(undo),
        conflicts: asked.flatMap((one) => {
          const reason = conflicts.get(one.id)
          return reason ? [{ change: one, reason }] : []
        }),
        hasMore: false,
      }
    },
  }

  return {
    rootValue,
    /** Appends changes to the history. */
    record: (...added: ApiChange[]) => {
      changes = [...changes, ...added]
      for (const { id, undoes } of added)
        for (const one of changes) if (one.id === undoes) one.undoneBy = id
    },
    pause: (program: PausedProgram) => void paused.push(program),
    resume,
    /** From now on the change cannot be undone. */
    refuseUndo: (id: string, reason: UndoConflictReason) => void conflicts.set(id, reason),
  }
}
