import { foldCase } from './pages.ts'
import { type Exchange, type Model, type ModelTask, type Outcome, shown } from './types.ts'

type NewTask = Partial<ModelTask> & { title: string; idempotencyKey?: string | null }

type Change = Partial<ModelTask> & {
  id: string
  completed?: boolean
  ifUpdatedAt?: string | null
}

export function createTask(model: Model, input: NewTask, exchange: Exchange): Outcome {
  const { tasks, creations } = model
  const values = {
    title: input.title.trim(),
    description: input.description ?? null,
    dueOn: input.dueOn ?? null,
    priority: input.priority ?? 'MEDIUM',
    labels: (input.labels ?? []).map((label) => label.trim()),
  }
  const asked = JSON.stringify(values)
  const key = input.idempotencyKey
  const earlier = key == null ? undefined : creations.get(key)
  const made = earlier && tasks.get(earlier.id)
  if (earlier) return made && earlier.asked === asked ? payload('createTask', made) : conflict
  const seen = seenTask(exchange, 'createTask')
  const createdAt = timeIn(exchange, seen.createdAt)
  const id = typeof seen.id === 'string' && !tasks.has(seen.id) ? seen.id : 'an id of its own'
  const labels = canonicalLabels(model, values.labels)
  const task = { ...values, id, labels, completedAt: null, createdAt, updatedAt: createdAt }
  tasks.set(id, task)
  if (key != null) creations.set(key, { asked, id })
  return payload('createTask', task)
}

export function changeTask(
  model: Model,
  name: string,
  { id, completed, ifUpdatedAt, ...values }: Change,
  exchange: Exchange,
): Outcome {
  const task = model.tasks.get(id)
  if (!task) return { code: 'NOT_FOUND' }
  const isStale = ifUpdatedAt != null && Date.parse(ifUpdatedAt) !== Date.parse(task.updatedAt)
  if (isStale) return conflict
  const seen = seenTask(exchange, name)
  const next = { ...task, ...values }
  next.title = next.title.trim()
  if (values.labels) next.labels = canonicalLabels(model, values.labels, id)
  if (completed === false) next.completedAt = null
  if (completed) next.completedAt ??= timeIn(exchange, seen.completedAt)
  if (JSON.stringify(next) !== JSON.stringify(task)) {
    next.updatedAt = timeIn(exchange, seen.updatedAt, Date.parse(task.updatedAt) + 1)
  }
  model.tasks.set(id, next)
  return payload(name, next)
}

const conflict = { code: 'CONFLICT' }

function payload(name: string, task: ModelTask): Outcome {
  return { data: { [name]: { task: shown(task) } } }
}

/** The canonical spelling of each label: that of another task with the label, else the first one given. */
function canonicalLabels({ tasks, trash }: Model, names: string[], exceptId?: string): string[] {
  const others = [...tasks.values(), ...trash].filter(({ id }) => id !== exceptId)
  const known = others.flatMap(({ labels }) => labels)
  const canonical = new Map<string, string>()
  for (const name of names.map((name) => name.trim())) {
    const word = foldCase(name)
    if (canonical.has(word)) continue
    canonical.set(word, known.find((other) => foldCase(other) === word) ?? name)
  }
  return [...canonical.values()]
}

function seenTask({ data }: Exchange, name: string): Record<string, unknown> {
  const seen = (data as Record<string, { task?: Record<string, unknown> }> | null)?.[name]
  return seen?.task ?? {}
}

const toleranceMs = 5 // because the database rounds to milliseconds

/** The answered time if it lies within the exchange; otherwise text that equals no answer. */
function timeIn({ sentAt, receivedAt }: Exchange, seen: unknown, notBefore = 0): string {
  const earliest = Math.max(sentAt - toleranceMs, notBefore)
  const latest = receivedAt + toleranceMs
  const isTime = typeof seen === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(seen)
  const isWithin = isTime && Date.parse(seen) >= earliest && Date.parse(seen) <= latest
  return isWithin ? seen : `a time from ${earliest} to ${latest}`
}
