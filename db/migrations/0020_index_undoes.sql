DROP INDEX CONCURRENTLY IF EXISTS "task_changes_by_undoes";--> statement-breakpoint
CREATE INDEX CONCURRENTLY "task_changes_by_undoes" ON "task_changes" USING btree ("user_id","undoes") WHERE "task_changes"."undoes" is not null;
