-- Web addresses that apps registered so far get the spelling that new ones are kept in: scheme and
-- host in small letters, no port that the scheme implies, and a path.
DO $$
BEGIN
	IF to_regclass('"oauthClient"') IS NULL THEN RETURN; END IF;
	UPDATE "oauthClient" SET "redirectUris" = canonical.uris
	FROM (
		SELECT id, jsonb_agg(coalesce(
			lower(part[1] || '://' || regexp_replace(part[2], CASE lower(part[1]) WHEN 'https' THEN ':0*443$' ELSE ':0*80$' END, ''))
				|| CASE WHEN part[3] LIKE '/%' THEN '' ELSE '/' END || part[3],
			listed.address) ORDER BY listed.position) AS uris
		FROM "oauthClient", jsonb_array_elements_text("redirectUris"::jsonb) WITH ORDINALITY AS listed (address, position),
			regexp_match(listed.address, '^(https?)://([^/?#]*)(.*)$', 'i') AS part
		GROUP BY id
	) AS canonical
	WHERE "oauthClient".id = canonical.id AND "redirectUris"::jsonb <> canonical.uris;
END $$;
