-- Without statistics, Postgres takes a task that is not in the trash for a rare one, and reads lists by
-- another index. Blocks no reader and no writer.
ANALYZE "tasks" ("deleted_at");
