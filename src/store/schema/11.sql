-- For how long a report or picture was refused without a reason while the platform took others of its interface, in
-- milliseconds; and what it said of a picture. Of a report that waits, `refusal` is what the platform said last.
ALTER TABLE outbox ADD COLUMN refused_for INTEGER NOT NULL DEFAULT 0;
ALTER TABLE image ADD COLUMN refused_for INTEGER NOT NULL DEFAULT 0;
ALTER TABLE image ADD COLUMN refusal TEXT;
