import { createHash } from 'node:crypto'
import type { Db } from '../client.ts'
import { runAs } from '../statements.ts'

/** Runs SQL as an owner, like the statements of the product. @returns its rows, as text. */
export async function runTextAs(
  db: Db,
  ownerId: string,
  text: string,
  values: string[] = [],
): Promise<(string | null)[][]> {
  const [rows = []] = await runAs(db, ownerId, [{ name: nameOf(text), text, values }])
  return rows
}

/** Different for different texts, and short enough for Postgres. */
function nameOf(text: string): string {
  return createHash('sha256').update(text).digest('base64url')
}
