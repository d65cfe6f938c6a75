-- The triggers of migration 0024 call the brake. Until now both counted, which brakes too early, not too late.
DROP TRIGGER "brake_actor" ON "task_changes";
