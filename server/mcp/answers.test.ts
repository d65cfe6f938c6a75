import { expect, it } from 'vitest'
import { toolResult } from './answers.ts'

it.each(['FORBIDDEN', 'PAUSED', 'CURSOR_EXPIRED'])(
  'the error %s keeps its code, its message and what it names',
  (code) => {
    const message = 'What happened. What to do.'
    const extensions = { code, resumeUrl: 'https://tasks.example.com/activity' }
    expect(toolResult({ data: null, errors: [{ message, extensions }] }, true)).toEqual({
      isError: true,
      content: [{ type: 'text', text: `${code}: ${message}` }],
      structuredContent: { error: { message, ...extensions } },
    })
  },
)

it('data that has no words of its own is JSON in the text', () => {
  const data = { viewer: { id: 'ada' } }
  const [content] = toolResult({ data }, false).content
  expect(content).toEqual({ type: 'text', text: JSON.stringify(data) })
})

it('a missing task has words of its own', () => {
  const [content] = toolResult({ data: { task: null } }, false).content
  expect(content).toEqual({ type: 'text', text: 'There is no such task.' })
})

it('a page of changes says who changed what, and how to go on', () => {
  const change = {
    kind: 'DELETED',
    taskId: 'a',
    occurredAt: '2026-11-27T14:03:00.000Z',
    actor: { name: 'Backup script' },
    before: { title: 'Buy milk' },
    after: { title: 'Buy milk' },
  }
  const pageInfo = { hasNextPage: true, endCursor: 'b' }
  const [content] = toolResult(
    { data: { taskChanges: { nodes: [change], pageInfo } } },
    false,
  ).content
  expect(content).toEqual({
    type: 'text',
    text: [
      'Changes, the oldest first.',
      '2026-11-27T14:03:00.000Z Backup script: DELETED Buy milk (task a)',
      'There are more. Call again with after "b".',
    ].join('\n'),
  })
})

it('a completed task names its next task', () => {
  const repeat = { every: 2, unit: 'WEEK', weekdays: ['MONDAY', 'FRIDAY'], from: 'DUE_DATE' }
  const task = { id: 'a', title: 'Water the plants', priority: 'MEDIUM', labels: [], repeat }
  const data = {
    completeTask: {
      task: { ...task, description: null, completed: true, dueOn: '2027-03-01' },
      next: { ...task, id: 'b', description: null, completed: false, dueOn: '2027-03-05' },
    },
  }
  const [content] = toolResult({ data }, true).content
  const rule = 'repeats every 2 WEEK on MONDAY, FRIDAY from DUE_DATE'
  expect(content).toEqual({
    type: 'text',
    text: [
      `[x] Water the plants (due 2027-03-01; priority MEDIUM; ${rule}; id a)`,
      `Next: [ ] Water the plants (due 2027-03-05; priority MEDIUM; ${rule}; id b)`,
    ].join('\n'),
  })
})
