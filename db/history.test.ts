import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { connect } from './client.ts'
import { runAs } from './statements.ts'
import { createTask, updateTask } from './tasks.ts'
import { untilBlocked } from './testing/blocked.ts'
import { silentLog } from './testing/cluster.ts'
import { databaseForFile, databaseForTest } from './testing/database.ts'
import { runTextAs } from './testing/run-text.ts'
import { by, newOwner, newTask, seedTasks } from './testing/tasks.ts'
import { beginWriting } from './testing/write-rows.ts'
import { deleteCompletedTasks, deleteTask, purgeTask, restoreTask } from './trash.ts'

const { db, pool, url } = await databaseForFile()

async function readChanges(ownerId: string) {
  const { rows } = await pool.query(
    `select "position"::int, task_id as "taskId", kind, before, after, undoes,
            actor_kind || ' ' || actor_id || ' ' || actor_name as actor
       from task_changes where user_id = $1 order by "position"`,
    [ownerId],
  )
  return rows
}

async function make(ownerId: string): Promise<string> {
  const task = await createTask(db, by(ownerId), newTask())
  if (typeof task === 'string') throw new Error(task)
  return task.id
}

describe('the history of an owner', () => {
  it('has each change of a task, with the actor and the state before and after', async () => {
    const ada = newOwner('ada')
    const id = await make(ada)
    const program = {
      ownerId: ada,
      actor: { kind: 'ACCESS_TOKEN', id: 't', name: `It's "x" \\` },
    } as const
    await updateTask(db, program, id, { title: 'Read', labels: ['Work'], dueOn: '2027-01-31' })
    await deleteTask(db, by(ada), id)
    await restoreTask(db, by(ada), id)
    await deleteTask(db, by(ada), id)
    await purgeTask(db, by(ada), id)
    const created = {
      title: 'Write the notes',
      description: null,
      completedAt: null,
      dueOn: null,
      priority: 'MEDIUM',
      labels: [],
      deletedAt: null,
    }
    const updated = { ...created, title: 'Read', labels: ['Work'], dueOn: '2027-01-31' }
    const deleted = { ...updated, deletedAt: expect.any(String) }
    const person = { taskId: id, actor: `PERSON ${ada} Ada`, undoes: null }
    expect(await readChanges(ada)).toEqual([
      { ...person, position: 1, kind: 'CREATED', before: null, after: created },
      {
        ...person,
        position: 2,
        kind: 'UPDATED',
        actor: `ACCESS_TOKEN t It's "x" \\`,
        before: created,
        after: updated,
      },
      { ...person, position: 3, kind: 'DELETED', before: updated, after: deleted },
      { ...person, position: 4, kind: 'RESTORED', before: deleted, after: updated },
      { ...person, position: 5, kind: 'DELETED', before: updated, after: deleted },
      { ...person, position: 6, kind: 'PURGED', before: deleted, after: null },
    ])
  })

  it('has no change for a statement that changes nothing', async () => {
    const ada = newOwner('ada')
    const id = await make(ada)
    await updateTask(db, by(ada), id, { title: 'Write the notes', completed: false })
    await updateTask(db, by(ada), randomUUID(), { title: 'x' })
    expect(await readChanges(ada)).toHaveLength(1)
  })

  it('names what a change takes back', async () => {
    const ada = newOwner('ada')
    const id = await make(ada)
    const client = await pool.connect()
    await beginWriting(client, ada)
    await client.query(`select set_config('taskward.undoes', $1, true)`, [
      JSON.stringify({ [id]: 1 }),
    ])
    await client.query(`update tasks set title = 'x' where id = $1`, [id])
    await client.query('commit')
    client.release()
    expect((await readChanges(ada)).map(({ undoes }) => undoes)).toEqual([null, '1'])
  })

  it('gets the changes of one statement at once, each with its own position', async () => {
    const ada = newOwner('ada')
    await seedTasks(
      db,
      ada,
      Array.from({ length: 1_000 }, () => ({ completedAt: '2026-11-01T12:00:00.000Z' })),
    )
    const ids = await deleteCompletedTasks(db, by(ada))
    const changes = await readChanges(ada)
    expect(changes.map(({ position }) => position)).toEqual(changes.map((_, n) => n + 1))
    expect(changes.slice(1_000).map(({ taskId }) => taskId)).toEqual(ids.toSorted())
    expect(changes.slice(1_000).every(({ kind }) => kind === 'DELETED')).toBe(true)
  })

  it('has positions without a gap, in the order of the commits, with many writers', async () => {
    const ada = newOwner('ada')
    const other = connect(url, silentLog)
    const ids = await Promise.all(Array.from({ length: 4 }, () => make(ada)))
    const write = async (lane: number) => {
      const to = lane % 2 ? db : other.db
      for (let n = 0; n < 10; n++) {
        const id = ids[(lane + n) % 4] ?? ''
        const labels = [
          ['Work', 'Home'],
          ['home', 'work'],
        ][n % 2]
        await updateTask(to, by(ada), id, { labels, title: `${lane} ${n}` })
        await createTask(to, by(ada), newTask({ labels }), `${n % 5}`)
        if (n % 4 === 0) await deleteTask(to, by(ada), id)
        else await restoreTask(to, by(ada), id)
      }
    }
    let isWriting = true
    const gaps: unknown[] = []
    const read = async () => {
      while (isWriting) {
        const text =
          'select count(*)::int as n, coalesce(max("position"), 0)::int as last from task_changes'
        const [row] = await runTextAs(db, ada, text)
        if (row?.[0] !== row?.[1]) gaps.push(row)
      }
    }
    const reading = read()
    await Promise.all(Array.from({ length: 8 }, (_, lane) => write(lane)))
    isWriting = false
    await reading
    await other.close()
    expect(gaps).toEqual([])
    const positions = (await readChanges(ada)).map(({ position }) => position)
    expect(positions).toEqual(positions.map((_, n) => n + 1))
    const [row] = await runTextAs(db, ada, 'select "position" from task_histories')
    expect(Number(row?.[0])).toBe(positions.length)
  })
})

describe('the role of requests', () => {
  it.each([
    ['delete a task', 'delete from tasks'],
    ['insert a change', `insert into task_changes select * from task_changes`],
    ['update a change', `update task_changes set actor_name = 'x'`],
    ['delete a change', 'delete from task_changes'],
    ['insert a history', `insert into task_histories values ('x', 1)`],
    ['update a history', 'update task_histories set "position" = 0'],
    ['delete a history', 'delete from task_histories'],
  ])('cannot %s', async (_what, text) => {
    const ada = newOwner('ada')
    await make(ada)
    await expect(runTextAs(db, by(ada), text)).rejects.toThrow(/permission denied for table/)
  })

  it.each([
    [
      'insert',
      `insert into tasks (user_id, id, title, title_key, priority, labels, label_keys)
       values (current_setting('taskward.owner'), gen_random_uuid(), '', '', 'LOW', '{}', '{}')`,
    ],
    ['update', `update tasks set title = 'x'`],
  ])('cannot %s a task without an actor', async (_what, text) => {
    const ada = newOwner('ada')
    await make(ada)
    await expect(runTextAs(db, ada, text)).rejects.toThrow('taskward.actor is not set')
    const nameless = {
      name: 'empty',
      text: `select set_config('taskward.actor', '', true)`,
      values: [],
    }
    const change = { name: text.slice(0, 6), text, values: [] }
    await expect(runAs(db, by(ada), [nameless, change])).rejects.toThrow('not set')
    expect(await readChanges(ada)).toHaveLength(1)
  })

  // The version before deletes tasks and names no actor (migration 0013).
  it.each([
    ['day after an upgrade', '9000-01-01', ['CREATED', 'UPDATED', 'PURGED']],
    ['time after that', '2000-01-01', ['CREATED']],
  ])('writes as the version before in the %s: history from %s', async (_when, from, kinds) => {
    const { db, pool } = await databaseForTest()
    await pool.query(`grant delete on tasks to taskward_app;
      create or replace function history_required_from() returns timestamptz
        language sql immutable as $$ select timestamptz '${from}' $$`)
    const ada = newOwner('ada')
    await createTask(db, by(ada), newTask())
    const isAllowed = kinds.length === 3
    for (const text of [`update tasks set title = 'x'`, 'delete from tasks']) {
      const [outcome] = await Promise.allSettled([runTextAs(db, ada, text)])
      expect(outcome.status === 'fulfilled').toBe(isAllowed)
    }
    const { rows } = await pool.query(
      'select kind, actor_name as name from task_changes order by "position"',
    )
    expect(rows.map(({ kind }) => kind)).toEqual(kinds)
    expect(rows.slice(1).every(({ name }) => name === 'Taskward')).toBe(true)
  })

  it.each([
    [
      'a label',
      `labels values ($1, 'work', 'WORK')`,
      expect.objectContaining({ labels: ['WORK'] }),
    ],
    [
      'the key of a creation',
      `task_creations values ($1, 'key', 'other input', gen_random_uuid())`,
      'KEY_OF_ANOTHER_INPUT',
    ],
  ])('waits for the version before, which writes %s before the task', async (_what, row, made) => {
    const { db, pool } = await databaseForTest()
    await pool.query(`create or replace function history_required_from() returns timestamptz
      language sql immutable as $$ select timestamptz '9000-01-01' $$`)
    const ada = newOwner('ada')
    const before = await pool.connect()
    await beginWriting(before, ada)
    await before.query(`insert into ${row}`, [ada])
    const creating = createTask(db, by(ada), newTask({ labels: ['Work'] }), 'key')
    await untilBlocked(pool, creating)
    const insert = `insert into tasks (user_id, id, title, title_key, priority, labels, label_keys)
      values ($1, gen_random_uuid(), '', '', 'LOW', '{WORK}', '{work}')`
    await before.query(insert, [ada])
    await before.query('commit')
    before.release()
    expect(await creating).toEqual(made)
  })

  it.each(['record_created_tasks', 'record_changed_tasks', 'record_tasks'])(
    'cannot forge a history with a table of its own and %s',
    async (name) => {
      const client = await pool.connect()
      await client.query('begin; set local role taskward_app')
      await client.query('create temp table changed (like tasks)')
      const trigger = `create trigger forge after insert on changed referencing new table as created
        for each statement execute function ${name}()`
      await expect(client.query(trigger)).rejects.toThrow(`permission denied for function ${name}`)
      await client.query('rollback')
      client.release()
    },
  )

  it('sees no history of another owner', async () => {
    const [ada, bob] = [newOwner('ada'), newOwner('bob')]
    await make(ada)
    for (const table of ['task_changes', 'task_histories'])
      expect(await runTextAs(db, bob, `select * from ${table}`)).toEqual([])
  })
})
