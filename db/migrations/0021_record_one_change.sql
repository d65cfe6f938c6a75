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
	called text := actor ->> 'name';
	moved_to bigint;
	is_followed boolean;
BEGIN
	IF called IS NULL THEN called := actor_name(actor); END IF; -- a person
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
	owner text;
	task uuid;
	new_state json;
	new_place integer;
	are_many boolean;
	is_recorded boolean;
	key integer;
	called text;
	number bigint;
	moved_to bigint;
	added record;
BEGIN
	SELECT user_id, id, count_place(deleted_at, completed_at, priority_rank),
		task_state(title, description, completed_at, due_on, priority, labels, deleted_at),
		EXISTS (SELECT FROM created OFFSET 1)
	INTO owner, task, new_place, new_state, are_many FROM created LIMIT 1;
	IF NOT FOUND THEN RETURN NULL; END IF;
	IF NOT are_many THEN
		UPDATE "task_counts" SET counts[new_place] = counts[new_place] + 1 WHERE user_id = owner RETURNING search_key INTO key;
		IF FOUND THEN
			IF key IS NOT NULL THEN
				INSERT INTO "task_grams"
				SELECT id, user_id, search_grams(searched_bytes(title_key, description_key, label_keys), key, 1) FROM created;
			END IF;
			is_recorded := record_change(owner, task, 'CREATED', NULL, new_state, NULL, NULL);
			RETURN NULL;
		END IF;
	END IF;
	SELECT count(*) INTO number FROM created;
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
	owner text;
	task uuid;
	change text;
	moved_at timestamptz;
	old_state json;
	new_state json;
	old_place integer;
	new_place integer;
	are_many boolean;
	is_recorded boolean;
	called text;
	number bigint;
	deletions bigint;
	moved_to bigint;
	has_moved boolean;
	counted record;
BEGIN
	SELECT after.user_id, after.id, change_kind(before.deleted_at, after.deleted_at), after.deleted_at,
		task_state(before.title, before.description, before.completed_at, before.due_on, before.priority, before.labels, before.deleted_at),
		task_state(after.title, after.description, after.completed_at, after.due_on, after.priority, after.labels, after.deleted_at),
		count_place(before.deleted_at, before.completed_at, before.priority_rank),
		count_place(after.deleted_at, after.completed_at, after.priority_rank),
		EXISTS (SELECT FROM after OFFSET 1)
	INTO owner, task, change, moved_at, old_state, new_state, old_place, new_place, are_many FROM before, after LIMIT 1;
	IF NOT FOUND THEN RETURN NULL; END IF;
	IF NOT are_many THEN
		IF old_state::text = new_state::text THEN RETURN NULL; END IF;
		IF (old_place IS NULL) <> (new_place IS NULL) THEN -- to the trash, or out of it
			UPDATE "task_counts" SET counts[coalesce(old_place, new_place)] = counts[coalesce(old_place, new_place)] + CASE WHEN new_place IS NULL THEN -1 ELSE 1 END
			WHERE user_id = owner;
		ELSIF old_place <> new_place THEN
			UPDATE "task_counts" SET counts[old_place] = counts[old_place] - 1, counts[new_place] = counts[new_place] + 1
			WHERE user_id = owner;
		END IF;
		is_recorded := record_change(owner, task, change, old_state, new_state, moved_at, (undone ->> task::text)::bigint);
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
