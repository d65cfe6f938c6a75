CREATE TABLE "ended_sessions" (
	"session_id" text PRIMARY KEY NOT NULL,
	"ended_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE UNLOGGED TABLE "followed_owners" (
	"owner_hash" bigint NOT NULL,
	"instance" uuid NOT NULL,
	"until" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "followed_owners_pkey" PRIMARY KEY("owner_hash","instance")
);
--> statement-breakpoint
CREATE INDEX "ended_sessions_by_ended_at" ON "ended_sessions" USING btree ("ended_at");--> statement-breakpoint
GRANT SELECT ON "followed_owners" TO taskward_app;--> statement-breakpoint
-- What db/changes.ts listens for. Postgres hands it on after the commit, once, in this order, and
-- not at all if there is none. Commits that announce something wait for each other, hence only
-- those that somebody follows. The lock is shared by writers; who begins to follow takes it alone,
-- and so waits for the commit of each writer who has not seen that somebody follows.
CREATE FUNCTION "announce_task"() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
	changed "tasks";
	hash bigint;
BEGIN
	IF TG_OP = 'DELETE' THEN changed := OLD; ELSE changed := NEW; END IF;
	hash := hashtextextended(changed.user_id, 0);
	PERFORM pg_advisory_xact_lock_shared(hash);
	IF EXISTS (SELECT FROM "followed_owners" WHERE owner_hash = hash AND until > clock_timestamp()) THEN
		PERFORM pg_notify('taskward', json_build_object(
			'task', changed.id, 'owner', changed.user_id, 'kind', TG_ARGV[0]
		)::text);
	END IF;
	RETURN NULL;
END $$;--> statement-breakpoint
CREATE TRIGGER "announce_creation" AFTER INSERT ON "tasks"
	FOR EACH ROW EXECUTE FUNCTION "announce_task"('CREATED');--> statement-breakpoint
CREATE TRIGGER "announce_update" AFTER UPDATE ON "tasks"
	FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION "announce_task"('UPDATED');--> statement-breakpoint
CREATE TRIGGER "announce_deletion" AFTER DELETE ON "tasks"
	FOR EACH ROW EXECUTE FUNCTION "announce_task"('DELETED');--> statement-breakpoint
CREATE FUNCTION "announce_ended_session"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	PERFORM pg_notify('taskward', json_build_object('endedSession', NEW.session_id)::text);
	RETURN NULL;
END $$;--> statement-breakpoint
CREATE TRIGGER "announce_end" AFTER INSERT ON "ended_sessions"
	FOR EACH ROW EXECUTE FUNCTION "announce_ended_session"();
