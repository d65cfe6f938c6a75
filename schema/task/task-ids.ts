import { encodeGlobalID } from '@pothos/plugin-relay'
import type { Task } from '#db/tables.ts'
import { parseGlobalId } from '../global-id.ts'

export const taskTypename = 'Task'
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** The id of a row from a global id. Undefined: it cannot be the id of a task. */
export function parseTaskId(globalId: string): string | undefined {
  const id = parseGlobalId(taskTypename, globalId)
  return id !== undefined && isRowId(id) ? id : undefined
}

/** Whether a text can be the id of a row: PostgreSQL refuses others with an error. */
export function isRowId(id: string): boolean {
  return uuid.test(id)
}

export function taskIdOf({ id }: Pick<Task, 'id'>): string {
  return encodeGlobalID(taskTypename, id)
}
