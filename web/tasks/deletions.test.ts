import { describe, expect, it } from 'vitest'
import { createDeletions, type Deletion } from './deletions.ts'

const task: Deletion = { id: 'task-1', title: 'Water the plants', completed: false }

function recorded() {
  const executed: string[] = []
  const answers: (() => void)[] = []
  const deletions = createDeletions(({ id }) => {
    executed.push(id)
    return new Promise((resolve) => answers.push(resolve))
  })
  const answer = () => answers.shift()?.()
  return { deletions, executed, answer }
}

describe('a deletion', () => {
  it('hides the task without a request', () => {
    const { deletions, executed } = recorded()
    deletions.schedule(task)
    expect(deletions.get()).toEqual([task])
    expect(executed).toEqual([])
  })

  it('is never sent when it is undone', async () => {
    const { deletions, executed } = recorded()
    deletions.schedule(task)
    deletions.undo(task.id)
    await deletions.commit(task.id)
    expect(deletions.get()).toEqual([])
    expect(executed).toEqual([])
  })

  it('is sent once when it is committed twice', async () => {
    const { deletions, executed, answer } = recorded()
    deletions.schedule(task)
    const commitments = [deletions.commit(task.id), deletions.commitAll()]
    answer()
    await Promise.all(commitments)
    expect(executed).toEqual([task.id])
  })

  it('hides the task until the API has answered', async () => {
    const { deletions, answer } = recorded()
    deletions.schedule(task)
    const commitment = deletions.commit(task.id)
    deletions.undo(task.id)
    expect(deletions.get()).toEqual([task])
    answer()
    await commitment
    expect(deletions.get()).toEqual([])
  })

  it('is awaited when all are committed', async () => {
    const { deletions, executed, answer } = recorded()
    deletions.schedule(task)
    deletions.schedule({ ...task, id: 'task-2' })
    let done = false
    const all = deletions.commitAll().then(() => {
      done = true
    })
    answer()
    await Promise.resolve()
    expect(done).toBe(false)
    answer()
    await all
    expect(executed).toEqual(['task-1', 'task-2'])
  })
})
