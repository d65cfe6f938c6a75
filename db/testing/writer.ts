import { openDatabase } from '../client.ts'
import { silentLog } from './cluster.ts'

/*
 * A process that tests can kill. It opens the embedded database under the given directory, writes
 * one row after another, and prints the number of each committed row.
 */

const [, , dataDir = ''] = process.argv
const { pool } = await openDatabase({ dataDir, log: silentLog })
await pool.query('create table if not exists notes (n int primary key)')
for (let n = 1; ; n++) {
  await pool.query('insert into notes values ($1)', [n])
  console.log(n)
}
