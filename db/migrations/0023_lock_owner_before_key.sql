-- As 0022_lock_owner_first, for keys of creations.
CREATE TRIGGER "lock_owner" BEFORE INSERT OR UPDATE ON "task_creations" FOR EACH STATEMENT
	WHEN (now() < history_required_from()) EXECUTE FUNCTION "lock_owner"();
