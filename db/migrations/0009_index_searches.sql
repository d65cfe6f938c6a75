CREATE TABLE "task_grams" (
	"id" uuid NOT NULL,
	"user_id" text NOT NULL,
	"grams" integer[] NOT NULL,
	CONSTRAINT "task_grams_pkey" PRIMARY KEY("id","user_id")
);
--> statement-breakpoint
ALTER TABLE "task_counts" ADD COLUMN "search_key" integer;--> statement-breakpoint
ALTER TABLE "task_counts" ADD COLUMN "is_searchable" boolean DEFAULT false NOT NULL;--> statement-breakpoint
CREATE INDEX "task_grams_by_gram" ON "task_grams" USING gin ("grams") WITH (gin_pending_list_limit=256);--> statement-breakpoint
-- Not forced: find_search_candidates runs as the owner of the table. Row-level security would keep it
-- from using the index, because @> is not leakproof.
GRANT SELECT, INSERT, UPDATE, DELETE ON "task_grams" TO taskward_app;--> statement-breakpoint
ALTER TABLE "task_grams" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE POLICY "own_rows" ON "task_grams" USING (user_id = current_setting('taskward.owner', true));--> statement-breakpoint
-- The texts that a search looks in, in UTF-8 whatever the connection has. The capital A stands around
-- each label, because case-folded text has none. No text contains the byte 0.
CREATE FUNCTION "searched_bytes"(title text, description text, labels text[]) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$
	SELECT convert_to(title, 'UTF8') || '\x00' || convert_to(coalesce(description, ''), 'UTF8') || '\x00'
		|| convert_to('A' || array_to_string(labels, 'A') || 'A', 'UTF8')
$$;--> statement-breakpoint
-- Every `step`-th gram of three bytes, and the last one. The key makes the grams of owners differ, so
-- that a search reads entries of its owner alone.
CREATE FUNCTION "search_grams"(bytes bytea, key integer, step integer) RETURNS integer[] LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	last CONSTANT integer := length(bytes) - 3;
BEGIN
	RETURN ARRAY(
		SELECT DISTINCT (get_byte(bytes, i) << 16 | get_byte(bytes, i + 1) << 8 | get_byte(bytes, i + 2)) # key
		FROM (SELECT least(n, last) FROM generate_series(0, last + step - 1, step) AS n WHERE last >= 0) AS gram (i)
	);
END $$;--> statement-breakpoint
-- As in migration 0008, and it indexes the tasks: the row that it changes has the key.
CREATE OR REPLACE FUNCTION "count_created_tasks"() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
	added record;
	key integer;
BEGIN
	FOR added IN
		SELECT user_id, 1 + priority_rank + CASE WHEN completed_at IS NULL THEN 0 ELSE 3 END AS place, count(*)
		FROM created GROUP BY 1, 2 ORDER BY 1
	LOOP
		UPDATE "task_counts" SET counts[added.place] = counts[added.place] + added.count
		WHERE user_id = added.user_id RETURNING search_key INTO key;
		IF key IS NOT NULL THEN
			INSERT INTO "task_grams"
			SELECT id, user_id, search_grams(searched_bytes(title_key, description_key, label_keys), key, 1)
			FROM created WHERE user_id = added.user_id
				AND added.place = 1 + priority_rank + CASE WHEN completed_at IS NULL THEN 0 ELSE 3 END;
		END IF;
		CONTINUE WHEN FOUND;
		PERFORM pg_advisory_xact_lock(hashtextextended(added.user_id, 1));
		INSERT INTO "task_counts"
		SELECT added.user_id, '{0,0,0,0,0,0}' WHERE NOT EXISTS (
			SELECT FROM "tasks" WHERE user_id = added.user_id
			OFFSET (SELECT count(*) FROM created WHERE created.user_id = added.user_id)
		) ON CONFLICT DO NOTHING;
		UPDATE "task_counts" SET counts[added.place] = counts[added.place] + added.count
		WHERE user_id = added.user_id;
	END LOOP;
	RETURN NULL;
END $$;--> statement-breakpoint
CREATE FUNCTION "index_task"() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
	key integer;
BEGIN
	SELECT search_key INTO key FROM "task_counts" WHERE user_id = NEW.user_id;
	IF key IS NOT NULL THEN
		INSERT INTO "task_grams" VALUES (
			NEW.id, NEW.user_id,
			search_grams(searched_bytes(NEW.title_key, NEW.description_key, NEW.label_keys), key, 1)
		) ON CONFLICT (id, user_id) DO UPDATE SET grams = excluded.grams;
	END IF;
	RETURN NULL;
END $$;--> statement-breakpoint
CREATE FUNCTION "unindex_task"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	DELETE FROM "task_grams" WHERE id = OLD.id AND user_id = OLD.user_id;
	RETURN NULL;
END $$;--> statement-breakpoint
-- After announce_task in the order of names, so a writer holds the lock of its owner here.
CREATE TRIGGER "index_changed" AFTER UPDATE ON "tasks"
	FOR EACH ROW WHEN (OLD.title_key <> NEW.title_key OR OLD.description_key IS DISTINCT FROM NEW.description_key OR OLD.label_keys <> NEW.label_keys)
	EXECUTE FUNCTION "index_task"();--> statement-breakpoint
CREATE TRIGGER "index_deleted" AFTER DELETE ON "tasks" FOR EACH ROW EXECUTE FUNCTION "unindex_task"();--> statement-breakpoint
-- The ids of the owner's tasks that may contain all of the texts. Null: there is no index of the
-- owner, or there are more than `most`.
CREATE FUNCTION "find_search_candidates"(texts bytea[], most integer) RETURNS uuid[]
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
	owner CONSTANT text := current_setting('taskward.owner', true);
	key integer;
	wanted integer[];
	found uuid[];
BEGIN
	SELECT search_key INTO key FROM "task_counts" WHERE user_id = owner AND is_searchable;
	IF key IS NULL THEN RETURN NULL; END IF;
	wanted := ARRAY(SELECT DISTINCT unnest(search_grams(part, key, 3)) FROM unnest(texts) AS part);
	found := ARRAY(SELECT id FROM "task_grams" WHERE grams @> wanted AND user_id = owner LIMIT most + 1);
	RETURN CASE WHEN cardinality(found) <= most THEN found END;
END $$;--> statement-breakpoint
REVOKE EXECUTE ON FUNCTION "find_search_candidates" FROM PUBLIC;--> statement-breakpoint
GRANT EXECUTE ON FUNCTION "find_search_candidates" TO taskward_app;
