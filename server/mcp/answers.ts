import type { CallToolResult } from '@modelcontextprotocol/server'

type Task = {
  id: string
  title: string
  description: string | null
  completed: boolean
  dueOn: string | null
  priority: string
  labels: string[]
}

/** The data of the operations in operations.ts. For a mutation, its payload. */
type Outcome = {
  task?: Task | null
  tasks?: { totalCount: number; nodes: Task[]; pageInfo: PageInfo }
  labels?: { name: string; taskCount: number }[]
  deletedTaskId?: string
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
  const { task, tasks, labels, deletedTaskId } = outcome
  if (tasks)
    return [
      `${tasks.totalCount} tasks match.`,
      ...tasks.nodes.map(formatTask),
      formatNextPage(tasks),
    ]
      .join('\n')
      .trim()
  if (labels)
    return (
      labels.map(({ name, taskCount }) => `${name} (${taskCount})`).join('\n') || 'No labels yet.'
    )
  if (deletedTaskId !== undefined) return `Deleted the task ${deletedTaskId}.`
  if (task === undefined) return JSON.stringify(outcome)
  return task
    ? [formatTask(task), task.description].filter(Boolean).join('\n')
    : 'There is no such task.'
}

function formatTask({ id, title, completed, dueOn, priority, labels }: Task): string {
  const facts = [
    dueOn && `due ${dueOn}`,
    `priority ${priority}`,
    labels.length > 0 && `labels: ${labels.join(', ')}`,
  ]
  return `[${completed ? 'x' : ' '}] ${title} (${[...facts.filter(Boolean), `id ${id}`].join('; ')})`
}

function formatNextPage({ pageInfo: { hasNextPage, endCursor } }: { pageInfo: PageInfo }): string {
  return hasNextPage ? `More tasks match. Call again with after "${endCursor}".` : ''
}
