CREATE TABLE "app_grants" (
	"user_id" text NOT NULL,
	"client_id" text NOT NULL,
	"id" text NOT NULL,
	"grant_id" text NOT NULL,
	"scopes" text[] NOT NULL,
	"places" text[] NOT NULL,
	"accepts_unbound" boolean DEFAULT false NOT NULL,
	"connected_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"last_used_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "app_grants_pkey" PRIMARY KEY("user_id","client_id"),
	CONSTRAINT "app_grants_id" UNIQUE("id")
);
--> statement-breakpoint
-- Carries over what people have allowed so far. A person may have several consents for one app: the
-- last one that was used stays, and the access tokens of the others end. Where codes were sent is not
-- known, hence no places: the person is asked once more before the next code.
DO $$
BEGIN
	IF to_regclass('"oauthConsent"') IS NULL THEN RETURN; END IF;
	INSERT INTO "app_grants" (user_id, client_id, id, grant_id, scopes, places, accepts_unbound, connected_at, last_used_at)
	SELECT DISTINCT ON ("userId", "clientId") "userId", "clientId", id, id,
		ARRAY(SELECT jsonb_array_elements_text("scopes"::jsonb)), '{}', true, "createdAt", "updatedAt"
	FROM "oauthConsent" WHERE "userId" IS NOT NULL
	ORDER BY "userId", "clientId", "updatedAt" DESC, id;
	INSERT INTO "ended_sessions" (session_id)
	SELECT id FROM "oauthConsent" WHERE id NOT IN (SELECT id FROM "app_grants")
	ON CONFLICT DO NOTHING;
END $$;
