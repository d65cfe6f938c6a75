import { randomUUID } from 'node:crypto'
import { type Author, transactionAs } from '../as-owner.ts'
import type { Db } from '../client.ts'
import { keyOf } from '../folding.ts'
import { type Task, tasks } from '../tables.ts'
import type { TaskValues } from '../tasks.ts'

/** The id of a new owner, different in each test. */
export function newOwner(name: string): string {
  return `${name}-${randomUUID()}`
}

/** The owner writes their own tasks. */
export function by(ownerId: string): Author {
  return { ownerId, actor: { kind: 'PERSON', id: ownerId, name: 'Ada' } }
}

/** A complete input for `createTask`. A test gives only the values that matter to it. */
export function newTask(values: Partial<TaskValues> = {}): TaskValues {
  return {
    title: 'Write the notes',
    description: null,
    dueOn: null,
    priority: 'MEDIUM',
    labels: [],
    ...values,
  }
}

type SeededTask = Partial<TaskValues & Pick<Task, 'createdAt' | 'updatedAt' | 'completedAt'>>

/** Inserts rows directly, with times that the test chooses. */
export async function seedTasks(
  db: Db,
  ownerId: string,
  seeded: readonly SeededTask[],
): Promise<Task[]> {
  const rows = seeded.map((task) => {
    const values = { ...newTask(), ...task }
    return {
      ...values,
      userId: ownerId,
      id: randomUUID(), // in random order, unlike the ids of real tasks
      titleKey: keyOf(values.title),
      descriptionKey: values.description === null ? null : keyOf(values.description),
      labelKeys: values.labels.map(keyOf),
    }
  })
  return transactionAs(db, by(ownerId), (tx) => tx.insert(tasks).values(rows).returning().execute())
}
