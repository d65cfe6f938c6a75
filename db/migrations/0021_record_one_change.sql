-- As brake_actor of migration 0018, called by the triggers that record changes (migration 0024) instead of a
-- trigger of its own, whose table of new rows made each change dearer. `added_after`: the position before the added changes.
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
END $$;
