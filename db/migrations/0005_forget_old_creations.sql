CREATE INDEX "task_creations_by_created_at" ON "task_creations" USING btree ("created_at");--> statement-breakpoint
-- Housekeeping belongs to no owner: whoever is not the role that rows are read and written as may
-- see and delete what is too old to count, and no other row.
CREATE POLICY "old_rows_seen" ON "task_creations" FOR SELECT USING (created_at < now() - interval '30 days' AND current_user <> 'taskward_app');--> statement-breakpoint
CREATE POLICY "old_rows_deleted" ON "task_creations" FOR DELETE USING (created_at < now() - interval '30 days' AND current_user <> 'taskward_app');
