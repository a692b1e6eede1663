-- Which car stands on a space of a lease, from when to when; the space is its as long as there is no end. What of this
-- time is free the lease's days tell; of what a form that no longer stands made free the key is empty.
CREATE TABLE lease_use (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    record_id  TEXT NOT NULL REFERENCES parking_record (id) ON DELETE CASCADE,
    lease_key  TEXT NOT NULL,
    since      INTEGER NOT NULL,
    until      INTEGER
) STRICT;
CREATE INDEX lease_use_record ON lease_use (record_id);
CREATE INDEX lease_use_lease ON lease_use (lease_key, until);
CREATE UNIQUE INDEX lease_use_now ON lease_use (record_id) WHERE until IS NULL;

-- A record's lease is the one on whose space it stands, kept by the database itself so that the two cannot drift.
UPDATE parking_record SET lease_key = NULL
    WHERE leave_time IS NULL AND lease_key IS NOT NULL AND lease_key NOT IN (SELECT lease_key FROM lease);
INSERT INTO lease_use (record_id, lease_key, since, until)
    SELECT id, lease_key, enter_time, leave_time FROM parking_record
    WHERE lease_key IS NOT NULL AND (leave_time IS NULL OR leave_time > enter_time);
CREATE TRIGGER lease_use_begun AFTER INSERT ON lease_use WHEN NEW.until IS NULL
BEGIN UPDATE parking_record SET lease_key = NEW.lease_key WHERE id = NEW.record_id; END;
CREATE TRIGGER lease_use_ended AFTER UPDATE OF until ON lease_use WHEN OLD.until IS NULL AND NEW.until IS NOT NULL
BEGIN UPDATE parking_record SET lease_key = NULL WHERE id = NEW.record_id; END;
CREATE TRIGGER lease_use_gone AFTER DELETE ON lease_use WHEN OLD.until IS NULL
BEGIN UPDATE parking_record SET lease_key = NULL WHERE id = OLD.record_id; END;

-- The day whose leases were looked at: what begins and ends with a day does so once.
CREATE TABLE lease_day (only_row INTEGER PRIMARY KEY CHECK (only_row = 1), day TEXT NOT NULL) STRICT;
CREATE INDEX lease_ends ON lease (end_date);
