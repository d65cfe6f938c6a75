import type { Db } from '../client.ts'
import { runAs } from '../statements.ts'

/** Runs SQL as an owner, like the statements of the product. @returns its rows, as text. */
export async function runTextAs(
  db: Db,
  ownerId: string,
  text: string,
  values: string[] = [],
): Promise<(string | null)[][]> {
  const [rows = []] = await runAs(db, ownerId, [{ name: text, text, values }])
  return rows
}
