CREATE TABLE "task_changes" (
	"user_id" text NOT NULL,
	"position" bigint NOT NULL,
	"task_id" uuid NOT NULL,
	"kind" text NOT NULL,
	"occurred_at" timestamp (3) with time zone NOT NULL,
	"actor_kind" text NOT NULL,
	"actor_id" text NOT NULL,
	"actor_name" text NOT NULL,
	"before" json,
	"after" json,
	"undoes" bigint,
	CONSTRAINT "task_changes_pkey" PRIMARY KEY("user_id","position")
);
--> statement-breakpoint
CREATE TABLE "task_histories" (
	"user_id" text PRIMARY KEY NOT NULL,
	"position" bigint NOT NULL,
	"kept_after" bigint DEFAULT 0 NOT NULL,
	"kept_since" timestamp (3) with time zone,
	"trash_since" timestamp (3) with time zone
) WITH (fillfactor = 50); -- room for new versions of a row on its page (HOT updates)
--> statement-breakpoint
ALTER TABLE "tasks" ADD COLUMN "deleted_at" timestamp (3) with time zone;--> statement-breakpoint
-- Requests read the history. Only the triggers below write it: they run as the owner of the tables.
GRANT SELECT ON "task_changes", "task_histories" TO taskward_app;--> statement-breakpoint
ALTER TABLE "task_changes" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "task_histories" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "task_changes" FORCE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "task_histories" FORCE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE POLICY "own_rows" ON "task_changes" USING (user_id = current_setting('taskward.owner', true));--> statement-breakpoint
CREATE POLICY "own_rows" ON "task_histories" USING (user_id = current_setting('taskward.owner', true));--> statement-breakpoint
-- Housekeeping looks for owners with old changes or an old trash.
CREATE POLICY "histories_seen" ON "task_histories" FOR SELECT USING (current_user <> 'taskward_app');--> statement-breakpoint
-- Requests move tasks to the trash. The version before deletes tasks and names no actor, so a database
-- that it serves allows both for a day (docs/decisions/0060-the-database-writes-the-history.md).
DO $$
DECLARE
	is_served CONSTANT boolean := to_regclass('"user"') IS NOT NULL;
BEGIN
	EXECUTE format(
		'CREATE FUNCTION "history_required_from"() RETURNS timestamptz LANGUAGE sql IMMUTABLE AS %L',
		format('SELECT %L::timestamptz', CASE WHEN is_served THEN now() + interval '1 day' ELSE now() END)
	);
	IF NOT is_served THEN REVOKE DELETE ON "tasks" FROM taskward_app; END IF;
END $$;--> statement-breakpoint
-- The first thing of each statement that writes tasks, before any row is locked. The writers of an owner
-- are in one line from here to their commits, so they cannot deadlock, and positions of the history are
-- in the order of the commits.
CREATE FUNCTION "begin_change"() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
	-- Assigned, not performed: an expression needs no plan.
	locked CONSTANT text := pg_advisory_xact_lock(hashtextextended(current_setting('taskward.owner', true), 0))::text;
BEGIN
	IF TG_OP = 'DELETE' AND current_user = 'taskward_app' AND now() >= history_required_from() THEN
		RAISE EXCEPTION 'Requests cannot delete tasks. Set deleted_at, which moves them to the trash.' USING ERRCODE = '42501';
	END IF;
	IF coalesce(current_setting('taskward.actor', true), '') = '' THEN
		IF now() >= history_required_from() THEN
			RAISE EXCEPTION 'A change of tasks needs an actor: taskward.actor is not set.' USING ERRCODE = '42501';
		END IF;
		PERFORM set_config('taskward.actor', '{"kind":"APP","id":"taskward","name":"Taskward"}', true);
	END IF;
	RETURN NULL;
END $$;--> statement-breakpoint
CREATE FUNCTION "task_state"(title text, description text, completed_at timestamptz, due_on date, priority task_priority, labels text[], deleted_at timestamptz) RETURNS json LANGUAGE sql STABLE AS $$
	SELECT json_build_object('title', title, 'description', description, 'completedAt', completed_at,
		'dueOn', due_on, 'priority', priority, 'labels', labels, 'deletedAt', deleted_at)
$$;--> statement-breakpoint
-- Where a task is in `counts` of `task_counts`. Null: in the trash, which is not counted.
CREATE FUNCTION "count_place"(deleted_at timestamptz, completed_at timestamptz, priority_rank smallint) RETURNS integer LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE WHEN deleted_at IS NULL THEN 1 + priority_rank + CASE WHEN completed_at IS NULL THEN 0 ELSE 3 END END
$$;--> statement-breakpoint
-- For instances that follow the owner (migration 0002). They read the history from where they stand, so
-- they only need to know whose it is. The version before wants each change; it may run for a day after
-- the upgrade (history_required_from).
CREATE FUNCTION "announce_changes"(number bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	owner CONSTANT text := current_setting('taskward.owner', true);
BEGIN
	IF number > 0 AND EXISTS (SELECT FROM "followed_owners" WHERE owner_hash = hashtextextended(owner, 0) AND until > clock_timestamp()) THEN
		PERFORM pg_notify('taskward', json_build_object('moved', owner)::text);
		IF now() < history_required_from() THEN
			PERFORM pg_notify('taskward', json_build_object('task', task_id, 'owner', owner, 'kind',
				CASE kind WHEN 'PURGED' THEN 'DELETED' WHEN 'RESTORED' THEN 'CREATED' ELSE kind END)::text)
			FROM (
				SELECT * FROM "task_changes" WHERE user_id = owner ORDER BY "position" DESC LIMIT number
			) AS latest ORDER BY "position";
		END IF;
	END IF;
END $$;--> statement-breakpoint
-- What an actor is called. A person is named by none of their tokens, so their name is read here.
CREATE FUNCTION "actor_name"(actor json) RETURNS text LANGUAGE plpgsql STABLE AS $$
DECLARE
	named text := actor ->> 'name';
BEGIN
	IF named IS NULL THEN
		SELECT left(name, 80) INTO named FROM "user" WHERE id = actor ->> 'id';
	END IF;
	RETURN coalesce(named, 'Account owner');
END $$;--> statement-breakpoint
-- The position of the last change, after `number` changes of a statement.
CREATE FUNCTION "advance_history"(owner text, number bigint, deleted_at timestamptz) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	advanced bigint;
BEGIN
	UPDATE "task_histories" SET "position" = "position" + number,
		kept_since = coalesce(kept_since, now()), trash_since = coalesce(trash_since, deleted_at)
	WHERE user_id = owner RETURNING "position" INTO advanced;
	IF NOT FOUND THEN
		INSERT INTO "task_histories" (user_id, "position", kept_since, trash_since) VALUES (owner, number, now(), deleted_at);
		advanced := number;
	END IF;
	RETURN advanced;
END $$;--> statement-breakpoint
-- Created and purged tasks. Most statements write one task, which needs no plan for many.
CREATE FUNCTION "record_tasks"() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
	actor CONSTANT json := current_setting('taskward.actor');
	is_new CONSTANT boolean := TG_OP = 'INSERT';
	called text;
	number bigint;
	task "tasks";
	state json;
BEGIN
	SELECT count(*) INTO number FROM changed;
	IF number = 0 THEN RETURN NULL; END IF;
	called := actor_name(actor);
	IF number = 1 THEN
		SELECT * INTO task FROM changed;
		state := task_state(task.title, task.description, task.completed_at, task.due_on, task.priority, task.labels, task.deleted_at);
		INSERT INTO "task_changes" VALUES (
			task.user_id, advance_history(task.user_id, 1, NULL), task.id, CASE WHEN is_new THEN 'CREATED' ELSE 'PURGED' END,
			clock_timestamp(), actor ->> 'kind', actor ->> 'id', called,
			CASE WHEN NOT is_new THEN state END, CASE WHEN is_new THEN state END
		);
	ELSE
		WITH moved AS MATERIALIZED (
			SELECT user_id, advance_history(user_id, count(*), NULL) AS last FROM changed GROUP BY user_id
		), states AS (
			SELECT user_id, id, task_state(title, description, completed_at, due_on, priority, labels, deleted_at) AS state
			FROM changed
		)
		INSERT INTO "task_changes"
		SELECT user_id, last + 1 - row_number() OVER (PARTITION BY user_id ORDER BY id DESC), id,
			CASE WHEN is_new THEN 'CREATED' ELSE 'PURGED' END, clock_timestamp(),
			actor ->> 'kind', actor ->> 'id', called,
			CASE WHEN NOT is_new THEN states.state END, CASE WHEN is_new THEN states.state END
		FROM states JOIN moved USING (user_id);
	END IF;
	PERFORM announce_changes(number);
	RETURN NULL;
END $$;--> statement-breakpoint
-- The kind of a change, by when the task was moved to the trash before and after it.
CREATE FUNCTION "change_kind"(deleted_before timestamptz, deleted_after timestamptz) RETURNS text LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE WHEN (deleted_before IS NULL) = (deleted_after IS NULL) THEN 'UPDATED'
		WHEN deleted_after IS NULL THEN 'RESTORED' ELSE 'DELETED' END
$$;--> statement-breakpoint
-- Changed tasks: of each, its state before and after. A task whose state stays the same is left out. It
-- also counts tasks that change their place, instead of the trigger for each row of migration 0008.
-- `taskward.undoes`: a JSON object with the position of the change that is taken back, by the id of its task.
CREATE FUNCTION "record_changed_tasks"() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
	actor CONSTANT json := current_setting('taskward.actor');
	undone CONSTANT jsonb := nullif(current_setting('taskward.undoes', true), '');
	called text;
	number bigint;
	has_moved boolean;
	old_task "tasks";
	new_task "tasks";
	old_place integer;
	new_place integer;
	counted record;
BEGIN
	SELECT count(*) INTO number FROM after;
	IF number = 0 THEN RETURN NULL; END IF;
	called := actor_name(actor);
	IF number = 1 THEN -- most statements
		SELECT * INTO old_task FROM before;
		SELECT * INTO new_task FROM after;
		IF (old_task.title, old_task.description, old_task.completed_at, old_task.due_on, old_task.priority, old_task.labels, old_task.deleted_at)
			IS NOT DISTINCT FROM
			(new_task.title, new_task.description, new_task.completed_at, new_task.due_on, new_task.priority, new_task.labels, new_task.deleted_at)
		THEN RETURN NULL; END IF;
		INSERT INTO "task_changes" VALUES (
			new_task.user_id, advance_history(new_task.user_id, 1, new_task.deleted_at), new_task.id,
			change_kind(old_task.deleted_at, new_task.deleted_at), clock_timestamp(),
			actor ->> 'kind', actor ->> 'id', called,
			task_state(old_task.title, old_task.description, old_task.completed_at, old_task.due_on, old_task.priority, old_task.labels, old_task.deleted_at),
			task_state(new_task.title, new_task.description, new_task.completed_at, new_task.due_on, new_task.priority, new_task.labels, new_task.deleted_at),
			(undone ->> new_task.id::text)::bigint
		);
		old_place := count_place(old_task.deleted_at, old_task.completed_at, old_task.priority_rank);
		new_place := count_place(new_task.deleted_at, new_task.completed_at, new_task.priority_rank);
		IF (old_place IS NULL) <> (new_place IS NULL) THEN -- to the trash, or out of it
			UPDATE "task_counts" SET counts[coalesce(old_place, new_place)] = counts[coalesce(old_place, new_place)] + CASE WHEN new_place IS NULL THEN -1 ELSE 1 END
			WHERE user_id = new_task.user_id;
		ELSIF old_place <> new_place THEN
			UPDATE "task_counts" SET counts[old_place] = counts[old_place] - 1, counts[new_place] = counts[new_place] + 1
			WHERE user_id = new_task.user_id;
		END IF;
		PERFORM announce_changes(1);
		RETURN NULL;
	END IF;
	WITH states AS (
		SELECT user_id, id, false AS is_after, deleted_at, count_place(deleted_at, completed_at, priority_rank) AS place,
			task_state(title, description, completed_at, due_on, priority, labels, deleted_at) AS state FROM before
		UNION ALL
		SELECT user_id, id, true, deleted_at, count_place(deleted_at, completed_at, priority_rank),
			task_state(title, description, completed_at, due_on, priority, labels, deleted_at) FROM after
	), paired AS (
		SELECT user_id, id, is_after, state AS after, lag(state) OVER task AS before,
			deleted_at, lag(deleted_at) OVER task AS deleted_before,
			place, lag(place) OVER task AS place_before
		FROM states WINDOW task AS (PARTITION BY user_id, id ORDER BY is_after)
	), changes AS MATERIALIZED (
		SELECT * FROM paired WHERE is_after AND before::text <> after::text
	), moved AS MATERIALIZED (
		SELECT user_id, advance_history(user_id, count(*), min(deleted_at)) AS last FROM changes GROUP BY user_id
	), written AS (
		INSERT INTO "task_changes"
		SELECT user_id, last + 1 - row_number() OVER (PARTITION BY user_id ORDER BY id DESC), id,
			change_kind(deleted_before, deleted_at), clock_timestamp(), actor ->> 'kind', actor ->> 'id', called, before, after,
			(undone ->> id::text)::bigint
		FROM changes JOIN moved USING (user_id)
	)
	SELECT count(*), bool_or(place IS DISTINCT FROM place_before) INTO number, has_moved FROM changes;
	IF has_moved THEN
		FOR counted IN
			SELECT user_id, place, sum(n) AS difference FROM (
				SELECT user_id, count_place(deleted_at, completed_at, priority_rank) AS place, -1 AS n FROM before
				UNION ALL
				SELECT user_id, count_place(deleted_at, completed_at, priority_rank), 1 FROM after
			) AS places WHERE place IS NOT NULL GROUP BY 1, 2 HAVING sum(n) <> 0 ORDER BY 1, 2
		LOOP
			UPDATE "task_counts" SET counts[counted.place] = counts[counted.place] + counted.difference
			WHERE user_id = counted.user_id;
		END LOOP;
	END IF;
	PERFORM announce_changes(number);
	RETURN NULL;
END $$;--> statement-breakpoint
-- As in migration 0008, without the trash.
CREATE OR REPLACE FUNCTION "count_deleted_tasks"() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
	removed record;
BEGIN
	FOR removed IN
		SELECT user_id, count_place(deleted_at, completed_at, priority_rank) AS place, count(*)
		FROM deleted WHERE deleted_at IS NULL GROUP BY 1, 2 ORDER BY 1
	LOOP
		UPDATE "task_counts" SET counts[removed.place] = counts[removed.place] - removed.count
		WHERE user_id = removed.user_id;
	END LOOP;
	RETURN NULL;
END $$;--> statement-breakpoint
-- A temporary table with such a trigger could forge a history.
REVOKE EXECUTE ON FUNCTION "record_tasks", "record_changed_tasks" FROM PUBLIC;--> statement-breakpoint
DROP TRIGGER "announce_creation" ON "tasks";--> statement-breakpoint
DROP TRIGGER "announce_update" ON "tasks";--> statement-breakpoint
DROP TRIGGER "announce_deletion" ON "tasks";--> statement-breakpoint
DROP TRIGGER "count_changed" ON "tasks";--> statement-breakpoint
CREATE TRIGGER "begin_change" BEFORE INSERT OR UPDATE OR DELETE ON "tasks"
	FOR EACH STATEMENT EXECUTE FUNCTION "begin_change"();--> statement-breakpoint
CREATE TRIGGER "record_created" AFTER INSERT ON "tasks" REFERENCING NEW TABLE AS changed
	FOR EACH STATEMENT EXECUTE FUNCTION "record_tasks"();--> statement-breakpoint
CREATE TRIGGER "record_changed" AFTER UPDATE ON "tasks" REFERENCING OLD TABLE AS before NEW TABLE AS after
	FOR EACH STATEMENT EXECUTE FUNCTION "record_changed_tasks"();--> statement-breakpoint
CREATE TRIGGER "record_purged" AFTER DELETE ON "tasks" REFERENCING OLD TABLE AS changed
	FOR EACH STATEMENT EXECUTE FUNCTION "record_tasks"();
