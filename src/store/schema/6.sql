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
INSERT INTO lease_use (record_id, lease_key, since)
    SELECT id, lease_key, enter_time FROM parking_record WHERE lease_key IS NOT NULL AND leave_time IS NULL;
-- Of a stay that is over only its time within the lease's days was free. The schema knows no zone but China's.
INSERT INTO lease_use (record_id, lease_key, since, until)
    SELECT id, lease_key, since, until FROM
        (SELECT id, parking_record.lease_key,
            coalesce(max(enter_time, 1000 * unixepoch(begin_date, '-8 hours')), enter_time) AS since,
            coalesce(min(leave_time, 1000 * unixepoch(end_date, '+1 day', '-8 hours')), leave_time) AS until
        FROM parking_record JOIN lease USING (lease_key) WHERE leave_time IS NOT NULL)
    WHERE until > since;
CREATE TRIGGER lease_use_begun AFTER INSERT ON lease_use WHEN NEW.until IS NULL
BEGIN UPDATE parking_record SET lease_key = NEW.lease_key WHERE id = NEW.record_id; END;
CREATE TRIGGER lease_use_ended AFTER UPDATE OF until ON lease_use WHEN OLD.until IS NULL AND NEW.until IS NOT NULL
BEGIN UPDATE parking_record SET lease_key = NULL WHERE id = NEW.record_id; END;
CREATE TRIGGER lease_use_gone AFTER DELETE ON lease_use WHEN OLD.until IS NULL
BEGIN UPDATE parking_record SET lease_key = NULL WHERE id = OLD.record_id; END;

-- The day whose leases were looked at: what begins and ends with a day does so once.
CREATE TABLE lease_day (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
    day      TEXT NOT NULL,
    -- The last day before it that was looked at.
    after    TEXT NOT NULL,
    -- The key of the last lease that was; none when all are done.
    behind   TEXT
) STRICT;
CREATE INDEX lease_ends ON lease (end_date);

-- What each camera's own list (by which it opens while nobody speaks with it) is to hold, and what it is known to hold.
CREATE TABLE camera_list (
    device_id    TEXT NOT NULL,
    plate_no     TEXT NOT NULL,
    -- Up to when the plate is to be on it; not at all where there is none.
    wanted_until INTEGER,
    -- What it has confirmed.
    held_until   INTEGER,
    -- Whether something was sent of which nobody knows what came.
    unsure       INTEGER NOT NULL DEFAULT 0,
    -- What is to be done: 1 take it off, 2 put it on.
    work         INTEGER NOT NULL DEFAULT 0 CHECK (work IN (0, 1, 2)),
    since        INTEGER NOT NULL,
    attempts     INTEGER NOT NULL DEFAULT 0,
    due          INTEGER NOT NULL DEFAULT 0,
    error        TEXT,
    -- Whether it was told that it does not come off.
    told         INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (device_id, plate_no)
) STRICT, WITHOUT ROWID;
CREATE INDEX camera_list_work ON camera_list (device_id, work, due) WHERE work <> 0;
CREATE INDEX camera_list_plate ON camera_list (plate_no);
CREATE INDEX camera_list_late ON camera_list (device_id, since) WHERE work = 1 AND told = 0;

-- The one order that each camera was given and has not answered; what its list's mode is.
CREATE TABLE camera_list_order (
    device_id  TEXT PRIMARY KEY,
    id         TEXT NOT NULL,
    plate_no   TEXT NOT NULL,
    -- What it puts on; nothing where it takes off.
    until      INTEGER,
    sent       INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
-- Which camera holds it: another in its place holds nothing of what it held.
CREATE TABLE camera_list_holder (device_id TEXT PRIMARY KEY, camera TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE camera_list_mode (device_id TEXT PRIMARY KEY, mode TEXT NOT NULL, at INTEGER NOT NULL) STRICT, WITHOUT ROWID;

-- Plates that may be on lists otherwise now, and how far the round over all plates has come.
CREATE TABLE camera_list_look (
    plate_no TEXT PRIMARY KEY,
    -- Whether only itself; else the other plates of its car and its leases, too.
    alone    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX camera_list_look_order ON camera_list_look (alone, plate_no);
CREATE TABLE camera_list_round (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
    begun    INTEGER NOT NULL,
    -- The last plate looked at; none where the round is over.
    after    TEXT
) STRICT;

-- Cars that were told late to have left and of which no entry is known yet: another camera may tell of it later.
CREATE TABLE early_exit (
    plate_no  TEXT NOT NULL,
    at        INTEGER NOT NULL,
    lane_id   TEXT NOT NULL,
    car       TEXT NOT NULL,
    by_camera INTEGER NOT NULL,
    PRIMARY KEY (plate_no, at)
) STRICT, WITHOUT ROWID;
CREATE INDEX early_exit_age ON early_exit (at);
