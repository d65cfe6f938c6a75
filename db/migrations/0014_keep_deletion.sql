-- tasks:write deleted, too, until now. What exists keeps what it could do: it gets tasks:delete. A
-- client may ask for no scope that it has not registered, so those that may ask for tasks:write may
-- now ask for its parts. allowApp writes the grant before the consent; the order here is the same.
DO $$
DECLARE
	stored text;
BEGIN
	UPDATE "app_grants" SET scopes = scopes || '{tasks:delete}'
	WHERE 'tasks:write' = ANY(scopes) AND 'tasks:delete' <> ALL(scopes);
	-- Better Auth creates these tables after the migrations of a new database.
	FOREACH stored IN ARRAY ARRAY['oauthConsent', 'oauthClient', 'oauthRefreshToken'] LOOP
		CONTINUE WHEN to_regclass(quote_ident(stored)) IS NULL;
		EXECUTE format(
			'UPDATE %I SET scopes = scopes::jsonb || $1 WHERE scopes::jsonb ? ''tasks:write'' AND NOT scopes::jsonb ? ''tasks:delete''',
			stored
		) USING CASE stored WHEN 'oauthClient' THEN '["tasks:create", "tasks:delete"]' ELSE '["tasks:delete"]' END::jsonb;
	END LOOP;
	IF to_regclass('"apikey"') IS NULL THEN RETURN; END IF;
	UPDATE "apikey" SET permissions = replace(permissions, '"tasks:write"', '"tasks:delete","tasks:write"')
	WHERE permissions LIKE '%"tasks:write"%' AND permissions NOT LIKE '%"tasks:delete"%';
END $$;
