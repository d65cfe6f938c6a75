DROP INDEX CONCURRENTLY IF EXISTS "tasks_by_deleted_at";--> statement-breakpoint
CREATE INDEX CONCURRENTLY "tasks_by_deleted_at" ON "tasks" USING btree ("user_id","deleted_at","id") WHERE "tasks"."deleted_at" is not null;
