import { countTasks } from '../ui/count-tasks.ts'
import { clockTime, dueWords } from '../ui/date-words.ts'
import { type Actor, type Change, type Deed, titleOf } from './change.ts'
import type { ChangeGroup } from './groups.ts'

const sentences: Record<Deed, (what: string) => string> = {
  added: (what) => `added ${what}`,
  completed: (what) => `completed ${what}`,
  reopened: (what) => `reopened ${what}`,
  changed: (what) => `changed ${what}`,
  deleted: (what) => `moved ${what} to the trash`,
  restored: (what) => `restored ${what}`,
  purged: (what) => `deleted ${what} forever`,
  undid: (what) => `undid ${what}`,
}

/** What was done to one task: "moved “Buy milk” to the trash". */
export function describeOne(deed: Deed, title: string): string {
  return sentences[deed](deed === 'undid' ? `a change of “${title}”` : `“${title}”`)
}

/** What a group of changes did: "moved 48 tasks to the trash". */
export function describeGroup({ deed, changes, isCut }: ChangeGroup): string {
  const [change] = changes
  const tasks = new Set(changes.map(({ taskId }) => taskId)).size
  if (changes.length === 1 || (tasks === 1 && deed !== 'undid'))
    return describeOne(deed, titleOf(change))
  const count = deed === 'undid' ? `${changes.length} changes` : countTasks(tasks)
  return sentences[deed](isCut ? count.replace(' ', ' or more ') : count)
}

/** "at 14:03", or "from 13:58 to 14:03". */
export function timeWords({ changes }: ChangeGroup): string {
  const [newest] = changes
  const to = clockTime(newest.occurredAt)
  const from = clockTime((changes.at(-1) ?? newest).occurredAt)
  return from === to ? `at ${to}` : `from ${from} to ${to}`
}

/** The viewer is the only person in the history. */
export function actorName({ kind, name }: Actor): string {
  return kind === 'PERSON' ? 'You' : name
}

export type Difference = { name: string; from: string; to: string }

type State = NonNullable<Change['before']>

/** The fields that a change of a task has changed, in words. */
export function listDifferences({ before, after }: Change, today: string): Difference[] {
  if (!before || !after) return []
  const fields: [string, (state: State) => string][] = [
    ['Title', ({ title }) => title],
    ['Description', ({ description }) => description ?? 'none'],
    ['Due date', ({ dueOn }) => (dueOn ? dueWords(dueOn, today) : 'none')],
    ['Priority', ({ priority }) => priority.toLowerCase()],
    ['Labels', ({ labels }) => labels.join(', ') || 'none'],
  ]
  return fields
    .map(([name, read]) => ({ name, from: read(before), to: read(after) }))
    .filter(({ from, to }) => from !== to)
}
