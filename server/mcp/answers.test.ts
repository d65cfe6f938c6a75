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
  const data = { taskChanges: { nodes: [{ kind: 'DELETED' }] } }
  const [content] = toolResult({ data }, false).content
  expect(content).toEqual({ type: 'text', text: JSON.stringify(data) })
})

it('a missing task has words of its own', () => {
  const [content] = toolResult({ data: { task: null } }, false).content
  expect(content).toEqual({ type: 'text', text: 'There is no such task.' })
})
