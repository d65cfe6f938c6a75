-- A label with letters that case folding changes gets the row of its case-folded key first, in every
-- transaction, so that writers of both versions lock the two rows in one order (migration 0010).
CREATE FUNCTION "fold_label"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO "labels" VALUES (NEW.user_id, fold_key(NEW.key), NEW.name) ON CONFLICT DO NOTHING;
	RETURN NEW;
END $$;--> statement-breakpoint
CREATE TRIGGER "fold_label" BEFORE INSERT ON "labels"
	FOR EACH ROW WHEN (has_foldings(NEW.key)) EXECUTE FUNCTION "fold_label"();
