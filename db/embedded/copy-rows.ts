import { pipeline } from 'node:stream/promises'
import pg from 'pg'
import { from as copyFrom, to as copyTo } from 'pg-copy-streams'

/** `columns`: those that are stored, not computed by the database. Names are quoted for SQL. */
type Table = { name: string; columns: string }

const tablesQuery = `
  select format('%I.%I', nspname, relname) as name,
         string_agg(quote_ident(attname), ', ' order by attnum) as columns
    from pg_class join pg_namespace on pg_namespace.oid = relnamespace
                  join pg_attribute on attrelid = pg_class.oid
   where relkind = 'r' and nspname !~ '^(pg_|information_schema$)'
     and attnum > 0 and not attisdropped and attgenerated = ''
   group by 1 order by 1`

/**
 * Copies all rows of one database to another one with the same tables, whose own rows are deleted.
 * Both users must be superusers. Triggers do not run.
 * @returns the number of rows.
 * @throws Error when a table or column would be lost. Then nothing is copied.
 */
export async function copyRows(fromUrl: string, toUrl: string): Promise<number> {
  const source = new pg.Client(fromUrl)
  const target = new pg.Client(toUrl)
  await Promise.all([source.connect(), target.connect()])
  try {
    await source.query('begin isolation level repeatable read read only')
    await target.query('begin; set local session_replication_role = replica')
    const tables = await requireSameTables(source, target)
    await target.query(`truncate ${tables.map(({ name }) => name).join(', ')}`)
    let rows = 0
    for (const table of tables) rows += await copyTable(source, target, table)
    await copySequences(source, target)
    await target.query('commit')
    await target.query('analyze')
    return rows
  } finally {
    await Promise.all([source.end(), target.end()])
  }
}

async function requireSameTables(source: pg.Client, target: pg.Client): Promise<Table[]> {
  const { rows: tables } = await source.query<Table>(tablesQuery)
  const { rows } = await target.query<Table>(tablesQuery)
  const known = new Map(rows.map(({ name, columns }) => [name, columns.split(', ')]))
  const isKnown = ({ name, columns }: Table) =>
    columns.split(', ').every((column) => known.get(name)?.includes(column))
  const lost = tables.filter((table) => !isKnown(table)).map(({ name }) => name)
  if (lost.length === 0) return tables
  throw new Error(
    `The tables ${lost.join(', ')} are not of this Taskward, or have columns that are not. Save what ` +
      'you need of them, drop them, and try again.',
  )
}

async function copyTable(
  source: pg.Client,
  target: pg.Client,
  { name, columns }: Table,
): Promise<number> {
  const read = source.query(copyTo(`copy ${name} (${columns}) to stdout`))
  const write = target.query(copyFrom(`copy ${name} (${columns}) from stdin`))
  await pipeline(read, write)
  if (read.rowCount !== write.rowCount)
    throw new Error(`Of the ${read.rowCount} rows of ${name}, ${write.rowCount} were written.`)
  return write.rowCount
}

async function copySequences(source: pg.Client, target: pg.Client): Promise<void> {
  const { rows } = await source.query(
    `select format('%I.%I', schemaname, sequencename) as name, last_value as value
       from pg_sequences where last_value is not null`,
  )
  for (const { name, value } of rows) await target.query('select setval($1, $2)', [name, value])
}
