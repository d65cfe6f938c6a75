import { describe, expect, it } from 'vitest'
import { backup, change, state, you } from '../testing/history-api.ts'
import type { Change } from './change.ts'
import { describeGroup, listDifferences, timeWords } from './change-words.ts'
import { findUndone, groupByDay, groupChanges } from './groups.ts'

/** Changes as the page has them: the newest first. */
const history = (...changes: object[]) => changes.reverse() as Change[]
const deleted = (n: number, more: object = {}) => change(n, 'DELETED', { actor: backup, ...more })
const words = (changes: Change[], hasOlder = false) =>
  groupChanges(changes, hasOlder).map(describeGroup)

describe('groupChanges', () => {
  it('makes one line of changes of one actor and kind that follow each other closely', () => {
    const changes = history(change(1, 'CREATED'), deleted(2), deleted(3), deleted(4))
    expect(words(changes)).toEqual(['moved 3 tasks to the trash', 'added “Task 1”'])
  })

  it('makes two lines of different actors, of different kinds, and with a gap between', () => {
    const later = new Date(Date.UTC(2026, 10, 24, 8, 30)).toISOString()
    const completed = change(4, 'UPDATED', {
      actor: backup,
      after: state('Task 4', { completedAt: later }),
    })
    const changes = history(
      deleted(1),
      deleted(2, { actor: you }),
      deleted(3),
      completed,
      deleted(5, { occurredAt: later }),
    )
    expect(words(changes)).toEqual([
      'moved “Task 5” to the trash',
      'completed “Task 4”',
      'moved “Task 3” to the trash',
      'moved “Task 2” to the trash',
      'moved “Task 1” to the trash',
    ])
  })

  it('counts tasks, not changes of the same task', () => {
    const changed = (n: number, taskId: string) => change(n, 'UPDATED', { taskId })
    expect(words(history(changed(1, 'a'), changed(2, 'a'), changed(3, 'b')))).toEqual([
      'changed 2 tasks',
    ])
    expect(words(history(changed(1, 'a'), changed(2, 'a')))).toEqual(['changed “Task 2”'])
  })

  it('says that the last line may have more that is not loaded', () => {
    expect(words(history(deleted(1), deleted(2)), true)).toEqual([
      'moved 2 or more tasks to the trash',
    ])
  })

  it('keeps an undo apart from what it undoes', () => {
    const undo = (n: number, undoes: string) => change(n, 'RESTORED', { undoes })
    const changes = history(deleted(1), deleted(2), undo(3, 'change-2'), undo(4, 'change-1'))
    expect(words(changes)).toEqual(['undid 2 changes', 'moved 2 tasks to the trash'])
  })
})

it('timeWords tells one time, or the first and the last', () => {
  const at = (n: number, minute: number) =>
    deleted(n, { occurredAt: new Date(2026, 10, 24, 14, minute).toISOString() })
  const times = (...changes: object[]) => groupChanges(history(...changes), false).map(timeWords)
  expect(times(at(1, 3), at(2, 3))).toEqual(['at 14:03'])
  expect(times(at(1, 3), at(2, 7))).toEqual(['from 14:03 to 14:07'])
})

it('groupByDay has the latest day first', () => {
  const at = (n: number, day: number) =>
    deleted(n, { occurredAt: new Date(2026, 10, day, 12).toISOString() })
  const days = groupByDay(groupChanges(history(at(1, 23), at(2, 24), at(3, 24)), false))
  expect(days.map(([day, groups]) => [day, groups.length])).toEqual([
    ['2026-11-24', 1],
    ['2026-11-23', 1],
  ])
})

describe('findUndone', () => {
  it('finds what a loaded change has undone, unless that was undone itself', () => {
    const undo = (n: number, undoes: string) => change(n, 'RESTORED', { undoes })
    const first = history(deleted(1), undo(2, 'change-1'))
    expect([...findUndone(first)]).toEqual(['change-1'])
    const again = history(deleted(1), undo(2, 'change-1'), undo(3, 'change-2'))
    expect([...findUndone(again)]).toEqual(['change-2'])
  })

  it('believes the API about an undo that is not loaded', () => {
    expect([...findUndone(history(deleted(1, { undoneBy: 'change-9' })))]).toEqual(['change-1'])
  })
})

it('listDifferences names the fields that differ, with both values', () => {
  const [changed] = history(
    change(1, 'UPDATED', {
      before: state('Milk', { labels: ['home'] }),
      after: state('Buy milk', { labels: ['home'], dueOn: '2026-11-25', priority: 'HIGH' }),
    }),
  )
  expect(changed && listDifferences(changed, '2026-11-24')).toEqual([
    { name: 'Title', from: 'Milk', to: 'Buy milk' },
    { name: 'Due date', from: 'none', to: 'Tomorrow' },
    { name: 'Priority', from: 'medium', to: 'high' },
  ])
})
