-- As brake_actor of migration 0018, called by the triggers below instead of a trigger of its own, whose
-- table of new rows made each change dearer. `added_after`: the position before the added changes.
CREATE FUNCTION "brake_program"(owner text, added_changes bigint, added_deletions bigint, added_after bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	actor CONSTANT json := current_setting('taskward.actor');
	since CONSTANT timestamptz := clock_timestamp() - interval '1 hour';
	brake "actor_brakes";
	passed record;
BEGIN
	-- Whose last change is older than an hour begins to count again.
	INSERT INTO "actor_brakes" AS counter (user_id, actor_kind, actor_id, deletions, changes, counted_after, changed_at)
	VALUES (owner, actor ->> 'kind', actor ->> 'id', added_deletions, added_changes, added_after, clock_timestamp())
	ON CONFLICT (user_id, actor_kind, actor_id) DO UPDATE SET
		deletions = excluded.deletions + CASE WHEN counter.changed_at > since THEN counter.deletions ELSE 0 END,
		changes = excluded.changes + CASE WHEN counter.changed_at > since THEN counter.changes ELSE 0 END,
		counted_after = CASE WHEN counter.changed_at > since THEN counter.counted_after ELSE excluded.counted_after END,
		changed_at = excluded.changed_at
	RETURNING * INTO brake;
	IF brake.deletions > brake.max_deletions OR brake.changes > brake.max_changes THEN
		-- Only now subtracts what is older than an hour, so that most writes read no history.
		FOR passed IN
			SELECT "position", kind, occurred_at, actor_kind = brake.actor_kind AND actor_id = brake.actor_id AS is_counted
			FROM "task_changes" WHERE user_id = owner AND "position" > brake.counted_after ORDER BY "position"
		LOOP
			EXIT WHEN passed.occurred_at > since;
			brake.counted_after := passed."position";
			IF passed.is_counted THEN
				brake.changes := brake.changes - 1;
				IF passed.kind = 'DELETED' THEN brake.deletions := brake.deletions - 1; END IF;
			END IF;
		END LOOP;
		UPDATE "actor_brakes" SET deletions = brake.deletions, changes = brake.changes, counted_after = brake.counted_after
		WHERE user_id = owner AND actor_kind = brake.actor_kind AND actor_id = brake.actor_id;
	END IF;
	IF brake.deletions > brake.max_deletions THEN PERFORM refuse_write(brake, 'DELETIONS'); END IF;
	IF brake.changes > brake.max_changes THEN PERFORM refuse_write(brake, 'CHANGES'); END IF;
END $$;--> statement-breakpoint
-- Not the person, and not Taskward itself, which purges the trash.
CREATE FUNCTION "is_program"(actor json) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
	SELECT actor ->> 'kind' <> 'PERSON' AND actor ->> 'id' <> 'taskward'
$$;--> statement-breakpoint
-- One statement for the record of one change, its position, and whether an instance follows the owner:
-- most statements write one task. `moved_at`: when the task was moved to the trash.
CREATE FUNCTION "record_change"(owner text, task uuid, kind text, state_before json, state_after json, moved_at timestamptz, undone bigint) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
	actor CONSTANT json := current_setting('taskward.actor');
	called CONSTANT text := actor_name(actor);
	moved_to bigint;
	is_followed boolean;
BEGIN
	WITH moved AS (
		UPDATE "task_histories" SET "position" = "position" + 1,
			kept_since = coalesce(kept_since, now()), trash_since = coalesce(trash_since, moved_at)
		WHERE user_id = owner RETURNING "position"
	)
	INSERT INTO "task_changes"
	SELECT owner, "position", task, kind, clock_timestamp(), actor ->> 'kind', actor ->> 'id', called, state_before, state_after, undone
	FROM moved
	RETURNING "position", EXISTS (SELECT FROM "followed_owners" WHERE owner_hash = hashtextextended(owner, 0) AND until > clock_timestamp())
	INTO moved_to, is_followed;
	IF NOT FOUND THEN -- the first change of the owner
		moved_to := advance_history(owner, 1, moved_at);
		INSERT INTO "task_changes"
		VALUES (owner, moved_to, task, kind, clock_timestamp(), actor ->> 'kind', actor ->> 'id', called, state_before, state_after, undone);
		is_followed := true; -- perhaps: announce_changes looks
	END IF;
	IF is_program(actor) THEN PERFORM brake_program(owner, 1, (kind = 'DELETED')::integer, moved_to - 1); END IF;
	IF is_followed THEN PERFORM announce_changes(1); END IF;
	RETURN true; -- to be assigned: an expression needs no plan
END $$;--> statement-breakpoint
-- The work of record_tasks and count_created_tasks (migrations 0013 and 0009) in one trigger, with a
-- shorter way for one task.
CREATE FUNCTION "record_created_tasks"() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
	actor CONSTANT json := current_setting('taskward.actor');
	owner CONSTANT text := current_setting('taskward.owner', true);
	called text;
	number bigint := 0;
	moved_to bigint;
	is_recorded boolean;
	task "tasks";
	one_place integer;
	key integer;
	added record;
BEGIN
	FOR task IN SELECT * FROM created LIMIT 2 LOOP number := number + 1; END LOOP;
	IF number = 1 THEN
		one_place := count_place(task.deleted_at, task.completed_at, task.priority_rank);
		UPDATE "task_counts" SET counts[one_place] = counts[one_place] + 1 WHERE user_id = task.user_id RETURNING search_key INTO key;
		IF FOUND THEN
			IF key IS NOT NULL THEN
				INSERT INTO "task_grams"
				VALUES (task.id, task.user_id, search_grams(searched_bytes(task.title_key, task.description_key, task.label_keys), key, 1));
			END IF;
			is_recorded := record_change(task.user_id, task.id, 'CREATED', NULL,
				task_state(task.title, task.description, task.completed_at, task.due_on, task.priority, task.labels, task.deleted_at), NULL, NULL);
			RETURN NULL;
		END IF;
	END IF;
	SELECT count(*) INTO number FROM created;
	IF number = 0 THEN RETURN NULL; END IF;
	called := actor_name(actor);
	FOR added IN
		SELECT user_id, count_place(deleted_at, completed_at, priority_rank) AS place, count(*) FROM created GROUP BY 1, 2 ORDER BY 1
	LOOP
		UPDATE "task_counts" SET counts[added.place] = counts[added.place] + added.count
		WHERE user_id = added.user_id RETURNING search_key INTO key;
		IF key IS NOT NULL THEN
			INSERT INTO "task_grams"
			SELECT id, user_id, search_grams(searched_bytes(title_key, description_key, label_keys), key, 1)
			FROM created WHERE user_id = added.user_id AND added.place = count_place(deleted_at, completed_at, priority_rank);
		END IF;
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
	WITH moved AS MATERIALIZED (
		SELECT user_id, advance_history(user_id, count(*), NULL) AS last FROM created GROUP BY user_id
	), written AS (
		INSERT INTO "task_changes"
		SELECT user_id, last + 1 - row_number() OVER (PARTITION BY user_id ORDER BY id DESC), id, 'CREATED', clock_timestamp(),
			actor ->> 'kind', actor ->> 'id', called, NULL,
			task_state(title, description, completed_at, due_on, priority, labels, deleted_at)
		FROM created JOIN moved USING (user_id)
	)
	SELECT max(last) INTO moved_to FROM moved;
	IF is_program(actor) THEN PERFORM brake_program(owner, number, 0, moved_to - number); END IF;
	PERFORM announce_changes(number);
	RETURN NULL;
END $$;--> statement-breakpoint
CREATE OR REPLACE FUNCTION "record_changed_tasks"() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
	actor CONSTANT json := current_setting('taskward.actor');
	undone CONSTANT jsonb := nullif(current_setting('taskward.undoes', true), '');
	owner CONSTANT text := current_setting('taskward.owner', true);
	called text;
	number bigint := 0;
	deletions bigint;
	moved_to bigint;
	is_recorded boolean;
	has_moved boolean;
	old_task "tasks";
	new_task "tasks";
	old_place integer;
	new_place integer;
	counted record;
BEGIN
	FOR new_task IN SELECT * FROM after LIMIT 2 LOOP number := number + 1; END LOOP;
	IF number = 0 THEN RETURN NULL; END IF;
	IF number = 1 THEN -- most statements
		SELECT * INTO old_task FROM before;
		IF (old_task.title, old_task.description, old_task.completed_at, old_task.due_on, old_task.priority, old_task.labels, old_task.deleted_at)
			IS NOT DISTINCT FROM
			(new_task.title, new_task.description, new_task.completed_at, new_task.due_on, new_task.priority, new_task.labels, new_task.deleted_at)
		THEN RETURN NULL; END IF;
		old_place := count_place(old_task.deleted_at, old_task.completed_at, old_task.priority_rank);
		new_place := count_place(new_task.deleted_at, new_task.completed_at, new_task.priority_rank);
		IF (old_place IS NULL) <> (new_place IS NULL) THEN -- to the trash, or out of it
			UPDATE "task_counts" SET counts[coalesce(old_place, new_place)] = counts[coalesce(old_place, new_place)] + CASE WHEN new_place IS NULL THEN -1 ELSE 1 END
			WHERE user_id = new_task.user_id;
		ELSIF old_place <> new_place THEN
			UPDATE "task_counts" SET counts[old_place] = counts[old_place] - 1, counts[new_place] = counts[new_place] + 1
			WHERE user_id = new_task.user_id;
		END IF;
		is_recorded := record_change(new_task.user_id, new_task.id, change_kind(old_task.deleted_at, new_task.deleted_at),
			task_state(old_task.title, old_task.description, old_task.completed_at, old_task.due_on, old_task.priority, old_task.labels, old_task.deleted_at),
			task_state(new_task.title, new_task.description, new_task.completed_at, new_task.due_on, new_task.priority, new_task.labels, new_task.deleted_at),
			new_task.deleted_at, (undone ->> new_task.id::text)::bigint);
		RETURN NULL;
	END IF;
	called := actor_name(actor);
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
	SELECT count(*), count(*) FILTER (WHERE deleted_before IS NULL AND deleted_at IS NOT NULL),
		bool_or(place IS DISTINCT FROM place_before), (SELECT max(last) FROM moved)
	INTO number, deletions, has_moved, moved_to FROM changes;
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
	IF number > 0 AND is_program(actor) THEN
		PERFORM brake_program(owner, number, deletions, moved_to - number);
	END IF;
	PERFORM announce_changes(number);
	RETURN NULL;
END $$;--> statement-breakpoint
REVOKE EXECUTE ON FUNCTION "record_created_tasks" FROM PUBLIC;--> statement-breakpoint
DROP TRIGGER "brake_actor" ON "task_changes";--> statement-breakpoint
DROP TRIGGER "record_created" ON "tasks";--> statement-breakpoint
DROP TRIGGER "count_created" ON "tasks";--> statement-breakpoint
CREATE TRIGGER "record_created" AFTER INSERT ON "tasks" REFERENCING NEW TABLE AS created
	FOR EACH STATEMENT EXECUTE FUNCTION "record_created_tasks"();
