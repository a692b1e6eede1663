-- Whether the car went back from there: it was inside then, and was not held any longer.
ALTER TABLE exit_read ADD COLUMN gone_back INTEGER NOT NULL DEFAULT 0;
