CREATE TABLE "actor_brakes" (
	"user_id" text NOT NULL,
	"actor_kind" text NOT NULL,
	"actor_id" text NOT NULL,
	"max_deletions" integer DEFAULT 50 NOT NULL,
	"max_changes" integer DEFAULT 1000 NOT NULL,
	"deletions" integer DEFAULT 0 NOT NULL,
	"changes" integer DEFAULT 0 NOT NULL,
	"counted_after" bigint DEFAULT 0 NOT NULL,
	"changed_at" timestamp (3) with time zone,
	"paused_at" timestamp (3) with time zone,
	"pause_reason" text,
	"paused_name" text,
	"resumed_at" timestamp (3) with time zone,
	CONSTRAINT "actor_brakes_pkey" PRIMARY KEY("user_id","actor_kind","actor_id")
) WITH (fillfactor = 50); -- room for new versions of a row on its page (HOT updates)
--> statement-breakpoint
-- Requests read it. The trigger below counts, and the role that connects pauses and resumes.
GRANT SELECT ON "actor_brakes" TO taskward_app;--> statement-breakpoint
ALTER TABLE "actor_brakes" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "actor_brakes" FORCE ROW LEVEL SECURITY;--> statement-breakpoint
-- The pages of access tokens and of consents write and list the limits as the role that connects.
CREATE POLICY "own_rows" ON "actor_brakes" USING (user_id = current_setting('taskward.owner', true) OR current_user <> 'taskward_app');--> statement-breakpoint
-- A refusal of the brake: SQLSTATE TW001, with the facts for the message.
CREATE FUNCTION "refuse_write"(brake "actor_brakes", reason text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	RAISE EXCEPTION 'The brake has refused a change.' USING ERRCODE = 'TW001', DETAIL = json_build_object(
		'isPaused', brake.paused_at IS NOT NULL, 'reason', reason, 'maxDeletions', brake.max_deletions,
		'maxChanges', brake.max_changes, 'resumedAt', brake.resumed_at);
END $$;--> statement-breakpoint
-- A paused actor writes nothing, also with a statement that would change no row. It runs after
-- begin_change, which locks the owner: triggers run in the order of their names.
CREATE FUNCTION "refuse_paused"() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
	actor CONSTANT json := current_setting('taskward.actor');
	brake "actor_brakes";
BEGIN
	SELECT * INTO brake FROM "actor_brakes"
	WHERE user_id = current_setting('taskward.owner') AND actor_kind = actor ->> 'kind' AND actor_id = actor ->> 'id';
	IF brake.paused_at IS NOT NULL THEN PERFORM refuse_write(brake, brake.pause_reason); END IF;
	RETURN NULL;
END $$;--> statement-breakpoint
-- Counts the changes of a token or an app, under the lock of the owner, and refuses the statement when a
-- limit is exceeded.
CREATE FUNCTION "brake_actor"() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
	owner CONSTANT text := current_setting('taskward.owner');
	actor CONSTANT json := current_setting('taskward.actor');
	since CONSTANT timestamptz := clock_timestamp() - interval '1 hour';
	brake "actor_brakes";
	added record;
	passed record;
BEGIN
	SELECT count(*) AS changes, count(*) FILTER (WHERE kind = 'DELETED') AS deletions, min("position") - 1 AS before
	INTO added FROM written;
	-- Whose last change is older than an hour begins to count again.
	INSERT INTO "actor_brakes" AS counter (user_id, actor_kind, actor_id, deletions, changes, counted_after, changed_at)
	SELECT owner, actor ->> 'kind', actor ->> 'id', added.deletions, added.changes, coalesce(added.before, 0), clock_timestamp()
	ON CONFLICT (user_id, actor_kind, actor_id) DO UPDATE SET
		deletions = excluded.deletions + CASE WHEN counter.changed_at > since THEN counter.deletions ELSE 0 END,
		changes = excluded.changes + CASE WHEN counter.changed_at > since THEN counter.changes ELSE 0 END,
		counted_after = CASE WHEN counter.changed_at > since OR added.changes = 0 THEN counter.counted_after ELSE excluded.counted_after END,
		changed_at = CASE WHEN added.changes = 0 THEN counter.changed_at ELSE excluded.changed_at END
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
	RETURN NULL;
END $$;--> statement-breakpoint
REVOKE EXECUTE ON FUNCTION "brake_actor" FROM PUBLIC;--> statement-breakpoint
-- Not for the person, and not for Taskward itself, which purges the trash.
CREATE TRIGGER "brake_actor" AFTER INSERT ON "task_changes" REFERENCING NEW TABLE AS written FOR EACH STATEMENT
	WHEN (current_setting('taskward.actor')::json ->> 'kind' <> 'PERSON' AND current_setting('taskward.actor')::json ->> 'id' <> 'taskward')
	EXECUTE FUNCTION "brake_actor"();
