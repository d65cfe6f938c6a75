export type Order = { field: string; direction: string }

/** A position in an order. A cursor keeps its position when its task changes. */
export type Position = Order & { key: string | null; id: string }

/** Every issued cursor with its position. */
export type Cursors = {
  positions: Map<string, Position>
  texts: Map<string, string>
  /** The cursors by the `nameOf` of their order. */
  inOrder: Map<string, string[]>
}

export type ModelTask = {
  id: string
  title: string
  description: string | null
  completedAt: string | null
  dueOn: string | null
  priority: string
  labels: string[]
  createdAt: string
  updatedAt: string
}

/** The state of one account. */
export type Model = {
  viewer: { id: string; email: string; scopes: string[] }
  tasks: Map<string, ModelTask>
  /** In the trash. Their labels keep their spelling. */
  trash: ModelTask[]
  /** By idempotency key: the input, and the id of the created task. */
  creations: Map<string, { asked: string; id: string }>
  cursors: Cursors
}

export type Operation = { name: string; variables: Record<string, unknown> }

/** The answer to an operation, and the times of request and response. */
export type Exchange = { data: unknown; sentAt: number; receivedAt: number }

/** The complete `data`, or the code (and field) of the refusal. */
export type Outcome = { data: unknown } | { code: string; field?: string }

export function shown(task: ModelTask) {
  return { ...task, completed: task.completedAt !== null }
}
