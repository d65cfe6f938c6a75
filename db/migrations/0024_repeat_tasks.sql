-- How a task repeats (docs/decisions/0080-the-database-makes-the-next-task.md): a JSON object with
-- `every`, `unit`, `from`, and perhaps `weekdays` and `day`. Null: it does not repeat.
ALTER TABLE "tasks" ADD COLUMN "repeat" jsonb;--> statement-breakpoint
-- The repeating task that this one was made after.
ALTER TABLE "tasks" ADD COLUMN "follows" uuid;--> statement-breakpoint
-- The version before calls the function of migration 0013 with seven values, and keeps what it does not name.
-- A task that does not repeat has the same state as before.
CREATE FUNCTION "task_state"(title text, description text, completed_at timestamptz, due_on date, priority task_priority, labels text[], deleted_at timestamptz, repeat jsonb) RETURNS json LANGUAGE sql STABLE AS $$
	SELECT CASE WHEN repeat IS NULL
		THEN json_build_object('title', title, 'description', description, 'completedAt', completed_at,
			'dueOn', due_on, 'priority', priority, 'labels', labels, 'deletedAt', deleted_at)
		ELSE json_build_object('title', title, 'description', description, 'completedAt', completed_at,
			'dueOn', due_on, 'priority', priority, 'labels', labels, 'deletedAt', deleted_at, 'repeat', repeat)
	END
$$;--> statement-breakpoint
-- The date `months` after the month of a date, on this day of the month or on the last one if it is shorter.
CREATE FUNCTION "add_months"(base date, months integer, day integer) RETURNS date LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	first_day CONSTANT date := date_trunc('month', base::timestamp) + make_interval(months => months);
	last_day CONSTANT date := first_day + interval '1 month' - interval '1 day';
BEGIN
	RETURN least(first_day + day - 1, last_day);
END $$;--> statement-breakpoint
-- The first date of a series that is after `base`, with which it begins, and after `passed`. `day`: the day
-- of the month that months and years aim at. Null: that of `base`.
CREATE FUNCTION "next_due_on"(repeat jsonb, base date, passed date) RETURNS date LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	unit CONSTANT text := repeat ->> 'unit';
	cutoff CONSTANT date := greatest(base, passed);
	monday CONSTANT date := base - (extract(isodow FROM base)::integer - 1);
	day CONSTANT integer := coalesce((repeat ->> 'day')::integer, extract(day FROM base)::integer);
	step integer := (repeat ->> 'every')::integer;
	steps integer;
	next_on date;
BEGIN
	IF unit = 'DAY' OR unit = 'WEEK' AND NOT repeat ? 'weekdays' THEN
		IF unit = 'WEEK' THEN step := step * 7; END IF;
		RETURN base + step * ((cutoff - base) / step + 1);
	ELSIF unit = 'WEEK' THEN -- weeks begin on Monday (ISO 8601)
		steps := (cutoff - monday) / (step * 7);
		SELECT min(monday + step * 7 * week + weekday_number(weekday) - 1) INTO next_on
		FROM generate_series(steps, steps + 1) AS week, jsonb_array_elements_text(repeat -> 'weekdays') AS weekday
		WHERE monday + step * 7 * week + weekday_number(weekday) - 1 > cutoff;
		RETURN next_on;
	END IF;
	IF unit = 'YEAR' THEN step := step * 12; END IF;
	steps := ((extract(year FROM cutoff) - extract(year FROM base)) * 12 + extract(month FROM cutoff) - extract(month FROM base))::integer / step;
	next_on := add_months(base, step * steps, day);
	IF steps > 0 AND next_on > cutoff THEN RETURN next_on; END IF;
	RETURN add_months(base, step * (steps + 1), day);
END $$;--> statement-breakpoint
-- Monday is 1 (ISO 8601).
CREATE FUNCTION "weekday_number"(weekday text) RETURNS integer LANGUAGE sql IMMUTABLE AS $$
	SELECT array_position('{MONDAY,TUESDAY,WEDNESDAY,THURSDAY,FRIDAY,SATURDAY,SUNDAY}'::text[], weekday)
$$;--> statement-breakpoint
-- A UUIDv7 (RFC 9562), which PostgreSQL makes from version 18 on.
CREATE FUNCTION "new_task_id"(made_at timestamptz) RETURNS uuid LANGUAGE sql VOLATILE AS $$
	SELECT encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid())
		PLACING substring(int8send(floor(extract(epoch FROM made_at) * 1000)::bigint) FROM 3) FROM 1 FOR 6), 52, 1), 53, 1), 'hex')::uuid
$$;--> statement-breakpoint
-- Whether a change of a task makes its next task or takes it back. Needs no plan and reads no table.
CREATE FUNCTION "changes_next_task"(completed_before timestamptz, completed_after timestamptz, deleted_after timestamptz, repeat jsonb) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE WHEN completed_after IS NULL THEN completed_before IS NOT NULL
		ELSE completed_before IS NULL AND deleted_after IS NULL AND repeat IS NOT NULL END
$$;--> statement-breakpoint
-- Makes the next task of a task that was completed, or moves the next task of one that was reopened to the
-- trash if it is unchanged. Runs under the lock of the owner, like each change of tasks.
CREATE FUNCTION "change_next_task"(owner text, task uuid) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	done "tasks";
	follower "tasks";
	base date;
	passed date;
	next_on date;
	next_repeat jsonb;
	written_at timestamptz(3) := clock_timestamp();
BEGIN
	-- These changes are no undo, also when the completion is one. record_changed_tasks has read the setting.
	PERFORM set_config('taskward.undoes', '', true);
	SELECT * INTO done FROM "tasks" WHERE user_id = owner AND id = task;
	SELECT * INTO follower FROM "tasks" WHERE user_id = owner AND follows = task;
	written_at := greatest(written_at, follower.updated_at + interval '1 millisecond');
	IF done.completed_at IS NULL THEN
		UPDATE "tasks" SET deleted_at = written_at, updated_at = written_at
		WHERE user_id = owner AND id = follower.id AND deleted_at IS NULL AND updated_at = created_at; -- unchanged
		RETURN;
	END IF;
	IF follower.id IS NOT NULL AND (follower.deleted_at IS NULL OR follower.completed_at IS NOT NULL) THEN RETURN; END IF;
	base := (done.completed_at AT TIME ZONE 'UTC')::date;
	passed := base;
	next_repeat := done.repeat - 'day';
	IF done.repeat ->> 'from' = 'DUE_DATE' AND done.due_on IS NOT NULL THEN
		base := done.due_on;
		-- The day has begun everywhere: in no time zone is a day left out that has not ended.
		passed := (done.completed_at AT TIME ZONE 'UTC' - interval '12 hours')::date;
		next_on := next_due_on(done.repeat, base, passed);
		IF done.repeat ->> 'unit' IN ('MONTH', 'YEAR') THEN
			next_repeat := done.repeat || jsonb_build_object('day', coalesce((done.repeat ->> 'day')::integer, extract(day FROM base)::integer));
			IF (next_repeat ->> 'day')::integer = extract(day FROM next_on) THEN next_repeat := next_repeat - 'day'; END IF;
		END IF;
	ELSE
		next_on := next_due_on(next_repeat, base, passed);
	END IF;
	IF next_on > '9999-12-31' THEN RETURN; END IF; -- the last date of the API
	IF follower.id IS NOT NULL THEN -- in the trash
		UPDATE "tasks" SET title = done.title, title_key = done.title_key, description = done.description,
			description_key = done.description_key, due_on = next_on, priority = done.priority, labels = done.labels,
			label_keys = done.label_keys, repeat = next_repeat, deleted_at = NULL, created_at = written_at, updated_at = written_at
		WHERE user_id = owner AND id = follower.id;
	ELSE
		INSERT INTO "tasks" (user_id, id, title, title_key, description, description_key, due_on, priority, labels, label_keys,
			repeat, follows, created_at, updated_at)
		VALUES (owner, new_task_id(written_at), done.title, done.title_key, done.description, done.description_key, next_on,
			done.priority, done.labels, done.label_keys, next_repeat, task, written_at, written_at);
	END IF;
END $$;--> statement-breakpoint
-- As in migration 0019, with the repetition. The version before gives none, so that the task keeps its own.
CREATE OR REPLACE FUNCTION "take_back"(passes jsonb) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	pass jsonb;
BEGIN
	FOR pass IN SELECT value FROM jsonb_array_elements(passes) LOOP
		PERFORM set_config('taskward.undoes', (
			SELECT jsonb_object_agg(step ->> 'id', step -> 'undoes') FROM jsonb_array_elements(pass) AS step
		)::text, true);
		UPDATE "tasks" SET title = step.title, title_key = step."titleKey",
			description = step.description, description_key = step."descriptionKey",
			completed_at = step."completedAt", due_on = step."dueOn", priority = step.priority,
			labels = step.labels, label_keys = step."labelKeys", deleted_at = step."deletedAt",
			repeat = CASE WHEN given ? 'repeat' THEN nullif(given -> 'repeat', 'null') ELSE "tasks".repeat END,
			updated_at = greatest(clock_timestamp(), "tasks".updated_at + interval '1 millisecond')
		FROM jsonb_array_elements(pass) AS given, jsonb_to_record(given) AS step(id uuid, title text, "titleKey" text,
			description text, "descriptionKey" text, "completedAt" timestamptz, "dueOn" date, priority task_priority,
			labels text[], "labelKeys" text[], "deletedAt" timestamptz)
		WHERE "tasks".user_id = current_setting('taskward.owner') AND "tasks".id = step.id;
	END LOOP;
	PERFORM set_config('taskward.undoes', '', true);
END $$;--> statement-breakpoint
-- The work of record_tasks and count_created_tasks (migrations 0013 and 0009) in one trigger, with a
-- shorter way for one task.
CREATE FUNCTION "record_created_tasks"() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
	actor CONSTANT json := current_setting('taskward.actor');
	owner text;
	task uuid;
	new_state json;
	new_place integer;
	are_many boolean;
	is_recorded boolean;
	key integer;
	called text;
	number bigint;
	moved_to bigint;
	added record;
BEGIN
	SELECT user_id, id, count_place(deleted_at, completed_at, priority_rank),
		task_state(title, description, completed_at, due_on, priority, labels, deleted_at, repeat),
		EXISTS (SELECT FROM created OFFSET 1)
	INTO owner, task, new_place, new_state, are_many FROM created LIMIT 1;
	IF NOT FOUND THEN RETURN NULL; END IF;
	IF NOT are_many THEN
		UPDATE "task_counts" SET counts[new_place] = counts[new_place] + 1 WHERE user_id = owner RETURNING search_key INTO key;
		IF FOUND THEN
			IF key IS NOT NULL THEN
				INSERT INTO "task_grams"
				SELECT id, user_id, search_grams(searched_bytes(title_key, description_key, label_keys), key, 1) FROM created;
			END IF;
			is_recorded := record_change(owner, task, 'CREATED', NULL, new_state, NULL, NULL);
			RETURN NULL;
		END IF;
	END IF;
	SELECT count(*) INTO number FROM created;
	called := actor_name(actor);
	FOR added IN
		SELECT user_id, count_place(deleted_at, completed_at, priority_rank) AS place, count(*) FROM created GROUP BY 1, 2 ORDER BY 1
	LOOP
		UPDATE "task_counts" SET counts[added.place] = counts[added.place] + added.count
		WHERE user_id = added.user_id RETURNING search_key INTO key;
		IF key IS NOT NULL THEN
			INSERT INTO "task_grams"
			SELECT id, user_id, search_grams(searched_bytes(title_key, description_key, label_keys), key, 1)
			FROM created WHERE user_id = added.user_id AND added.place = count_place(deleted_at, completed_at, priority_rank);
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
	WITH moved AS MATERIALIZED (
		SELECT user_id, advance_history(user_id, count(*), NULL) AS last FROM created GROUP BY user_id
	), written AS (
		INSERT INTO "task_changes"
		SELECT user_id, last + 1 - row_number() OVER (PARTITION BY user_id ORDER BY id DESC), id, 'CREATED', clock_timestamp(),
			actor ->> 'kind', actor ->> 'id', called, NULL,
			task_state(title, description, completed_at, due_on, priority, labels, deleted_at, repeat)
		FROM created JOIN moved USING (user_id)
	)
	SELECT max(last) INTO moved_to FROM moved;
	IF is_program(actor) THEN PERFORM brake_program(owner, number, 0, moved_to - number); END IF;
	PERFORM announce_changes(number);
	RETURN NULL;
END $$;--> statement-breakpoint
-- As in migration 0013, with a shorter way for one task, the repetition in the states, and the next task.
CREATE OR REPLACE FUNCTION "record_changed_tasks"() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
	actor CONSTANT json := current_setting('taskward.actor');
	undone CONSTANT jsonb := nullif(current_setting('taskward.undoes', true), '');
	owner text;
	task uuid;
	change text;
	moved_at timestamptz;
	old_state json;
	new_state json;
	old_place integer;
	new_place integer;
	are_many boolean;
	is_followed boolean;
	is_recorded boolean;
	called text;
	number bigint;
	deletions bigint;
	moved_to bigint;
	has_moved boolean;
	counted record;
BEGIN
	SELECT after.user_id, after.id, change_kind(before.deleted_at, after.deleted_at), after.deleted_at,
		task_state(before.title, before.description, before.completed_at, before.due_on, before.priority, before.labels, before.deleted_at, before.repeat),
		task_state(after.title, after.description, after.completed_at, after.due_on, after.priority, after.labels, after.deleted_at, after.repeat),
		count_place(before.deleted_at, before.completed_at, before.priority_rank),
		count_place(after.deleted_at, after.completed_at, after.priority_rank),
		EXISTS (SELECT FROM after OFFSET 1), changes_next_task(before.completed_at, after.completed_at, after.deleted_at, after.repeat)
	INTO owner, task, change, moved_at, old_state, new_state, old_place, new_place, are_many, is_followed FROM before, after LIMIT 1;
	IF NOT FOUND THEN RETURN NULL; END IF;
	IF NOT are_many THEN
		IF old_state::text = new_state::text THEN RETURN NULL; END IF;
		IF (old_place IS NULL) <> (new_place IS NULL) THEN -- to the trash, or out of it
			UPDATE "task_counts" SET counts[coalesce(old_place, new_place)] = counts[coalesce(old_place, new_place)] + CASE WHEN new_place IS NULL THEN -1 ELSE 1 END
			WHERE user_id = owner;
		ELSIF old_place <> new_place THEN
			UPDATE "task_counts" SET counts[old_place] = counts[old_place] - 1, counts[new_place] = counts[new_place] + 1
			WHERE user_id = owner;
		END IF;
		is_recorded := record_change(owner, task, change, old_state, new_state, moved_at, (undone ->> task::text)::bigint);
		IF is_followed THEN PERFORM change_next_task(owner, task); END IF;
		RETURN NULL;
	END IF;
	called := actor_name(actor);
	WITH states AS (
		SELECT user_id, id, false AS is_after, deleted_at, count_place(deleted_at, completed_at, priority_rank) AS place,
			task_state(title, description, completed_at, due_on, priority, labels, deleted_at, repeat) AS state FROM before
		UNION ALL
		SELECT user_id, id, true, deleted_at, count_place(deleted_at, completed_at, priority_rank),
			task_state(title, description, completed_at, due_on, priority, labels, deleted_at, repeat) FROM after
	), paired AS (
		SELECT user_id, id, is_after, state AS after, lag(state) OVER task AS before,
			deleted_at, lag(deleted_at) OVER task AS deleted_before,
			place, lag(place) OVER task AS place_before
		FROM states WINDOW task AS (PARTITION BY user_id, id ORDER BY is_after)
	), changes AS MATERIALIZED (
		SELECT * FROM paired WHERE is_after AND before::text <> after::text
	), moved AS MATERIALIZED (
		SELECT user_id, advance_history(user_id, count(*), min(deleted_at)) AS last FROM changes GROUP BY user_id
	), written AS (
		INSERT INTO "task_changes"
		SELECT user_id, last + 1 - row_number() OVER (PARTITION BY user_id ORDER BY id DESC), id,
			change_kind(deleted_before, deleted_at), clock_timestamp(), actor ->> 'kind', actor ->> 'id', called, before, after,
			(undone ->> id::text)::bigint
		FROM changes JOIN moved USING (user_id)
	)
	SELECT count(*), count(*) FILTER (WHERE deleted_before IS NULL AND deleted_at IS NOT NULL),
		bool_or(place IS DISTINCT FROM place_before), (SELECT max(last) FROM moved)
	INTO number, deletions, has_moved, moved_to FROM changes;
	IF has_moved THEN
		FOR counted IN
			SELECT user_id, place, sum(n) AS difference FROM (
				SELECT user_id, count_place(deleted_at, completed_at, priority_rank) AS place, -1 AS n FROM before
				UNION ALL
				SELECT user_id, count_place(deleted_at, completed_at, priority_rank), 1 FROM after
			) AS places WHERE place IS NOT NULL GROUP BY 1, 2 HAVING sum(n) <> 0 ORDER BY 1, 2
		LOOP
			UPDATE "task_counts" SET counts[counted.place] = counts[counted.place] + counted.difference
			WHERE user_id = counted.user_id;
		END LOOP;
	END IF;
	IF number > 0 AND is_program(actor) THEN
		PERFORM brake_program(owner, number, deletions, moved_to - number);
	END IF;
	PERFORM announce_changes(number);
	FOR counted IN
		SELECT user_id, id FROM before JOIN after USING (user_id, id)
		WHERE changes_next_task(before.completed_at, after.completed_at, after.deleted_at, after.repeat) ORDER BY 1, 2
	LOOP
		PERFORM change_next_task(counted.user_id, counted.id);
	END LOOP;
	RETURN NULL;
END $$;--> statement-breakpoint
REVOKE EXECUTE ON FUNCTION "record_created_tasks" FROM PUBLIC;--> statement-breakpoint
DROP TRIGGER "record_created" ON "tasks";--> statement-breakpoint
DROP TRIGGER "count_created" ON "tasks";--> statement-breakpoint
CREATE TRIGGER "record_created" AFTER INSERT ON "tasks" REFERENCING NEW TABLE AS created
	FOR EACH STATEMENT EXECUTE FUNCTION "record_created_tasks"();
