ALTER TABLE "tasks" ADD COLUMN "folded_title" text COLLATE "C";--> statement-breakpoint
ALTER TABLE "tasks" ADD COLUMN "folded_description" text COLLATE "C";--> statement-breakpoint
ALTER TABLE "tasks" ADD COLUMN "folded_labels" text[];--> statement-breakpoint
-- The letters that full case folding changes in a key (db/folding.ts). A test compares both for every
-- character.
CREATE FUNCTION "has_foldings"(key text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
	RETURN key COLLATE "C" ~ ('[\u00b5\u00df\u0149\u017f\u0345\u03d0\u03d1\u03d5\u03d6\u03f0\u03f1\u03f5\u0587\u1c80-\u1c88\u1e9a\u1e9b'
		'\u1f80-\u1f87\u1f90-\u1f97\u1fa0-\u1fa7\u1fb2-\u1fb4\u1fb7\u1fc2-\u1fc4\u1fc7\u1ff2-\u1ff4\u1ff7'
		'\ufb00-\ufb06\ufb13-\ufb17]|i\u0307');
END $$;--> statement-breakpoint
-- The case-folded text of a key.
CREATE FUNCTION "fold_key"(key text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	folded text := key;
	letter text;
	full_folding text;
BEGIN
	IF has_foldings(key) THEN
		-- The most frequent by far come first: ß, and İ in lower case.
		folded := regexp_replace(replace(key, U&'\00DF', 'ss'), 'i\u0307+', 'i', 'g');
		IF has_foldings(folded) THEN
			FOR letter, full_folding IN SELECT * FROM jsonb_each_text('{
				"\u00b5":"\u03bc", "\u0149":"\u02bcn", "\u017f":"s", "\u0345":"\u03b9",
				"\u03d0":"\u03b2", "\u03d1":"\u03b8", "\u03d5":"\u03c6", "\u03d6":"\u03c0", "\u03f0":"\u03ba",
				"\u03f1":"\u03c1", "\u03f5":"\u03b5", "\u0587":"\u0565\u0582", "\u1c80":"\u0432", "\u1c81":"\u0434",
				"\u1c82":"\u043e", "\u1c83":"\u0441", "\u1c84":"\u0442", "\u1c85":"\u0442", "\u1c86":"\u044a",
				"\u1c87":"\u0463", "\u1c88":"\ua64b", "\u1e9a":"a\u02be", "\u1e9b":"\u1e61",
				"\u1f80":"\u1f00\u03b9", "\u1f81":"\u1f01\u03b9", "\u1f82":"\u1f02\u03b9", "\u1f83":"\u1f03\u03b9",
				"\u1f84":"\u1f04\u03b9", "\u1f85":"\u1f05\u03b9", "\u1f86":"\u1f06\u03b9", "\u1f87":"\u1f07\u03b9",
				"\u1f90":"\u1f20\u03b9", "\u1f91":"\u1f21\u03b9", "\u1f92":"\u1f22\u03b9", "\u1f93":"\u1f23\u03b9",
				"\u1f94":"\u1f24\u03b9", "\u1f95":"\u1f25\u03b9", "\u1f96":"\u1f26\u03b9", "\u1f97":"\u1f27\u03b9",
				"\u1fa0":"\u1f60\u03b9", "\u1fa1":"\u1f61\u03b9", "\u1fa2":"\u1f62\u03b9", "\u1fa3":"\u1f63\u03b9",
				"\u1fa4":"\u1f64\u03b9", "\u1fa5":"\u1f65\u03b9", "\u1fa6":"\u1f66\u03b9", "\u1fa7":"\u1f67\u03b9",
				"\u1fb2":"\u1f70\u03b9", "\u1fb3":"\u03b1\u03b9", "\u1fb4":"\u03ac\u03b9", "\u1fb7":"\u1fb6\u03b9",
				"\u1fc2":"\u1f74\u03b9", "\u1fc3":"\u03b7\u03b9", "\u1fc4":"\u03ae\u03b9", "\u1fc7":"\u1fc6\u03b9",
				"\u1ff2":"\u1f7c\u03b9", "\u1ff3":"\u03c9\u03b9", "\u1ff4":"\u03ce\u03b9", "\u1ff7":"\u1ff6\u03b9",
				"\ufb00":"ff", "\ufb01":"fi", "\ufb02":"fl", "\ufb03":"ffi", "\ufb04":"ffl", "\ufb05":"st",
				"\ufb06":"st", "\ufb13":"\u0574\u0576", "\ufb14":"\u0574\u0565", "\ufb15":"\u0574\u056b",
				"\ufb16":"\u057e\u0576", "\ufb17":"\u0574\u056d"
			}') AS folding (letter, full_folding) WHERE strpos(key, folding.letter) > 0 LOOP
				folded := replace(folded, letter, full_folding);
			END LOOP;
			folded := regexp_replace(folded, 'i\u0307+', 'i', 'g'); -- after ﬁ
		END IF;
		folded := normalize(folded, NFC);
	END IF;
	RETURN folded;
END $$;--> statement-breakpoint
-- A label of the owner that folds to another key has two rows: the version before finds the spelling
-- by the key, this version by the case-folded key. Labels that fold alike become one label, with one
-- spelling. The keys of the version before stay, and get the key of the spelling that is shown.
CREATE FUNCTION "fold_task"() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
	folds CONSTANT text[] := ARRAY(
		SELECT fold_key(key) FROM unnest(NEW.label_keys) WITH ORDINALITY AS label (key, n)
		GROUP BY 1 ORDER BY min(n)
	);
	names text[];
BEGIN
	NEW.folded_title := nullif(fold_key(NEW.title_key), NEW.title_key);
	NEW.folded_description := nullif(fold_key(NEW.description_key), NEW.description_key);
	NEW.folded_labels := nullif(folds, NEW.label_keys);
	IF NEW.folded_labels IS NULL THEN RETURN NEW; END IF;
	INSERT INTO "labels"
	SELECT NEW.user_id, part.key, name
	FROM unnest(NEW.label_keys, NEW.labels) AS label (key, name),
		LATERAL (VALUES (fold_key(label.key)), (label.key)) AS part (key)
	WHERE name IS NOT NULL ORDER BY part.key COLLATE "C" ON CONFLICT DO NOTHING;
	names := ARRAY(
		SELECT name FROM unnest(folds) WITH ORDINALITY AS fold (key, n)
		JOIN "labels" ON labels.user_id = NEW.user_id AND labels.key = fold.key ORDER BY n
	);
	IF names <> NEW.labels THEN
		NEW.labels := names;
		NEW.label_keys := NEW.label_keys || ARRAY(SELECT unnest(folds) EXCEPT SELECT unnest(NEW.label_keys));
	END IF;
	RETURN NEW;
END $$;--> statement-breakpoint
-- Sets the folded texts, whichever version writes.
CREATE TRIGGER "fold_texts" BEFORE INSERT OR UPDATE OF title_key, description_key, label_keys ON "tasks"
	FOR EACH ROW WHEN (
		has_foldings(concat_ws(' ', NEW.title_key, NEW.description_key, array_to_string(NEW.label_keys, ' ')))
		OR num_nonnulls(NEW.folded_title, NEW.folded_description, NEW.folded_labels) > 0
	) EXECUTE FUNCTION "fold_task"();--> statement-breakpoint
-- As in migration 0009, and the folded texts where they differ: grams are found by both versions.
CREATE OR REPLACE FUNCTION "searched_bytes"(title text, description text, labels text[]) RETURNS bytea LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	bytes CONSTANT bytea := convert_to(title, 'UTF8') || '\x00' || convert_to(coalesce(description, ''), 'UTF8') || '\x00'
		|| convert_to('A' || array_to_string(labels, 'A') || 'A', 'UTF8');
	has_more CONSTANT boolean := has_foldings(concat_ws(' ', title, description, array_to_string(labels, ' ')));
BEGIN
	IF NOT has_more THEN RETURN bytes; END IF;
	RETURN bytes || '\x00' || convert_to(fold_key(title), 'UTF8') || '\x00'
		|| convert_to(coalesce(fold_key(description), ''), 'UTF8') || '\x00'
		|| convert_to('A' || array_to_string(ARRAY(SELECT fold_key(label) FROM unnest(labels) AS label), 'A') || 'A', 'UTF8');
END $$;--> statement-breakpoint
CREATE OR REPLACE TRIGGER "index_changed" AFTER UPDATE ON "tasks"
	FOR EACH ROW WHEN (
		OLD.title_key <> NEW.title_key OR OLD.description_key IS DISTINCT FROM NEW.description_key OR OLD.label_keys <> NEW.label_keys
		OR OLD.folded_title IS DISTINCT FROM NEW.folded_title
		OR OLD.folded_description IS DISTINCT FROM NEW.folded_description
		OR OLD.folded_labels IS DISTINCT FROM NEW.folded_labels
	) EXECUTE FUNCTION "index_task"();
