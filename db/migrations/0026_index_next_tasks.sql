DROP INDEX CONCURRENTLY IF EXISTS "tasks_by_follows";--> statement-breakpoint
CREATE UNIQUE INDEX CONCURRENTLY "tasks_by_follows" ON "tasks" USING btree ("user_id","follows") WHERE "follows" is not null;
