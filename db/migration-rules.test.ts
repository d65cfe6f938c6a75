import { describe, expect, it } from 'vitest'
import { findFaults } from './migration-rules.ts'
import { listMigrations } from './pending-migrations.ts'

/** Those before were applied before there were rules. docs/operations.md says which of them block. */
const firstChecked = '0010'

describe('a migration', () => {
  it('keeps the rules', () => {
    const checked = listMigrations().filter(({ name }) => name >= firstChecked)
    const faults = checked.flatMap(({ name, statements }) =>
      findFaults(statements).map((fault) => `${name}: ${fault}`),
    )
    expect(faults).toEqual([])
  })

  it('that rewrites a table is found: 0003', () => {
    const statements = listMigrations()[3]?.statements ?? []
    const faults = findFaults(statements).join('\n')
    expect(faults).toContain('rewrites the table')
    expect(faults).toContain('write CREATE INDEX CONCURRENTLY')
  })

  it.each([
    'ALTER TABLE "tasks" DROP COLUMN "title"',
    'DROP TABLE "labels"',
    'ALTER TABLE "tasks" RENAME COLUMN "title" TO "name"',
    'ALTER TABLE "tasks" ALTER COLUMN "title" SET NOT NULL',
    'ALTER TABLE "tasks" ALTER COLUMN "title" SET DATA TYPE varchar(9)',
    'ALTER TABLE "tasks" ADD COLUMN "key" uuid DEFAULT gen_random_uuid() NOT NULL',
    'ALTER TABLE "tasks" ADD COLUMN "note" text NOT NULL',
    'ALTER TABLE "tasks" ADD CONSTRAINT "short" CHECK (length(title) < 9)',
    'ALTER TABLE "tasks" ADD CONSTRAINT "one" UNIQUE("title")',
    'CREATE INDEX "tasks_by_note" ON "tasks" USING btree ("note")',
    'UPDATE "tasks" SET title_key = lower(title)',
  ])('may not: %s', (statement) => {
    expect(findFaults([statement])).toHaveLength(1)
  })

  it.each([
    'ALTER TABLE "tasks" ADD COLUMN "note" text',
    `ALTER TABLE "tasks" ADD COLUMN "note" text DEFAULT '' NOT NULL`,
    'ALTER TABLE "tasks" ADD CONSTRAINT "short" CHECK (length(title) < 9) NOT VALID',
    'CREATE INDEX CONCURRENTLY "tasks_by_note" ON "tasks" USING btree ("note")',
    '-- contract: 1.4 does not read it\nALTER TABLE "tasks" DROP COLUMN "note"',
  ])('may: %s', (statement) => {
    expect(findFaults([statement])).toEqual([])
  })

  it('may not lock two tables that exist, in whatever order a writer locks them', () => {
    const column = 'ALTER TABLE "tasks" ADD COLUMN "note" text'
    const trigger = 'CREATE TRIGGER "note" BEFORE INSERT OR UPDATE OF note ON "labels" FOR EACH ROW'
    expect(findFaults([column, trigger])).toEqual([
      'locks tasks and labels, which deadlocks with a writer of both; give each a migration',
    ])
    expect(findFaults([column, 'DROP TRIGGER "note" ON "labels"'])).toHaveLength(1)
    expect(findFaults([column, trigger.replace('labels', 'tasks')])).toEqual([])
    expect(findFaults(['CREATE TABLE "labels" ()', column, trigger])).toEqual([])
  })

  it('may do anything to a table that it creates', () => {
    const create = 'CREATE TABLE "notes" ("id" uuid PRIMARY KEY NOT NULL)'
    expect(findFaults([create, 'CREATE INDEX "by_id" ON "notes" ("id")'])).toEqual([])
  })

  it('may not mix a concurrent index with statements that need a transaction', () => {
    const index = 'CREATE INDEX CONCURRENTLY "by_note" ON "tasks" ("note")'
    const drop = 'DROP INDEX CONCURRENTLY IF EXISTS "by_note"'
    expect(findFaults([drop, index])).toEqual([])
    expect(findFaults([index, 'ALTER TABLE "tasks" ADD COLUMN "note" text'])).toEqual([
      'CONCURRENTLY runs outside of a transaction; put it in a migration of its own',
    ])
  })
})
