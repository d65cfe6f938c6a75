import { describe, expect, it } from 'vitest'
import { mergeEdits, type TaskValues } from './task-values.ts'

const now: TaskValues = {
  title: 'Buy milk',
  description: 'Theirs',
  dueOn: null,
  priority: 'MEDIUM',
  labels: ['home', 'Garden'],
  repeat: null,
}

describe('merging edits into a task', () => {
  it('sends a field that only the person changed', () => {
    const edits = { title: { base: 'Buy milk', mine: 'Buy oat milk' } }
    expect(mergeEdits(edits, now)).toEqual({ changes: { title: 'Buy oat milk' }, conflicts: [] })
  })

  it('never sends a field that both sides changed, but the others', () => {
    const edits = {
      description: { base: null, mine: 'Mine' },
      dueOn: { base: null, mine: '2026-11-30' },
    }
    expect(mergeEdits(edits, now)).toEqual({
      changes: { dueOn: '2026-11-30' },
      conflicts: ['description'],
    })
  })

  it('sends nothing when both sides changed a field to the same value', () => {
    const edits = {
      description: { base: null, mine: 'Theirs' },
      labels: { base: [], mine: ['garden', 'HOME'] },
    }
    expect(mergeEdits(edits, now)).toEqual({ changes: {}, conflicts: [] })
  })

  it('takes a value that it has tried to send for its own', () => {
    const edits = { description: { base: null, mine: 'Second', tried: ['Theirs'] } }
    expect(mergeEdits(edits, now)).toEqual({ changes: { description: 'Second' }, conflicts: [] })
  })
})
