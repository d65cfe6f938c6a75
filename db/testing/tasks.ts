import { randomUUID } from 'node:crypto'
import { asOwner } from '../as-owner.ts'
import type { Db } from '../client.ts'
import { fold } from '../folding.ts'
import { type Task, tasks } from '../tables.ts'
import type { TaskValues } from '../tasks.ts'

/** An owner whom no other test knows. */
export function newOwner(name: string): string {
  return `${name}-${randomUUID()}`
}

/** A whole input for `createTask`, of which the test says only what matters to it. */
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

/** Writes rows as they are: with times of the test's choice, which no function of ours allows. */
export async function seedTasks(
  db: Db,
  ownerId: string,
  planted: readonly SeededTask[],
): Promise<Task[]> {
  const rows = planted.map((task) => {
    const values = { ...newTask(), ...task }
    return {
      ...values,
      userId: ownerId,
      id: randomUUID(), // in no order, unlike the ids of real tasks
      titleKey: fold(values.title),
      descriptionKey: values.description === null ? null : fold(values.description),
      labelKeys: values.labels.map(fold),
    }
  })
  return asOwner(ownerId, () => db.insert(tasks).values(rows).returning().execute())
}
