import { dropDraft, keepDraft, readDraft } from '../ui/drafts.ts'
import { type TaskEdits, taskFields } from './task-values.ts'

const keyOf = (taskId: string) => `task:${taskId}`

/** The unsaved edits of a task, kept by this browser. `accountId`: undefined when signed out. */
export function readTaskDraft(accountId: string | undefined, taskId: string): TaskEdits {
  const text = accountId && readDraft(accountId, keyOf(taskId))
  return text ? parseEdits(text) : {}
}

export function keepTaskDraft(accountId: string | undefined, taskId: string, edits: TaskEdits) {
  if (accountId === undefined) return
  if (Object.keys(edits).length === 0) dropDraft(accountId, keyOf(taskId))
  else keepDraft(accountId, keyOf(taskId), JSON.stringify(edits))
}

/** Leaves out what another version of the page may have written. */
function parseEdits(text: string): TaskEdits {
  try {
    const kept: unknown = JSON.parse(text)
    const entries = taskFields.flatMap((field) => {
      const edit = typeof kept === 'object' && kept !== null && Object.entries(kept)
      const found = edit ? edit.find(([name]) => name === field)?.[1] : undefined
      return isEdit(found) ? [[field, found]] : []
    })
    return Object.fromEntries(entries)
  } catch {
    return {}
  }
}

function isEdit(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'base' in value && 'mine' in value
}
