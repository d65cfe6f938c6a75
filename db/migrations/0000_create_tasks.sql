CREATE TYPE "public"."task_priority" AS ENUM('LOW', 'MEDIUM', 'HIGH');--> statement-breakpoint
CREATE TABLE "labels" (
	"user_id" text NOT NULL,
	"key" text COLLATE "C" NOT NULL,
	"name" text NOT NULL,
	CONSTRAINT "labels_pkey" PRIMARY KEY("user_id","key")
);
--> statement-breakpoint
CREATE TABLE "task_creations" (
	"user_id" text NOT NULL,
	"key" text NOT NULL,
	"fingerprint" text NOT NULL,
	"task_id" uuid NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "task_creations_pkey" PRIMARY KEY("user_id","key")
);
--> statement-breakpoint
CREATE TABLE "tasks" (
	"user_id" text NOT NULL,
	"id" uuid NOT NULL,
	"title" text NOT NULL,
	"title_key" text COLLATE "C" NOT NULL,
	"description" text,
	"description_key" text COLLATE "C",
	"completed_at" timestamp (3) with time zone,
	"due_on" date,
	"priority" "task_priority" NOT NULL,
	"labels" text[] NOT NULL,
	"label_keys" text[] NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "tasks_pkey" PRIMARY KEY("user_id","id")
);
--> statement-breakpoint
CREATE INDEX "tasks_by_created_at" ON "tasks" USING btree ("user_id","created_at","id");--> statement-breakpoint
CREATE INDEX "tasks_by_updated_at" ON "tasks" USING btree ("user_id","updated_at","id");--> statement-breakpoint
CREATE INDEX "tasks_by_priority" ON "tasks" USING btree ("user_id","priority","id");--> statement-breakpoint
CREATE INDEX "tasks_by_title" ON "tasks" USING btree ("user_id","title_key","id");--> statement-breakpoint
CREATE INDEX "tasks_by_due_on" ON "tasks" USING btree ("user_id",coalesce("due_on", 'infinity'),"id");--> statement-breakpoint
CREATE INDEX "tasks_by_due_on_desc" ON "tasks" USING btree ("user_id",coalesce("due_on", '-infinity'),"id");