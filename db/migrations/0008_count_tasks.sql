CREATE TABLE "task_counts" (
	"user_id" text PRIMARY KEY NOT NULL,
	"counts" integer[] NOT NULL
) WITH (fillfactor = 50); -- room for new versions of a row on its page (HOT updates)
--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE, DELETE ON "task_counts" TO taskward_app;--> statement-breakpoint
ALTER TABLE "task_counts" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "task_counts" FORCE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE POLICY "own_rows" ON "task_counts" USING (user_id = current_setting('taskward.owner', true));--> statement-breakpoint
-- Housekeeping looks for owners without a row.
CREATE POLICY "counted_owners_seen" ON "task_counts" FOR SELECT USING (current_user <> 'taskward_app');--> statement-breakpoint
-- The counts are exact because of three rules:
-- 1. A transaction that changes tasks changes the row of their owner too.
-- 2. A transaction that creates a task of an owner without a row holds a lock until it ends. If it
--    then sees no other task, the owner has no other, and it creates the row.
-- 3. db/task-counts.ts creates the row of an owner who has tasks already. It takes the lock that
--    announce_task takes shared, so it waits for running writers. Triggers for rows run first, in the
--    order of their names, so a writer holds that lock before it looks for the row.
CREATE FUNCTION "count_created_tasks"() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
	added record;
BEGIN
	FOR added IN
		SELECT user_id, 1 + priority_rank + CASE WHEN completed_at IS NULL THEN 0 ELSE 3 END AS place, count(*)
		FROM created GROUP BY 1, 2 ORDER BY 1
	LOOP
		UPDATE "task_counts" SET counts[added.place] = counts[added.place] + added.count
		WHERE user_id = added.user_id;
		CONTINUE WHEN FOUND;
		PERFORM pg_advisory_xact_lock(hashtextextended(added.user_id, 1));
		INSERT INTO "task_counts"
		SELECT added.user_id, '{0,0,0,0,0,0}' WHERE NOT EXISTS (
			SELECT FROM "tasks" WHERE user_id = added.user_id
			OFFSET (SELECT count(*) FROM created WHERE created.user_id = added.user_id)
		) ON CONFLICT DO NOTHING;
		UPDATE "task_counts" SET counts[added.place] = counts[added.place] + added.count
		WHERE user_id = added.user_id;
	END LOOP;
	RETURN NULL;
END $$;--> statement-breakpoint
CREATE FUNCTION "count_deleted_tasks"() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
	removed record;
BEGIN
	FOR removed IN
		SELECT user_id, 1 + priority_rank + CASE WHEN completed_at IS NULL THEN 0 ELSE 3 END AS place, count(*)
		FROM deleted GROUP BY 1, 2 ORDER BY 1
	LOOP
		UPDATE "task_counts" SET counts[removed.place] = counts[removed.place] - removed.count
		WHERE user_id = removed.user_id;
	END LOOP;
	RETURN NULL;
END $$;--> statement-breakpoint
-- For each row, so that its WHEN spares other changes the call. No statement of Taskward changes many
-- tasks, and none changes the owner of a task.
CREATE FUNCTION "count_changed_task"() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
	old_place CONSTANT integer := 1 + OLD.priority_rank + CASE WHEN OLD.completed_at IS NULL THEN 0 ELSE 3 END;
	new_place CONSTANT integer := 1 + NEW.priority_rank + CASE WHEN NEW.completed_at IS NULL THEN 0 ELSE 3 END;
BEGIN
	UPDATE "task_counts"
	SET counts[old_place] = counts[old_place] - 1, counts[new_place] = counts[new_place] + 1
	WHERE user_id = NEW.user_id;
	RETURN NULL;
END $$;--> statement-breakpoint
CREATE TRIGGER "count_created" AFTER INSERT ON "tasks" REFERENCING NEW TABLE AS created
	FOR EACH STATEMENT EXECUTE FUNCTION "count_created_tasks"();--> statement-breakpoint
CREATE TRIGGER "count_changed" AFTER UPDATE ON "tasks"
	FOR EACH ROW WHEN ((OLD.completed_at IS NULL) <> (NEW.completed_at IS NULL) OR OLD.priority_rank <> NEW.priority_rank)
	EXECUTE FUNCTION "count_changed_task"();--> statement-breakpoint
CREATE TRIGGER "count_deleted" AFTER DELETE ON "tasks" REFERENCING OLD TABLE AS deleted
	FOR EACH STATEMENT EXECUTE FUNCTION "count_deleted_tasks"();
