import { randomUUID } from 'node:crypto'
import { afterAll, inject, onTestFinished } from 'vitest'
import { connect, type Database } from '../client.ts'
import { databaseUrl, silentLog, templateName } from './cluster.ts'

/** A new migrated, empty database, without the tables of Better Auth. The caller closes it. */
export async function testDatabase(): Promise<Database & { url: string }> {
  const adminUrl = inject('adminUrl')
  const name = `test_${randomUUID().replaceAll('-', '')}`
  const admin = connect(adminUrl, silentLog)
  await admin.pool.query(`create database ${name} template ${templateName}`)
  await admin.close()
  const url = databaseUrl(adminUrl, name)
  return { ...connect(url, silentLog), url }
}

/** A database for the tests of a file, closed after the last one. */
export async function databaseForFile() {
  const database = await testDatabase()
  afterAll(database.close)
  return database
}

/** A database for one test, closed at its end. */
export async function databaseForTest() {
  const database = await testDatabase()
  onTestFinished(database.close)
  return database
}
