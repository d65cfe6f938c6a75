-- As in migration 0013. `taskward.undoes` is a JSON object now: the position of the change that is taken
-- back, by the id of its task.
CREATE OR REPLACE FUNCTION "record_changed_tasks"() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
	actor CONSTANT json := current_setting('taskward.actor');
	undone CONSTANT jsonb := nullif(current_setting('taskward.undoes', true), '');
	number bigint;
	has_moved boolean;
	counted record;
BEGIN
	WITH states AS (
		SELECT user_id, id, false AS is_after, deleted_at, count_place(deleted_at, completed_at, priority_rank) AS place,
			task_state(title, description, completed_at, due_on, priority, labels, deleted_at) AS state FROM before
		UNION ALL
		SELECT user_id, id, true, deleted_at, count_place(deleted_at, completed_at, priority_rank),
			task_state(title, description, completed_at, due_on, priority, labels, deleted_at) FROM after
	), paired AS ( -- not joined: the plan is cached, and must suit one task and ten thousand
		SELECT user_id, id, is_after, state AS after, lag(state) OVER task AS before,
			deleted_at, lag(deleted_at) OVER task AS deleted_before,
			place, lag(place) OVER task AS place_before
		FROM states WINDOW task AS (PARTITION BY user_id, id ORDER BY is_after)
	), changes AS MATERIALIZED (
		SELECT * FROM paired WHERE is_after AND before::text <> after::text
	), moved AS (
		INSERT INTO "task_histories" AS history (user_id, "position", kept_since, trash_since)
		SELECT user_id, count(*), now(), min(deleted_at) FROM changes GROUP BY user_id
		ON CONFLICT (user_id) DO UPDATE SET "position" = history."position" + excluded."position",
			kept_since = coalesce(history.kept_since, excluded.kept_since),
			trash_since = coalesce(history.trash_since, excluded.trash_since)
		RETURNING user_id, "position"
	), written AS (
		INSERT INTO "task_changes"
		SELECT user_id, "position" + 1 - row_number() OVER (PARTITION BY user_id ORDER BY id DESC), id,
			CASE WHEN (deleted_before IS NULL) = (deleted_at IS NULL) THEN 'UPDATED'
				WHEN deleted_at IS NULL THEN 'RESTORED' ELSE 'DELETED' END,
			clock_timestamp(), actor ->> 'kind', actor ->> 'id', actor ->> 'name', before, after,
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
-- What has taken a change back, what has taken that back, and so on: pairs of positions, of a change and
-- of what it has taken back. The newest first, so that each comes after all that may have taken it back.
CREATE FUNCTION "undo_tree"(owner text, changed bigint) RETURNS TABLE(at bigint, undone bigint) LANGUAGE sql STABLE AS $$
	WITH RECURSIVE tree(at, undone) AS (
		SELECT "position", undoes FROM "task_changes" WHERE user_id = owner AND undoes = changed
		UNION ALL
		SELECT undo."position", undo.undoes FROM tree CROSS JOIN LATERAL (
			SELECT "position", undoes FROM "task_changes" WHERE user_id = owner AND undoes = tree.at
			OFFSET 0 -- not joined: the index finds the few rows of each
		) AS undo
	)
	SELECT at, undone FROM tree ORDER BY at DESC
$$;--> statement-breakpoint
-- The last change that has taken a change back and is not taken back itself. Null: it is in effect.
CREATE FUNCTION "undoer_of"(owner text, changed bigint) RETURNS bigint LANGUAGE plpgsql STABLE AS $$
DECLARE
	undo record;
	all_undone bigint[] := '{}';
BEGIN
	IF NOT EXISTS (SELECT FROM "task_changes" WHERE user_id = owner AND undoes = changed) THEN RETURN NULL; END IF;
	FOR undo IN SELECT * FROM undo_tree(owner, changed) LOOP
		CONTINUE WHEN undo.at = ANY (all_undone);
		IF undo.undone = changed THEN RETURN undo.at; END IF;
		all_undone := all_undone || undo.undone;
	END LOOP;
	RETURN NULL;
END $$;--> statement-breakpoint
-- Takes back changes: `passes` is a list of lists of states of tasks, each with the position of the change
-- that it takes back. A list has a task once. One call, because a thousand changes of one task are as many
-- statements.
CREATE FUNCTION "take_back"(passes jsonb) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	pass jsonb;
BEGIN
	FOR pass IN SELECT value FROM jsonb_array_elements(passes) LOOP
		PERFORM set_config('taskward.undoes', (
			SELECT jsonb_object_agg(step ->> 'id', step -> 'undoes') FROM jsonb_array_elements(pass) AS step
		)::text, true);
		UPDATE "tasks" SET title = step.title, title_key = step."titleKey",
			description = step.description, description_key = step."descriptionKey",
			completed_at = step."completedAt", due_on = step."dueOn", priority = step.priority,
			labels = step.labels, label_keys = step."labelKeys", deleted_at = step."deletedAt",
			updated_at = greatest(clock_timestamp(), "tasks".updated_at + interval '1 millisecond')
		FROM jsonb_to_recordset(pass) AS step(id uuid, title text, "titleKey" text, description text,
			"descriptionKey" text, "completedAt" timestamptz, "dueOn" date, priority task_priority,
			labels text[], "labelKeys" text[], "deletedAt" timestamptz)
		WHERE "tasks".user_id = current_setting('taskward.owner') AND "tasks".id = step.id;
	END LOOP;
	PERFORM set_config('taskward.undoes', '', true);
END $$;
