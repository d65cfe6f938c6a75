-- For instances that follow the owner (migration 0002). They read the history from where they stand, so
-- they only need to know whose it is. The version before wants each change; it may run for a day after
-- the upgrade (migration 0013).
CREATE OR REPLACE FUNCTION "announce_changes"(number bigint) RETURNS void LANGUAGE plpgsql AS $$
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
END $$;
