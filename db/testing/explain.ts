import { drizzle } from 'drizzle-orm/node-postgres'
import pg from 'pg'
import type { Db } from '../client.ts'

export type Statement = { sql: string; params: unknown[] }
export type PlanNode = Record<string, unknown> & { Plans?: PlanNode[] }

/** Records the statements of our functions, and explains them as the role that reads rows. */
export function createExplainer(url: string) {
  const recorded: Statement[] = []
  const pool = new pg.Pool({
    connectionString: url,
    onConnect: async (client) => {
      await client.query(`set taskward.actor = '{"kind":"PERSON","id":"ada","name":"Ada"}'`)
      recordQueries(client, recorded)
    },
  })

  /** The statements that our functions send, without begin and commit. */
  async function recordStatements(run: (db: Db) => Promise<unknown>): Promise<Statement[]> {
    recorded.length = 0
    await run(drizzle(pool))
    return [...recorded]
  }

  /** `options`: of EXPLAIN. Row-level security can prevent the use of an index. */
  async function explain(
    options: string,
    ownerId: string,
    statement: Statement | undefined,
  ): Promise<PlanNode> {
    const client = await pool.connect()
    try {
      const owner = pg.escapeLiteral(ownerId)
      await client.query(`begin; set local role taskward_app; set local taskward.owner = ${owner}`)
      const sql = `explain (format json, ${options}) ${statement?.sql}`
      const { rows } = await client.query(sql, statement?.params)
      return rows[0]['QUERY PLAN'][0].Plan
    } finally {
      await client.query('rollback')
      client.release()
    }
  }

  return { recordStatements, explain, close: () => pool.end() }
}

export function nodesOf(plan: PlanNode): PlanNode[] {
  return [plan, ...(plan.Plans ?? []).flatMap(nodesOf)]
}

/** Only begin and commit are sent as plain strings. */
function recordQueries(client: pg.ClientBase, recorded: Statement[]) {
  const query = client.query.bind(client) as (...args: unknown[]) => unknown
  client.query = ((statement: pg.QueryConfig | string, params: unknown[], ...rest: unknown[]) => {
    if (typeof statement === 'object') recorded.push({ sql: statement.text, params })
    return query(statement, params, ...rest)
  }) as typeof client.query
}
