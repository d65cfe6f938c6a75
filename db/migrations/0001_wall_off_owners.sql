-- The second wall: whoever reads or writes rows does it as a role that owns no table and cannot
-- bypass row-level security, and sees only the rows of the owner whom the transaction names.
DO $$
BEGIN
	-- Roles belong to the whole cluster: another database in it may have made this one already.
	IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'taskward_app') THEN
		CREATE ROLE taskward_app NOLOGIN NOSUPERUSER NOBYPASSRLS;
	END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END $$;--> statement-breakpoint
DO $$
BEGIN
	EXECUTE format('GRANT taskward_app TO %I', current_user);
EXCEPTION WHEN insufficient_privilege THEN
	NULL; -- it was granted by whoever made the role, or SET ROLE will say that it was not
END $$;--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE, DELETE ON "tasks", "labels", "task_creations" TO taskward_app;--> statement-breakpoint
ALTER TABLE "tasks" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "tasks" FORCE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE POLICY "own_rows" ON "tasks" USING (user_id = current_setting('taskward.owner', true));--> statement-breakpoint
ALTER TABLE "labels" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "labels" FORCE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE POLICY "own_rows" ON "labels" USING (user_id = current_setting('taskward.owner', true));--> statement-breakpoint
ALTER TABLE "task_creations" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "task_creations" FORCE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE POLICY "own_rows" ON "task_creations" USING (user_id = current_setting('taskward.owner', true));
