DROP INDEX "tasks_by_priority";--> statement-breakpoint
DROP INDEX "tasks_by_due_on";--> statement-breakpoint
DROP INDEX "tasks_by_due_on_desc";--> statement-breakpoint
ALTER TABLE "tasks" ADD COLUMN "priority_rank" smallint GENERATED ALWAYS AS (case priority when 'LOW' then 0 when 'MEDIUM' then 1 else 2 end) STORED NOT NULL;--> statement-breakpoint
CREATE INDEX "tasks_by_priority" ON "tasks" USING btree ("user_id","priority_rank","id");--> statement-breakpoint
CREATE INDEX "tasks_by_due_on" ON "tasks" USING btree ("user_id",(case when "due_on" is null then 'infinity' else "due_on" end),"id");--> statement-breakpoint
CREATE INDEX "tasks_by_due_on_desc" ON "tasks" USING btree ("user_id",(case when "due_on" is null then '-infinity' else "due_on" end),"id");