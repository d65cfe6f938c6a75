import { openDatabase } from '../client.ts'
import { silentLog } from './cluster.ts'

/*
 * A process of its own for the tests that kill one: opens the embedded database under the given
 * directory, then writes row after row, and prints the number of each that was acknowledged.
 */

const [, , dataDir = ''] = process.argv
const { pool } = await openDatabase({ dataDir, log: silentLog })
await pool.query('create table if not exists notes (n int primary key)')
for (let n = 1; ; n++) {
  await pool.query('insert into notes values ($1)', [n])
  console.log(n)
}
