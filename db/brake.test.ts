import { describe, expect, it } from 'vitest'
import {
  deleteBrake,
  listPausedActors,
  readBrakes,
  resumeActor,
  setLimits,
} from './actor-brakes.ts'
import type { Actor } from './actors.ts'
import type { Author } from './as-owner.ts'
import { findBrakeRefusal } from './brake.ts'
import { countTasksOf } from './owners.ts'
import { type Creation, createTask, updateTask } from './tasks.ts'
import { databaseForFile } from './testing/database.ts'
import { runTextAs } from './testing/run-text.ts'
import { by, newOwner, newTask, seedTasks } from './testing/tasks.ts'
import { writeRows } from './testing/write-rows.ts'
import { deleteCompletedTasks, deleteTask } from './trash.ts'

const { db, pool } = await databaseForFile()
const script: Actor = { kind: 'ACCESS_TOKEN', id: 'script', name: 'Backup script' }

/** An owner with 10 tasks, and a script that may move 3 to the trash and make 5 changes. */
async function start(limits = { maxDeletions: 3, maxChanges: 5 }) {
  const ada = newOwner('ada')
  const tasks = await seedTasks(
    db,
    ada,
    Array.from({ length: 10 }, () => ({})),
  )
  await setLimits(pool, ada, script, limits)
  const author: Author = { ownerId: ada, actor: script }
  return { ada, ids: tasks.map(({ id }) => id), author }
}

async function refusalOf(write: Promise<unknown>) {
  const error = await write.then(
    () => undefined,
    (error: unknown) => error,
  )
  return findBrakeRefusal(error)
}

async function retitle(author: Author, id = ''): Promise<unknown> {
  return updateTask(db, author, id, { title: `Title ${Math.random()}` })
}

const count = (ada: string) => countTasksOf(db, ada)

describe('a program', () => {
  it('moves as many tasks to the trash as its limit, and then only reads', async () => {
    const { ada, ids, author } = await start()
    for (const id of ids.slice(0, 3)) expect(await deleteTask(db, author, id)).toBe(true)
    expect(await refusalOf(deleteTask(db, author, ids[3] ?? ''))).toMatchObject({
      reason: 'DELETIONS',
      isPaused: false,
    })
    expect(await refusalOf(retitle(author, ids[4]))).toMatchObject({ isPaused: true })
    expect(await count(ada)).toBe(7)
    expect(await listPausedActors(db, ada)).toEqual([
      {
        actor: script,
        pausedAt: expect.any(String),
        reason: 'DELETIONS',
        maxDeletions: 3,
        maxChanges: 5,
      },
    ])
  })

  it('is refused a write that would change nothing while it is paused', async () => {
    const { ids, author } = await start({ maxDeletions: 0, maxChanges: 5 })
    await refusalOf(deleteTask(db, author, ids[0] ?? ''))
    expect(await refusalOf(retitle(author, '00000000-0000-7000-8000-000000000000'))).toBeDefined()
    expect(await refusalOf(deleteCompletedTasks(db, author))).toMatchObject({ isPaused: true })
  })

  it('deletes nothing with a statement that exceeds the limit', async () => {
    const { ada, ids, author } = await start()
    for (const id of ids) await updateTask(db, by(ada), id, { completed: true })
    expect(await refusalOf(deleteCompletedTasks(db, author))).toMatchObject({ reason: 'DELETIONS' })
    expect(await count(ada)).toBe(10)
    expect(await listPausedActors(db, ada)).toHaveLength(1)
  })

  it('creates as many tasks in one statement as its limit', async () => {
    const { ada, author } = await start()
    const create = (number: number) =>
      runTextAs(
        db,
        author,
        `insert into tasks (user_id, id, title, title_key, priority, labels, label_keys)
         select current_setting('taskward.owner'), gen_random_uuid(), '', '', 'LOW', '{}', '{}'
         from generate_series(1, ${number})`,
      )
    await create(3)
    expect(await refusalOf(create(3))).toMatchObject({ reason: 'CHANGES' })
    expect(await count(ada)).toBe(13)
  })

  it('makes as many changes as its limit, of all kinds', async () => {
    const { ids, author } = await start()
    for (const id of ids.slice(0, 3)) await retitle(author, id)
    await deleteTask(db, author, ids[4] ?? '')
    const created: Creation = await createTask(db, author, newTask({ labels: ['Work'] }))
    expect(created).toMatchObject({ labels: ['Work'] })
    const refused = createTask(db, author, newTask({ labels: ['Home'] }), 'key')
    expect(await refusalOf(refused)).toMatchObject({ reason: 'CHANGES', isPaused: false })
  })

  it('is counted within an hour, that slides', async () => {
    const { ada, ids, author } = await start()
    const shift = (minutes: number) =>
      writeRows(
        pool,
        ada,
        `with brake as (update actor_brakes set changed_at = changed_at - $2::interval where user_id = $1)
         update task_changes set occurred_at = occurred_at - $2::interval where user_id = $1`,
        [ada, `${minutes} minutes`],
      )
    const bob = await start()
    for (const id of bob.ids.slice(0, 5)) await retitle(bob.author, id)
    for (const id of ids.slice(0, 2)) await retitle(author, id)
    await shift(40)
    for (const id of ids.slice(0, 3)) await retitle(author, id)
    await shift(30) // the first two are older than an hour
    for (const id of ids.slice(0, 2)) await retitle(author, id)
    expect(await refusalOf(retitle(author, ids[0]))).toMatchObject({ reason: 'CHANGES' })
    expect(await refusalOf(retitle(bob.author, bob.ids[0]))).toMatchObject({ reason: 'CHANGES' })
  })

  it('goes on when the person allows it, and is counted from then on', async () => {
    const { ada, ids, author } = await start()
    for (const id of ids.slice(0, 4)) await refusalOf(deleteTask(db, author, id))
    expect(await resumeActor(db, by(ada), script)).toEqual(script)
    expect(await listPausedActors(db, ada)).toEqual([])
    for (const id of ids.slice(3, 6)) expect(await deleteTask(db, author, id)).toBe(true)
    expect(await refusalOf(deleteTask(db, author, ids[6] ?? ''))).toBeDefined()
    expect(await count(ada)).toBe(4)
  })

  it('has 50 deletions and 1,000 changes without a choice of the person', async () => {
    const { ada } = await start()
    const other: Author = { ownerId: ada, actor: { ...script, id: 'other' } }
    const tasks = await seedTasks(
      db,
      ada,
      Array.from({ length: 51 }, () => ({ completedAt: '2026-11-27T09:00:00Z' })),
    )
    expect(await refusalOf(deleteCompletedTasks(db, other))).toMatchObject({
      maxDeletions: 50,
      maxChanges: 1000,
    })
    await resumeActor(db, by(ada), other.actor)
    await updateTask(db, by(ada), tasks[0]?.id ?? '', { completed: false })
    expect(await deleteCompletedTasks(db, other)).toHaveLength(50)
  })
})

describe('a person', () => {
  it('is not counted', async () => {
    const { ada, ids } = await start()
    for (const id of ids) await deleteTask(db, by(ada), id)
    expect(await count(ada)).toBe(0)
  })

  it('resumes only programs of their own', async () => {
    const { ada, ids, author } = await start({ maxDeletions: 0, maxChanges: 5 })
    await refusalOf(deleteTask(db, author, ids[0] ?? ''))
    const bob = newOwner('bob')
    expect(await resumeActor(db, by(bob), script)).toBeUndefined()
    expect(await listPausedActors(db, bob)).toEqual([])
    expect(await listPausedActors(db, ada)).toHaveLength(1)
  })

  it('sets, sees and deletes the limits of their own programs', async () => {
    const [ada, bob] = [newOwner('ada'), newOwner('bob')]
    await setLimits(pool, ada, script, { maxDeletions: 3 })
    await setLimits(pool, bob, script, { maxChanges: 0 })
    const brakeOf = async (owner: string) => (await readBrakes(pool, owner, script.kind))(script.id)
    const states = {
      ada: { maxDeletions: 3, maxChanges: 1_000, pausedAt: null },
      bob: { maxDeletions: 50, maxChanges: 0, pausedAt: null },
    }
    expect({ ada: await brakeOf(ada), bob: await brakeOf(bob) }).toEqual(states)
    await deleteBrake(pool, ada, script)
    expect(await brakeOf(ada)).toEqual({ maxDeletions: 50, maxChanges: 1_000, pausedAt: null })
    expect(await brakeOf(bob)).toEqual(states.bob)
  })
})
