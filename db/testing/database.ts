import { randomUUID } from 'node:crypto'
import { inject } from 'vitest'
import { connect, type Database } from '../client.ts'
import { databaseUrl, silentLog, templateName } from './cluster.ts'

/** A new migrated, empty database, without the tables of Better Auth. */
export async function testDatabase(): Promise<Database & { url: string }> {
  const adminUrl = inject('adminUrl')
  const name = `test_${randomUUID().replaceAll('-', '')}`
  const admin = connect(adminUrl, silentLog)
  await admin.pool.query(`create database ${name} template ${templateName}`)
  await admin.close()
  const url = databaseUrl(adminUrl, name)
  return { ...connect(url, silentLog), url }
}
