CREATE INDEX "task_creations_by_created_at" ON "task_creations" USING btree ("created_at");--> statement-breakpoint
-- Housekeeping reads rows of no named owner: every role but the one that rows of people are read
-- and written as may see and delete keys that are older than 30 days, and no other row.
CREATE POLICY "old_rows_seen" ON "task_creations" FOR SELECT USING (created_at < now() - interval '30 days' AND current_user <> 'taskward_app');--> statement-breakpoint
CREATE POLICY "old_rows_deleted" ON "task_creations" FOR DELETE USING (created_at < now() - interval '30 days' AND current_user <> 'taskward_app');
