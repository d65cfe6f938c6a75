import { describe, expect, it } from 'vitest'
import { differentTexts, equalTexts } from '../gql/odd-texts.ts'
import { matches } from './task-filter.ts'

const task = {
  id: 'task-1',
  title: 'Call Bob',
  description: 'About the notes',
  completed: false,
  dueOn: '2026-11-24',
  priority: 'HIGH' as const,
  labels: ['Home', 'phone', 'Café', 'ΟΔΟΣ'],
}

describe('matches', () => {
  it.each([
    {},
    { completed: false },
    { priority: ['LOW' as const, 'HIGH' as const] },
    { labels: ['home', 'PHONE'] },
    { dueOnOrAfter: '2026-11-24', dueOnOrBefore: '2026-11-24' },
    { search: 'bob' },
    { search: 'NOTES' },
    { search: 'hom' },
    { search: 'CAFE\u0301' },
    { search: 'οδοσ' },
    { labels: ['cafe\u0301'] },
    { completed: null, priority: null, labels: null, search: null },
  ])('holds a task for which every condition holds: %j', (filter) => {
    expect(matches(filter, task)).toBe(true)
  })

  it.each(equalTexts)(
    'holds for texts that are equal without regard to case: %j, %j',
    (one, other) => {
      expect(matches({ search: other }, { ...task, title: one })).toBe(true)
      expect(matches({ search: one }, { ...task, description: other })).toBe(true)
      expect(matches({ labels: [other] }, { ...task, labels: [one] })).toBe(true)
    },
  )

  it.each(differentTexts)('does not hold for %j and %j', (one, other) => {
    expect(matches({ search: other }, { ...task, title: one })).toBe(false)
    expect(matches({ labels: [other] }, { ...task, labels: [one] })).toBe(false)
  })

  it.each([
    { completed: true },
    { priority: ['LOW' as const] },
    { labels: ['home', 'work'] },
    { dueOnOrAfter: '2026-11-25' },
    { dueOnOrBefore: '2026-11-23' },
    { search: 'alice' },
    { completed: false, search: 'alice' },
  ])('leaves a task out for which one does not: %j', (filter) => {
    expect(matches(filter, task)).toBe(false)
  })

  it('excludes a task without a due date from every range of dates', () => {
    expect(matches({ dueOnOrBefore: '2026-12-31' }, { ...task, dueOn: null })).toBe(false)
  })

  it('is undefined when a deciding field is not known', () => {
    expect(matches({ search: 'alice' }, { ...task, description: undefined })).toBeUndefined()
    expect(matches({ labels: ['home'] }, { id: 'task-1' })).toBeUndefined()
  })

  it('ignores unknown fields when a known one decides', () => {
    expect(matches({ completed: true, search: 'alice' }, { ...task, labels: undefined })).toBe(
      false,
    )
    expect(matches({ search: 'bob' }, { ...task, labels: undefined })).toBe(true)
  })
})
