import { describe, expect, onTestFinished, vi } from 'vitest'
import { encodeChangeCursor } from '#db/change-cursors.ts'
import { writeRows } from '#db/testing/write-rows.ts'
import { schema } from '#schema/index.ts'
import { type App, startBeside } from '../testing/app.ts'
import { openStream, type Stream } from '../testing/stream.ts'
import { it } from '../testing/test.ts'

const query = `subscription ($after: String) {
  taskChanged(after: $after) { cursor kind taskId task { title } }
}`

async function subscribe(app: App, token: string, after?: string): Promise<Stream> {
  const body = JSON.stringify({ query, variables: { after } })
  const stream = await openStream(app.url, token, { method: 'POST', body })
  onTestFinished(stream.leave)
  return stream
}

const eventsOf = ({ events }: Stream) => events.flatMap(({ data }) => data?.data?.taskChanged ?? [])
const cursorsOf = (stream: Stream) => eventsOf(stream).map(({ cursor }) => cursor)
const cursors = (ownerId: string, from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, n) => encodeChangeCursor(ownerId, from + n))
const untilCursors = (stream: Stream, expected: string[]) =>
  vi.waitFor(() => expect(cursorsOf(stream)).toEqual(expected), { timeout: 20_000 })

const insert = `
  insert into tasks (user_id, id, title, title_key, priority, labels, label_keys)
  select $1, gen_random_uuid(), 'a', 'a', 'LOW', '{}', '{}' from generate_series(1, $2)`

/** Writes this many changes in one statement. */
const write = (app: App, ownerId: string, count: number) =>
  writeRows(app.pool, ownerId, insert, [ownerId, count])

const cutListeners = (app: App) =>
  app.pool.query(
    `select pg_terminate_backend(pid) from pg_stat_activity
     where application_name = 'taskward-changes' and datname = current_database()`,
  )

describe('a stream with a cursor', () => {
  it('begins with the changes after it, and continues with new ones', async ({ app }) => {
    const { id, token } = await app.signUp('Carol')
    await write(app, id, 700) // several batches
    const stream = await subscribe(app, token, encodeChangeCursor(id, 3))
    await untilCursors(stream, cursors(id, 4, 700))
    await write(app, id, 2)
    await untilCursors(stream, cursors(id, 4, 702))
  })

  it('has no gap and no repetition while others write and other streams are further', async ({
    app,
    other,
  }) => {
    const { id, token } = await app.signUp('Carol')
    const live = await subscribe(app, token)
    const writing = Promise.all(
      Array.from({ length: 4 }, async () => {
        for (let n = 0; n < 25; n++) await write(app, id, 3)
      }),
    )
    await vi.waitFor(() => expect(live.events.length).toBeGreaterThan(20))
    const late = await Promise.all(
      [app, other].map((instance) => subscribe(instance, token, encodeChangeCursor(id, 0))),
    )
    await writing
    for (const stream of [live, ...late]) await untilCursors(stream, cursors(id, 1, 300))
  })

  it('continues on another instance where a stream of a stopped one ended', async ({ app }) => {
    const { id, token } = await app.signUp('Carol')
    const stopping = await startBeside(app)
    const first = await subscribe(stopping, token)
    await write(app, id, 5)
    await untilCursors(first, cursors(id, 1, 5))
    await stopping.close()
    await first.ended
    await write(app, id, 5)
    const next = await subscribe(app, token, cursorsOf(first).at(-1))
    await untilCursors(next, cursors(id, 6, 10))
  })

  it('shares the execution of live events with streams that began elsewhere', async ({ app }) => {
    const { id, token } = await app.signUp('Carol')
    await write(app, id, 2)
    const streams = [
      await subscribe(app, token, encodeChangeCursor(id, 0)),
      await subscribe(app, token, encodeChangeCursor(id, 1)),
      await subscribe(app, token),
    ]
    for (const [n, stream] of streams.entries()) await untilCursors(stream, cursors(id, n + 1, 2))
    const field = schema.getSubscriptionType()?.getFields().taskChanged
    if (!field) throw new Error('There is no subscription taskChanged.')
    const spy = vi.spyOn(field, 'resolve')
    onTestFinished(() => spy.mockRestore())
    await write(app, id, 1)
    for (const [n, stream] of streams.entries()) await untilCursors(stream, cursors(id, n + 1, 3))
    expect(spy).toHaveBeenCalledTimes(1)
  })

  it('is refused with a cursor of another owner, from the future or expired', async ({ app }) => {
    const { id, token } = await app.signUp('Carol')
    await write(app, id, 3)
    const endings: [after: string, code: string][] = [
      [encodeChangeCursor('another owner', 1), 'BAD_USER_INPUT'],
      [encodeChangeCursor(id, 4), 'BAD_USER_INPUT'],
      ['x', 'BAD_USER_INPUT'],
      [encodeChangeCursor(id, 1), 'CURSOR_EXPIRED'],
    ]
    await app.pool.query('update task_histories set kept_after = 2 where user_id = $1', [id])
    for (const [after, code] of endings) {
      const [event, end] = await (await subscribe(app, token, after)).ended
      expect(event?.data?.errors?.map(({ extensions }) => extensions)).toEqual([
        { code, field: 'after' },
      ])
      expect(end).toEqual({ name: 'complete', data: null })
    }
    const kept = await subscribe(app, token, encodeChangeCursor(id, 2))
    await untilCursors(kept, cursors(id, 3, 3))
  })
})

describe('a stream continues', () => {
  it('with the changes of the time in which the instance could not listen', async ({ app }) => {
    const { id, token } = await app.signUp('Carol')
    const stream = await subscribe(app, token)
    for (let round = 1; round <= 3; round++) {
      await Promise.all([cutListeners(app), write(app, id, 2)])
      await untilCursors(stream, cursors(id, 1, 2 * round))
    }
  })

  it('after its lease was lost, as in a crash of the database', async ({ app }) => {
    const { id, token } = await app.signUp('Carol')
    const stream = await subscribe(app, token)
    await app.pool.query('truncate followed_owners')
    await write(app, id, 1)
    await cutListeners(app)
    await untilCursors(stream, cursors(id, 1, 1))
    await write(app, id, 1)
    await untilCursors(stream, cursors(id, 1, 2))
  })
})

it('reads the history once for all streams of an owner', async ({ app }) => {
  const { id, token } = await app.signUp('Carol')
  const streams = await Promise.all(Array.from({ length: 20 }, () => subscribe(app, token)))
  await app.pool.query(
    `create sequence changes_read;
     grant usage on sequence changes_read to taskward_app;
     create policy counts_reads on task_changes as restrictive for select to taskward_app
     using (case when user_id = '${id}' then nextval('changes_read') > 0 else true end)`,
  )
  await write(app, id, 1)
  for (const stream of streams) await untilCursors(stream, cursors(id, 1, 1))
  const { rows } = await app.pool.query('select last_value from changes_read')
  expect(Number(rows[0].last_value)).toBe(1)
})
