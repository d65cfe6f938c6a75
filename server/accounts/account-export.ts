import { Readable } from 'node:stream'
import type { BetterAuthPlugin } from 'better-auth'
import { createAuthEndpoint, sessionMiddleware } from 'better-auth/api'
import type { Pool } from 'pg'
import { listAppGrants } from '#db/app-grants.ts'
import type { Db } from '#db/client.ts'
import { exportChanges, exportTasks } from '#db/export.ts'
import { taskIdOf } from '#schema/task/task-ids.ts'
import { listKeys, outlineOf } from '../access-tokens/store.ts'
import { originOf } from '../http/origin-headers.ts'
import { recordEvent } from '../log/audit.ts'
import type { Logger } from '../log/log.ts'

type AccountExportOptions = {
  pool: Pool
  db: Db
  /** Counts one more export. Throws APIError 429 when there were too many. */
  countExport: (ownerId: string) => Promise<void>
  log: Logger
}

const headers = {
  'Content-Type': 'application/json; charset=utf-8',
  'Content-Disposition': 'attachment; filename="taskward.json"',
}

/**
 * GET /account/export: all that Taskward keeps of an account, as JSON. It accepts only the session
 * cookie, because no token of a program may read everything.
 */
export function accountExport({ pool, db, countExport, log }: AccountExportOptions) {
  return {
    id: 'account-export',
    endpoints: {
      exportAccount: createAuthEndpoint(
        '/account/export',
        { method: 'GET', use: [sessionMiddleware] },
        async ({ context: { adapter, session }, headers: received }) => {
          const { id, name, email, emailVerified, createdAt } = session.user
          await countExport(id)
          const facts = {
            exportedAt: new Date(),
            account: { id, name, email, emailVerified, createdAt },
            accessTokens: (await listKeys(adapter, id)).map(outlineOf),
            connectedApps: (await listAppGrants(pool, id)).map(describeGrant),
          }
          recordEvent(log, 'account_exported', { userId: id, ...originOf(received) })
          const lists = { tasks: listTasks(db, id), changes: listChanges(db, id) }
          const stream = Readable.toWeb(Readable.from(writeJson(facts, lists)))
          return new Response(stream as ReadableStream, { headers })
        },
      ),
    },
  } satisfies BetterAuthPlugin
}

type Grant = Awaited<ReturnType<typeof listAppGrants>>[number]

const describeGrant = ({ clientId, scopes, connectedAt, lastUsedAt }: Grant) => ({
  clientId,
  scopes,
  connectedAt,
  lastUsedAt,
})

async function* listTasks(db: Db, ownerId: string) {
  for await (const task of exportTasks(db, ownerId)) yield { ...task, id: taskIdOf(task) }
}

async function* listChanges(db: Db, ownerId: string) {
  for await (const { taskId, ...change } of exportChanges(db, ownerId))
    yield { ...change, taskId: taskIdOf({ id: taskId }) }
}

const encoder = new TextEncoder()
/** Characters. Smaller pieces cost more than their bytes. */
const pieceLength = 16_384

/** One JSON object: the facts, then the lists, element by element. The reader sets the pace. */
async function* writeJson(
  facts: object,
  lists: Record<string, AsyncIterable<object>>,
): AsyncGenerator<Uint8Array> {
  let text = JSON.stringify(facts).slice(0, -1)
  for (const [name, list] of Object.entries(lists)) {
    text += `,\n${JSON.stringify(name)}:[`
    let separator = '\n'
    for await (const element of list) {
      text += separator + JSON.stringify(element)
      separator = ',\n'
      if (text.length < pieceLength) continue
      yield encoder.encode(text)
      text = ''
    }
    text += '\n]'
  }
  yield encoder.encode(`${text}}\n`)
}
