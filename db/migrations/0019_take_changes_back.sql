CREATE TRIGGER "refuse_paused" BEFORE INSERT OR UPDATE ON "tasks" FOR EACH STATEMENT
	WHEN (current_setting('taskward.actor', true)::json ->> 'kind' <> 'PERSON')
	EXECUTE FUNCTION "refuse_paused"();--> statement-breakpoint
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
	-- Most changes have no tree. Only spares the call: undo_tree filters by the owner.
	IF NOT EXISTS (SELECT FROM "task_changes" WHERE (user_id, undoes) = (owner, changed)) THEN RETURN NULL; END IF;
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
