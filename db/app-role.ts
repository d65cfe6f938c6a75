import { sql } from 'drizzle-orm'
import pg from 'pg'
import { type Db, transactionAs } from './as-owner.ts'

/** The database or the signing keys are not set up for requests. The message says what to run. */
export class SetupFault extends Error {}

const createRole = 'CREATE ROLE taskward_app NOLOGIN NOSUPERUSER NOBYPASSRLS;'

const everyRight = sql.raw(`'SELECT, INSERT, UPDATE, DELETE'`)

/** The rights of the role on tables. Each row of the result is a missing one. */
const missingGrants = sql`
  select format('GRANT %s ON %I TO taskward_app;', rights, name) as line
    from (values ('tasks', 'SELECT, INSERT, UPDATE'), ('task_changes', 'SELECT'),
                 ('task_histories', 'SELECT'), ('actor_brakes', 'SELECT'),
                 ('followed_owners', 'SELECT'),
                 ('labels', ${everyRight}), ('task_creations', ${everyRight}),
                 ('task_counts', ${everyRight}), ('task_grams', ${everyRight})) as needed (name, rights)
   where exists (select from unnest(string_to_array(rights, ', ')) as wanted_right
                  where not has_table_privilege(current_user, to_regclass(name), wanted_right))`

const schemaUsage = `
  select format('GRANT USAGE ON SCHEMA %I TO taskward_app;', nspname) as line from pg_namespace
   where nspname = current_schema() and not has_schema_privilege('taskward_app', oid, 'usage')`

/**
 * Does what a request does: takes the role, and reads a row as an owner.
 * @throws SetupFault with the SQL that mends it; DatabaseUnavailable.
 */
export async function requireAppRole(db: Db, pool: pg.Pool): Promise<void> {
  try {
    await transactionAs(db, '', async (tx) => {
      const { rows } = await tx.execute(
        sql`select rolsuper or rolbypassrls as bypasses from pg_roles where rolname = current_user`,
      )
      if (rows[0]?.bypasses !== false) throw new SetupFault(bypassing)
      const grants = (await tx.execute(missingGrants)).rows.map(({ line }) => line)
      if (grants.length > 0) throw new SetupFault(lacking('rights on tables', grants.join(' ')))
      await tx.execute(sql`select id from tasks limit 1`)
    })
  } catch (error) {
    throw (await explainRole(pool, error)) ?? error
  }
}

/**
 * Grants what a user of DATABASE_URL may grant: membership in a role that existed before, such as
 * that of another Taskward in the cluster, and the use of a schema that was created anew. What it may
 * not grant, requireAppRole explains.
 */
export async function joinAppRole(client: pg.ClientBase): Promise<void> {
  const { rows } = await client.query(
    `select format('GRANT taskward_app TO %I;', current_user) as line from pg_roles
      where rolname = 'taskward_app' and not pg_has_role(current_user, oid, 'member')
      union all ${schemaUsage}`,
  )
  for (const { line } of rows) await client.query(line).catch(ignoreRefusal)
}

/**
 * Before tables that grant rights to the role are restored.
 * @throws SetupFault when it does not exist and the user may not create it.
 */
export async function ensureAppRole(client: pg.ClientBase): Promise<void> {
  await requireRoleOrRight(client)
  const { rows } = await client.query(`select to_regrole('taskward_app') is null as lacks`)
  if (rows[0]?.lacks) await client.query(createRole)
  await joinAppRole(client)
}

/** @throws SetupFault when the first migration could not create the role. */
export async function requireRoleOrRight(client: pg.ClientBase): Promise<void> {
  const { rows } = await client.query(
    `select to_regrole('taskward_app') is null and not (rolsuper or rolcreaterole) as lacks,
            format('GRANT taskward_app TO %I;', current_user) as grant
       from pg_roles where rolname = current_user`,
  )
  if (rows[0]?.lacks) throw missingRole(rows[0].grant)
}

const bypassing =
  'The role taskward_app is a superuser or bypasses row-level security, so users could read rows of ' +
  'each other. Run as an administrator: ALTER ROLE taskward_app NOSUPERUSER NOBYPASSRLS;'

function lacking(what: string, lines: string): string {
  return `The role taskward_app lacks ${what}. Run as the owner of the tables: ${lines}`
}

function missingRole(grant: string): SetupFault {
  return new SetupFault(
    'The role taskward_app does not exist, and the user of DATABASE_URL may not create it (no ' +
      `CREATEROLE). Run as an administrator: ${createRole} ${grant}`,
  )
}

/** Undefined: the error has another cause than the role. */
async function explainRole(pool: pg.Pool, error: unknown): Promise<SetupFault | undefined> {
  if (error instanceof SetupFault || !hasDatabaseError(error)) return undefined
  const { rows } = await pool.query(
    `select to_regrole('taskward_app') is not null as exists, to_regclass('tasks') is not null as migrated,
            format('GRANT taskward_app TO %I;', current_user) as grant`,
  )
  const { exists, migrated, grant } = rows[0]
  if (!exists) return missingRole(grant)
  if (!(await canTakeRole(pool))) return notMember(grant)
  if (!migrated) return new SetupFault('The database has no table tasks. Run npm run db:migrate.')
  const { line } = (await pool.query(schemaUsage)).rows[0] ?? {}
  return line && new SetupFault(lacking('the use of the schema', line))
}

function notMember(grant: string): SetupFault {
  return new SetupFault(
    'The user of DATABASE_URL is not a member of the role taskward_app, which reads and writes tasks. ' +
      `Run as an administrator: ${grant}`,
  )
}

async function canTakeRole(pool: pg.Pool): Promise<boolean> {
  const client = await pool.connect()
  try {
    await client.query('begin; set local role taskward_app')
    return true
  } catch (error) {
    if (error instanceof pg.DatabaseError) return false
    throw error
  } finally {
    await client.query('rollback').then(() => client.release(), client.release)
  }
}

/** Drizzle wraps the error of the database. */
function hasDatabaseError(error: unknown): boolean {
  if (error instanceof pg.DatabaseError) return true
  return error instanceof Error && hasDatabaseError(error.cause)
}

function ignoreRefusal(error: unknown): void {
  if (!(error instanceof pg.DatabaseError) || error.code !== '42501') throw error
}
