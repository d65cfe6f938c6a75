import type { CallToolResult } from '@modelcontextprotocol/server'

type Task = {
  id: string
  title: string
  description: string | null
  completed: boolean
  dueOn: string | null
  priority: string
  labels: string[]
  repeat: { every: number; unit: string; weekdays: string[] | null; from: string } | null
}

/** The data of the operations in operations.ts. For a mutation, its payload. */
type Outcome = {
  task?: Task | null
  /** The next task of a task that repeats. */
  next?: Task | null
  tasks?: { totalCount: number; nodes: Task[]; pageInfo: PageInfo }
  labels?: { name: string; taskCount: number }[]
  deletedTaskId?: string
  trash?: { totalCount: number; nodes: Task[]; pageInfo: PageInfo }
  taskChanges?: { nodes: Change[]; pageInfo: PageInfo }
}

type Change = {
  kind: string
  taskId: string
  occurredAt: string
  actor: { name: string }
  before: { title: string } | null
  after: { title: string } | null
}

type PageInfo = { hasNextPage: boolean; endCursor: string | null }

/** The JSON body of an answer of /graphql. */
export type GraphqlAnswer = {
  data?: Record<string, unknown> | null
  errors?: { message: string; extensions: Record<string, unknown> }[]
  extensions?: { dryRun?: true }
}

/** Structured content, plus the same as text for clients that ignore it. */
export function toolResult(
  { data, errors, extensions }: GraphqlAnswer,
  isMutation: boolean,
): CallToolResult {
  const [error] = errors ?? []
  if (error) return toolError(error.message, error.extensions)
  const [payload] = Object.values(data ?? {})
  const outcome = (isMutation ? payload : data) as Outcome
  const text = formatOutcome(outcome)
  if (!extensions?.dryRun) return { content: [{ type: 'text', text }], structuredContent: outcome }
  return {
    content: [{ type: 'text', text: `Dry run: nothing was changed. It would be:\n${text}` }],
    structuredContent: { ...outcome, dryRun: true },
  }
}

/** A refusal of the API. The model can act on its message. */
export function toolError(message: string, extensions: Record<string, unknown>): CallToolResult {
  const text = `${extensions.code}: ${message}`
  const structuredContent = { error: { message, ...extensions } }
  return { isError: true, content: [{ type: 'text', text }], structuredContent }
}

function formatOutcome(outcome: Outcome): string {
  const { task, next, tasks, trash, labels, deletedTaskId, taskChanges } = outcome
  if (tasks)
    return formatPage(`${tasks.totalCount} tasks match.`, tasks.nodes.map(formatTask), tasks)
  if (trash)
    return formatPage(
      `${trash.totalCount} tasks are in the trash.`,
      trash.nodes.map(formatTask),
      trash,
    )
  if (taskChanges)
    return formatPage(
      'Changes, the oldest first.',
      taskChanges.nodes.map(formatChange),
      taskChanges,
    )
  if (labels)
    return (
      labels.map(({ name, taskCount }) => `${name} (${taskCount})`).join('\n') || 'No labels yet.'
    )
  if (deletedTaskId !== undefined) return `Moved the task ${deletedTaskId} to the trash.`
  if (task === undefined) return JSON.stringify(outcome)
  return task
    ? [formatTask(task), task.description, next && `Next: ${formatTask(next)}`]
        .filter(Boolean)
        .join('\n')
    : 'There is no such task.'
}

function formatTask(task: Task): string {
  const { id, title, completed, dueOn, priority, labels, repeat } = task
  const facts = [
    dueOn && `due ${dueOn}`,
    `priority ${priority}`,
    labels.length > 0 && `labels: ${labels.join(', ')}`,
    repeat && formatRepeat(repeat),
  ]
  return `[${completed ? 'x' : ' '}] ${title} (${[...facts.filter(Boolean), `id ${id}`].join('; ')})`
}

function formatRepeat({ every, unit, weekdays, from }: NonNullable<Task['repeat']>): string {
  const days = weekdays ? ` on ${weekdays.join(', ')}` : ''
  return `repeats every ${every} ${unit}${days} from ${from}`
}

function formatChange({ kind, taskId, occurredAt, actor, before, after }: Change): string {
  const { title } = after ?? before ?? { title: '' }
  return `${occurredAt} ${actor.name}: ${kind} ${title} (task ${taskId})`
}

function formatPage(head: string, lines: string[], { pageInfo }: { pageInfo: PageInfo }): string {
  const { hasNextPage, endCursor } = pageInfo
  const more = hasNextPage ? [`There are more. Call again with after "${endCursor}".`] : []
  return [head, ...lines, ...more].join('\n')
}
