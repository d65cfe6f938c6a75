import { createHash } from 'node:crypto'
import type { Owner } from '../as-owner.ts'
import type { Db } from '../client.ts'
import { runAs } from '../statements.ts'

/** Runs SQL as an owner or author, like the statements of the product. @returns its rows, as text. */
export async function runTextAs(
  db: Db,
  owner: Owner,
  text: string,
  values: string[] = [],
): Promise<(string | null)[][]> {
  const [rows = []] = await runAs(db, owner, [{ name: nameOf(text), text, values }])
  return rows
}

/** Different for different texts, and short enough for Postgres. */
function nameOf(text: string): string {
  return createHash('sha256').update(text).digest('base64url')
}
