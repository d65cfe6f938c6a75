-- The version before may run for a day beside this one (history_required_from of migration 0013). It
-- writes labels and keys of creations before the task, so it would lock their rows before the owner, and
-- this version after: a deadlock. Now both lock the owner first.
CREATE FUNCTION "lock_owner"() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
	locked CONSTANT text := pg_advisory_xact_lock(hashtextextended(current_setting('taskward.owner', true), 0))::text;
BEGIN
	RETURN NULL;
END $$;--> statement-breakpoint
CREATE TRIGGER "lock_owner" BEFORE INSERT OR UPDATE ON "labels" FOR EACH STATEMENT
	WHEN (now() < history_required_from()) EXECUTE FUNCTION "lock_owner"();
