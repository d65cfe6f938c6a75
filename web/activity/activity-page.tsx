import { useState } from 'react'
import { Link } from 'react-router'
import { useClient } from 'urql'
import { announce } from '../ui/announcer.tsx'
import { Notice } from '../ui/notice.tsx'
import { PageHead } from '../ui/page-head.tsx'
import { useToday } from '../ui/use-today.ts'
import styles from './activity.module.css'
import { ActivityFilters } from './activity-filters.tsx'
import { ActivityList } from './activity-list.tsx'
import { titleOf } from './change.ts'
import { type ChangeGroup, findUndone, groupChanges, listUndoable } from './groups.ts'
import { NoActivity } from './no-activity.tsx'
import { type UndoOutcome, undoEach, undoSince } from './undo.ts'
import { UndoResult } from './undo-result.tsx'
import { type Since, UndoSinceDialog } from './undo-since-dialog.tsx'
import { useHistory } from './use-history.ts'
import { startOf, useActivityView } from './view.ts'

/** Max changes of a line that Undo all loads before it undoes them. */
const maxOfLine = 1_000

/** What happened to the tasks and by whom, the latest first, with undo. */
export function ActivityPage() {
  const client = useClient()
  const today = useToday()
  const [view, change] = useActivityView()
  const filter = {
    actorId: view.actor,
    taskId: view.task,
    occurredAtOrAfter: startOf(view.period, today),
  }
  const { history, changes, hasOlder, refusal } = useHistory(filter)
  const [asked, setAsked] = useState<Since>()
  const [outcome, setOutcome] = useState<UndoOutcome>()

  function show(result: UndoOutcome) {
    const { undone, conflicts, refusal } = result
    announce(undone.length === 1 ? '1 change undone.' : `${undone.length} changes undone.`)
    history.noteUndo(undone)
    setOutcome(conflicts.length > 0 || refusal ? result : undefined)
    history.sync()
  }

  async function undoGroup(group: ChangeGroup) {
    let whole = group
    while (whole.isCut && whole.changes.length < maxOfLine && (await history.loadOlder())) {
      const { changes = [], hasOlder } = history.get()
      const isSame = ({ changes: [newest] }: ChangeGroup) => newest.id === group.changes[0].id
      whole = groupChanges(changes, hasOlder).find(isSame) ?? whole
    }
    const undone = findUndone(history.get().changes ?? [])
    show(await undoEach(client, listUndoable(whole, undone)))
  }

  async function undoAllSince({ actor, occurredAtOrAfter }: Since) {
    const result = await undoSince(client, { actorId: actor.id, occurredAtOrAfter })
    if (result.refusal && result.undone.length === 0) return result.refusal
    show(result)
    return undefined
  }

  const isFiltered = Boolean(view.actor || view.task || view.period !== 'all')
  return (
    <>
      <PageHead
        title="Activity"
        lead="What you and your programs did with your tasks."
        isFocusHome
      />
      <ActivityFilters
        view={view}
        changes={changes}
        today={today}
        onChange={change}
        onUndoSince={setAsked}
      />
      {view.task && (
        <p className={styles.oneTask}>
          Changes of one task{changes?.[0] && <>: “{titleOf(changes[0])}”</>}.{' '}
          <Link to="/activity">Show all activity</Link>
        </p>
      )}
      {outcome && <UndoResult outcome={outcome} onClose={() => setOutcome(undefined)} />}
      {refusal && (
        <Notice
          title={changes ? 'The activity could not be updated' : 'The activity could not be loaded'}
          onRetry={history.sync}
        >
          {refusal.message} Your tasks are safe.
        </Notice>
      )}
      {!changes && !refusal && <div className={styles.skeleton} />}
      {changes?.length === 0 && <NoActivity isFiltered={isFiltered} />}
      {changes && (
        <ActivityList
          changes={changes}
          hasOlder={hasOlder}
          today={today}
          onUndo={undoGroup}
          onUndoOne={async (one) => show(await undoEach(client, [one]))}
          onUndoSince={setAsked}
          onMore={history.loadOlder}
        />
      )}
      {asked && (
        <UndoSinceDialog since={asked} onUndo={undoAllSince} onClose={() => setAsked(undefined)} />
      )}
    </>
  )
}
