-- What is counted and noted with nearly every car stands in one row: one page is written for all of it.
CREATE TABLE tally (
    only_row        INTEGER PRIMARY KEY CHECK (only_row = 1),
    -- Cars inside.
    used            INTEGER NOT NULL,
    -- Reports that wait, dead letters, and the bytes of both; whether a bound was reached and said so.
    pending         INTEGER NOT NULL,
    dead            INTEGER NOT NULL,
    bytes           INTEGER NOT NULL,
    full            INTEGER NOT NULL,
    -- Bytes of images on their way.
    image_bytes     INTEGER NOT NULL,
    -- When 5003 left last, and whether another is due.
    counts_reported INTEGER,
    counts_due      INTEGER NOT NULL
) STRICT;
INSERT INTO tally SELECT 1, (SELECT used FROM occupancy), pending, dead, bytes, full, (SELECT bytes FROM image_size),
    (SELECT reported FROM counts), coalesce((SELECT due FROM counts), 0) FROM outbox_size;
DROP TRIGGER parking_record_entered;
DROP TRIGGER parking_record_closed;
DROP TRIGGER outbox_queued;
DROP TRIGGER outbox_gone;
DROP TRIGGER outbox_refused;
DROP TRIGGER image_kept;
DROP TRIGGER image_gone;
DROP TABLE occupancy;
DROP TABLE outbox_size;
DROP TABLE image_size;
DROP TABLE counts;
CREATE TRIGGER parking_record_entered AFTER INSERT ON parking_record WHEN NEW.leave_time IS NULL
BEGIN UPDATE tally SET used = used + 1; END;
CREATE TRIGGER parking_record_closed AFTER UPDATE OF leave_time ON parking_record
WHEN OLD.leave_time IS NULL AND NEW.leave_time IS NOT NULL
BEGIN UPDATE tally SET used = used - 1; END;
CREATE TRIGGER outbox_queued AFTER INSERT ON outbox
BEGIN UPDATE tally SET pending = pending + (NEW.state = 'pending'),
    dead = dead + (NEW.state = 'dead'), bytes = bytes + length(NEW.body); END;
CREATE TRIGGER outbox_gone AFTER DELETE ON outbox
BEGIN UPDATE tally SET pending = pending - (OLD.state = 'pending'),
    dead = dead - (OLD.state = 'dead'), bytes = bytes - length(OLD.body); END;
CREATE TRIGGER outbox_refused AFTER UPDATE OF state ON outbox WHEN OLD.state <> NEW.state
BEGIN UPDATE tally SET pending = pending + (NEW.state = 'pending') - (OLD.state = 'pending'),
    dead = dead + (NEW.state = 'dead') - (OLD.state = 'dead'); END;
CREATE TRIGGER image_kept AFTER INSERT ON image
BEGIN UPDATE tally SET image_bytes = image_bytes + NEW.bytes; END;
CREATE TRIGGER image_gone AFTER DELETE ON image
BEGIN UPDATE tally SET image_bytes = image_bytes - OLD.bytes; END;

-- Openings in the order in which they are asked for, those that nobody waits for apart: one page holds them all, and none
-- that was given up is looked at again.
CREATE TABLE opening (
    lane_id    TEXT NOT NULL,
    -- Whether the car it was for stands there no more.
    given_up   INTEGER NOT NULL,
    decided_at INTEGER NOT NULL,
    id         TEXT NOT NULL,
    -- How far it has come.
    state      TEXT NOT NULL CHECK (state IN ('unsent', 'busy', 'sent', 'given up')),
    PRIMARY KEY (lane_id, given_up, decided_at, id)
) STRICT, WITHOUT ROWID;
INSERT INTO opening SELECT lane_id, state = 'given up', decided_at, id, state FROM actuation;
DROP TABLE actuation;
ALTER TABLE opening RENAME TO actuation;

-- Who went out where just now is found by when.
DROP INDEX parking_record_gone;

-- Stays whose images are not on the disk yet, by the message that was read.
CREATE TABLE awaited_images (
    message   TEXT PRIMARY KEY,
    record_id TEXT NOT NULL REFERENCES parking_record (id) ON DELETE CASCADE,
    -- Whether they are of its exit.
    leaves    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX awaited_images_record ON awaited_images (record_id);
-- The message of a read whose images are yet to come.
ALTER TABLE undecided_read ADD COLUMN images_of TEXT;
CREATE INDEX undecided_read_images ON undecided_read (images_of) WHERE images_of IS NOT NULL;
