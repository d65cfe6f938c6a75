import { deepStrictEqual, ok } from 'node:assert/strict'
import { type Asked, ask } from './ask.ts'
import type { BenchDatabase } from './database.ts'
import { findExpected, findForeign, readState } from './expected.ts'
import { type OperationName, operationNames, type Subject } from './operations.ts'
import { restoreTasks } from './rows.ts'
import type { Server } from './servers.ts'
import type { Subjects } from './subjects.ts'

type Gate = { server: Server; database: BenchDatabase; name: OperationName; subject: Subject }

/**
 * Checks that a server answers rightly and refuses what it must refuse. Restores the rows.
 * @returns what is wrong, one sentence each.
 */
export async function checkServer(
  server: Server,
  database: BenchDatabase,
  subjects: Subjects,
): Promise<string[]> {
  const faults: string[] = []
  for (const name of operationNames) {
    const [subject] = subjects[name]
    if (!subject) throw new Error(`There is nothing to ask ${name} about.`)
    for (const [what, check] of Object.entries(checks)) {
      await check({ server, database, name, subject }).catch(({ message }: Error) => {
        faults.push(`${server.name} failed ${name}, ${what}: ${message}`)
      })
    }
  }
  await restoreTasks(database.pool)
  return faults
}

const checks: Record<string, (gate: Gate) => Promise<void>> = {
  async 'the right answer'({ server, database: { pool, tokens }, name, subject }) {
    const { text, answer } = await ask(server, name, subject, tokens.get(subject.task.userId))
    ok(answer, `It answered ${text.slice(0, 500)}`)
    const { endCursor, ...rest } = answer
    ok(answer.hasNextPage === undefined || endCursor, 'The page has no cursor.')
    deepStrictEqual(definedOf(rest), await findExpected(pool, name, subject, answer))
  },

  async 'no data without a token'(gate) {
    const { text } = await askUnchanged(gate)
    ok(!/"(title|createdAt)":\s*"/.test(text), `It answered ${text.slice(0, 500)}`)
  },

  async 'nothing for another user'(gate) {
    const { pool, tokens } = gate.database
    const { userId } = gate.subject.task
    const other = [...tokens.keys()].findLast((id) => id !== userId) ?? ''
    const { answer } = await askUnchanged(gate, tokens.get(other))
    const answered = answer?.tasks ?? []
    deepStrictEqual(await findForeign(pool, other, answered), [])
    if (['Q3', 'M2', 'M3'].includes(gate.name)) deepStrictEqual(answered, [])
  },
}

/** Fails when the tasks of the subject's owner are not as before. */
async function askUnchanged(gate: Gate, token?: string): Promise<Asked> {
  const { server, database, name, subject } = gate
  const before = await readState(database.pool, subject.task.userId)
  const asked = await ask(server, name, subject, token)
  deepStrictEqual(await readState(database.pool, subject.task.userId), before)
  return asked
}

function definedOf(fields: object): object {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}
