import { useEffect, useEffectEvent, useState } from 'react'
import { useChangeSignal } from '../api/change-signal.ts'
import type { Refusal } from '../api/refusal.ts'
import { useSession } from '../session/use-session.ts'
import { announce } from '../ui/announcer.tsx'
import { useTaskActions } from './task-actions.tsx'
import { keepTaskDraft, readTaskDraft } from './task-draft.ts'
import {
  isSameValue,
  mergeEdits,
  type TaskEdits,
  type TaskField,
  type TaskValues,
  type TaskVersion,
} from './task-values.ts'

/** What is typed, as the API would store it. */
function clean<Field extends TaskField>(field: Field, value: TaskValues[Field]) {
  if (typeof value !== 'string') return value
  return (value.trim() || (field === 'title' ? '' : null)) as TaskValues[Field]
}

function without(edits: TaskEdits, field: TaskField): TaskEdits {
  const { [field]: _, ...others } = edits
  return others
}

/** Edits of the fields of a task. Each is kept as a draft until the API has saved it. */
export function useTaskEdits(task: TaskVersion) {
  const session = useSession()
  const accountId = 'account' in session ? session.account.id : undefined
  const { saveEdits } = useTaskActions()
  const [edits, setEdits] = useState(() => readTaskDraft(accountId, task.id))
  const [refusal, setRefusal] = useState<Refusal>()
  const [saving, setSaving] = useState(0)
  const [isSaved, setIsSaved] = useState(false)
  const values: TaskValues = { ...task, ...mineOf(edits) }
  const { conflicts } = mergeEdits(edits, task)

  useEffect(() => keepTaskDraft(accountId, task.id, edits), [accountId, task.id, edits])

  function editOf<Field extends TaskField>(field: Field, mine: TaskValues[Field]): TaskEdits {
    return { [field]: { base: task[field], ...edits[field], mine } }
  }

  function change<Field extends TaskField>(field: Field, mine: TaskValues[Field]) {
    setIsSaved(false)
    setRefusal((shown) => (shown?.field && shown.field !== field ? shown : undefined))
    setEdits((all) => ({ ...all, ...editOf(field, mine) }))
  }

  function discard(field: TaskField) {
    setRefusal(undefined)
    setEdits((all) => without(all, field))
  }

  /** Saves what was typed, or this value. */
  async function save<Field extends TaskField>(field: Field, chosen?: TaskValues[Field]) {
    const given = chosen === undefined ? edits : { ...edits, ...editOf(field, chosen) }
    const edit = given[field]
    if (edit) await saveEdit(field, { [field]: { ...edit, mine: clean(field, edit.mine) } })
  }

  async function saveEdit(field: TaskField, edit: TaskEdits) {
    const mine = edit[field]?.mine
    if (mine === undefined || isSameValue(mine, task[field])) return discard(field)
    if (mine === '') return refuseEmptyTitle()
    setEdits((all) => ({ ...all, ...edit }))
    setSaving((count) => count + 1)
    const refused = await saveEdits(task, edit)
    setSaving((count) => count - 1)
    setRefusal(refused && { field, ...refused })
    setEdits((all) => (refused ? markTried(all, field, refused) : settle(all, field, edit)))
    if (!refused) setIsSaved(true)
    announce(refused ? refused.message : 'Saved.')
  }

  function refuseEmptyTitle() {
    discard('title')
    const message = `A task needs a title. It is still “${task.title}”.`
    setRefusal({ code: 'BAD_USER_INPUT', field: 'title', message })
    announce(message)
  }

  async function saveAll() {
    for (const field of Object.keys(edits) as TaskField[]) await save(field)
  }

  function keepMine(field: TaskField) {
    const edit = edits[field]
    if (edit) void saveEdit(field, { [field]: { ...edit, base: task[field] } })
  }

  const retry = useEffectEvent(() => {
    if (refusal?.code === 'UNREACHABLE' && saving === 0) void saveAll()
  })
  const { subscribe } = useChangeSignal()
  useEffect(() => {
    const retryNow = () => retry()
    window.addEventListener('online', retryNow)
    // The first sign of a server that is back.
    const unsubscribe = subscribe(retryNow)
    return () => {
      window.removeEventListener('online', retryNow)
      unsubscribe()
    }
  }, [subscribe])

  return {
    values,
    edits,
    conflicts,
    refusal: refusal?.code === 'CONFLICT' ? undefined : refusal,
    status: statusOf(saving > 0, Object.keys(edits).length > 0, isSaved),
    change,
    save,
    saveAll,
    discard,
    keepMine,
  }
}

export type SaveState = 'saving' | 'unsaved' | 'saved' | undefined

function statusOf(isSaving: boolean, isEdited: boolean, isSaved: boolean): SaveState {
  if (isSaving) return 'saving'
  if (isEdited) return 'unsaved'
  return isSaved ? 'saved' : undefined
}

function mineOf(edits: TaskEdits): Partial<TaskValues> {
  return Object.fromEntries(Object.entries(edits).map(([field, { mine }]) => [field, mine]))
}

/** The edit is saved. What was typed meanwhile is an edit of what was saved. */
function settle(all: TaskEdits, field: TaskField, saved: TaskEdits): TaskEdits {
  const [now, sent] = [all[field], saved[field]]
  if (!now || !sent || isSameValue(now.mine, sent.mine)) return without(all, field)
  return { ...all, [field]: { base: sent.mine, mine: now.mine } }
}

/** The server may have saved an edit whose answer did not arrive. */
function markTried(all: TaskEdits, field: TaskField, { code }: Refusal): TaskEdits {
  const edit = all[field]
  if (!edit || code !== 'UNREACHABLE') return all
  return { ...all, [field]: { ...edit, tried: [...(edit.tried ?? []), edit.mine].slice(-3) } }
}
