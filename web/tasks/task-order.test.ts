import { describe, expect, it } from 'vitest'
import type { TaskOrder } from '../gql/graphql.ts'
import type { CachedTask } from './cached-task.ts'
import { findPlace, ranksEqually } from './task-order.ts'

const order = (field: TaskOrder['field'], direction: TaskOrder['direction']) => ({
  field,
  direction,
})
const tasks = (...all: Omit<CachedTask, 'id'>[]) =>
  all.map((task, index) => ({ id: `task-${index}`, ...task }))

describe('findPlace', () => {
  it('puts a task between its neighbours in both directions', () => {
    const [early, late] = [
      { createdAt: '2026-11-24T08:00:00Z' },
      { createdAt: '2026-11-24T08:00:02Z' },
    ]
    // The fraction of a second makes the order of dates differ from that of their texts.
    const between = { id: 'new', createdAt: '2026-11-24T08:00:00.500Z' }
    expect(findPlace(between, tasks(early, late), order('CREATED_AT', 'ASC'))).toEqual({
      index: 1,
      certain: true,
    })
    expect(findPlace(between, tasks(late, early), order('CREATED_AT', 'DESC'))).toEqual({
      index: 1,
      certain: true,
    })
  })

  it.each(['ASC', 'DESC'] as const)('puts a task without a due date last: %s', (direction) => {
    const others = tasks({ dueOn: '2026-11-24' })
    expect(findPlace({ id: 'new', dueOn: null }, others, order('DUE_ON', direction)).index).toBe(1)
    const undated = tasks({ dueOn: null })
    const dated = { id: 'new', dueOn: '2026-11-24' }
    expect(findPlace(dated, undated, order('DUE_ON', direction)).index).toBe(0)
  })

  it('ranks priorities by weight, not by name', () => {
    const others = tasks({ priority: 'HIGH' }, { priority: 'LOW' })
    expect(findPlace({ id: 'new', priority: 'MEDIUM' }, others, order('PRIORITY', 'DESC'))).toEqual(
      {
        index: 1,
        certain: true,
      },
    )
  })

  // The order of the API: case-folded, by code point.
  it.each([
    ['É', 'z', 1],
    ['B', 'a', 1],
    ['b', 'C', 0],
    ['\u{1f389}', '\uff21', 1],
    ['ab', 'a', 1],
  ])('sorts titles as the API does: %s beside %s', (title, other, index) => {
    const place = findPlace({ id: 'new', title }, tasks({ title: other }), order('TITLE', 'ASC'))
    expect(place.index).toBe(index)
  })

  it('is not certain among equals, by title, or without the field', () => {
    const uncertain = [
      findPlace(
        { id: 'new', priority: 'LOW' },
        tasks({ priority: 'LOW' }),
        order('PRIORITY', 'ASC'),
      ),
      findPlace({ id: 'new', title: 'b' }, tasks({ title: 'a' }), order('TITLE', 'ASC')),
      findPlace(
        { id: 'new' },
        tasks({ createdAt: '2026-11-24T08:00:00Z' }),
        order('CREATED_AT', 'ASC'),
      ),
      findPlace({ id: 'new', dueOn: null }, tasks({ dueOn: null }), order('DUE_ON', 'ASC')),
    ]
    expect(uncertain.map(({ certain }) => certain)).toEqual([false, false, false, false])
  })
})

describe('ranksEqually', () => {
  it('is false when a change moves a task', () => {
    const before = { id: 'task-1', title: 'a', dueOn: null }
    expect(ranksEqually(before, { ...before, title: 'b' }, order('DUE_ON', 'ASC'))).toBe(true)
    expect(ranksEqually(before, { ...before, title: 'b' }, order('TITLE', 'ASC'))).toBe(false)
    expect(ranksEqually(before, { ...before, dueOn: '2026-11-24' }, order('DUE_ON', 'ASC'))).toBe(
      false,
    )
  })
})
