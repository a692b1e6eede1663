-- A car in a lane as it was read is one JSON text: what cameras tell of it grows.
CREATE TABLE passing_now (
    lane_id    TEXT NOT NULL,
    -- Whether another has been read behind it before it reached the loop.
    ahead      INTEGER NOT NULL DEFAULT 0,
    plate_no   TEXT NOT NULL,
    car        TEXT NOT NULL,
    -- Whether it goes out.
    leaves     INTEGER NOT NULL,
    decided_at INTEGER NOT NULL,
    last_read  INTEGER NOT NULL,
    on_loop    INTEGER NOT NULL,
    -- Whether the loop was not heard for a time since: it may have gone unseen.
    unwatched  INTEGER NOT NULL DEFAULT 0,
    -- When something told that the arm went up for it.
    opened_at  INTEGER,
    -- The stay that has begun or ended already by its passage.
    record_id  TEXT,
    PRIMARY KEY (lane_id, ahead)
) STRICT;
INSERT INTO passing_now (lane_id, plate_no, car, leaves, decided_at, last_read, on_loop)
    SELECT lane_id, plate_no, json_object('plate_no', plate_no, 'plate_color', plate_color,
        'license_plate_type', license_plate_type, 'car_model', car_model, 'car_color', car_color,
        'car_logo', car_logo, 'device_id', device_id, 'images', json(images)),
        EXISTS (SELECT 1 FROM parking_record WHERE parking_record.plate_no = passing.plate_no AND leave_time IS NULL),
        decided_at, decided_at, on_loop FROM passing;
DROP TABLE passing;
ALTER TABLE passing_now RENAME TO passing;

CREATE TABLE waiting_now (
    lane_id   TEXT PRIMARY KEY,
    plate_no  TEXT NOT NULL,
    car       TEXT NOT NULL,
    reason    TEXT NOT NULL,
    since     INTEGER NOT NULL,
    last_read INTEGER NOT NULL,
    -- The stays it may be, where its own is not known, the likeliest first.
    candidates TEXT NOT NULL DEFAULT '[]'
) STRICT;
INSERT INTO waiting_now (lane_id, plate_no, car, reason, since, last_read)
    SELECT lane_id, plate_no, json_object('plate_no', plate_no, 'plate_color', plate_color,
        'license_plate_type', license_plate_type, 'car_model', car_model, 'car_color', car_color,
        'car_logo', car_logo, 'device_id', device_id, 'images', json(images)),
        reason, since, last_read FROM waiting;
DROP TABLE waiting;
ALTER TABLE waiting_now RENAME TO waiting;

-- Stays that began or ended in a lane where no loop saw the car through: read there again soon, it is let pass again.
CREATE TABLE unseen_passage (
    plate_no  TEXT PRIMARY KEY,
    lane_id   TEXT NOT NULL,
    record_id TEXT NOT NULL,
    leaves    INTEGER NOT NULL,
    heading   TEXT,
    -- What was read there in place of its plate.
    read_as   TEXT,
    by_hand   INTEGER NOT NULL,
    at        INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX unseen_passage_read_as ON unseen_passage (read_as) WHERE read_as IS NOT NULL;

-- How far an opening has come: to be sent, sent, or given up while it may still open.
ALTER TABLE actuation ADD COLUMN state TEXT NOT NULL DEFAULT 'sent' CHECK (state IN ('unsent', 'busy', 'sent', 'given up'));
UPDATE actuation SET state = 'unsent' WHERE unsent = 1;
DROP INDEX actuation_unsent;
ALTER TABLE actuation DROP COLUMN unsent;
CREATE INDEX actuation_lane ON actuation (lane_id);

-- Reads that may have lain in a broker while we were away, until its marker tells.
CREATE TABLE undecided_read (
    id     INTEGER PRIMARY KEY AUTOINCREMENT,
    broker TEXT NOT NULL,
    body   TEXT NOT NULL,
    at     INTEGER NOT NULL
) STRICT;
CREATE INDEX undecided_read_broker ON undecided_read (broker, id);
CREATE INDEX undecided_read_age ON undecided_read (at);

-- Other plates of cars that have stays.
CREATE TABLE record_alias (
    plate_no  TEXT NOT NULL,
    record_id TEXT NOT NULL REFERENCES parking_record (id) ON DELETE CASCADE,
    PRIMARY KEY (plate_no, record_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX record_alias_record ON record_alias (record_id);

-- Who passed a lane just then, for reads that come late.
CREATE INDEX parking_record_entered ON parking_record (enter_lane, enter_time);
CREATE INDEX parking_record_gone ON parking_record (leave_lane, leave_time) WHERE leave_time IS NOT NULL;

-- The number given last to a car that shows no plate.
CREATE TABLE ticket (only_row INTEGER PRIMARY KEY CHECK (only_row = 1), last INTEGER NOT NULL) STRICT;

-- What a stay costs at the least, where nobody saw its beginning.
ALTER TABLE parking_record ADD COLUMN least_fee TEXT;

-- All barriers are held up: who wanted it, and why.
CREATE TABLE all_up (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
    by       TEXT NOT NULL,
    reason   TEXT NOT NULL,
    since    INTEGER NOT NULL
) STRICT;

-- Whose the next word of the loop is: of whoever was let pass, of a car whose passage is settled, or nobody's.
ALTER TABLE lane ADD COLUMN loop_use TEXT NOT NULL DEFAULT 'counted'
    CHECK (loop_use IN ('counted', 'settled in', 'settled out', 'stuck'));
-- When a car went over it last, and whether it went out.
ALTER TABLE lane ADD COLUMN passed_at INTEGER;
ALTER TABLE lane ADD COLUMN passed_leaving INTEGER NOT NULL DEFAULT 0;
-- When it was opened by hand for nobody we know.
ALTER TABLE lane ADD COLUMN opened_for_anybody INTEGER;
-- Since when the loop is taken.
ALTER TABLE lane ADD COLUMN loop_taken_at INTEGER;

-- Cars that drove through behind another.
CREATE TABLE tail (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    lane_id   TEXT NOT NULL,
    leaves    INTEGER NOT NULL,
    at        INTEGER NOT NULL,
    plate_no  TEXT,
    record_id TEXT,
    images    TEXT NOT NULL DEFAULT '[]',
    settled   INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX tail_open ON tail (lane_id) WHERE settled = 0;
CREATE INDEX tail_age ON tail (at);

-- Pictures of how cars inside came in: people compare them with who stands at the exit.
CREATE TABLE entry_picture (
    record_id TEXT NOT NULL REFERENCES parking_record (id) ON DELETE CASCADE,
    place     TEXT NOT NULL,
    PRIMARY KEY (record_id, place)
) STRICT, WITHOUT ROWID;
CREATE INDEX entry_picture_place ON entry_picture (place);
CREATE TRIGGER entry_picture_done AFTER UPDATE OF leave_time ON parking_record
WHEN OLD.leave_time IS NULL AND NEW.leave_time IS NOT NULL
BEGIN DELETE FROM entry_picture WHERE record_id = NEW.id; END;

-- Plates are written without hyphens and dots, an embassy's with its character behind, so that one has one form.
UPDATE OR IGNORE parking_record SET plate_no = replace(replace(plate_no, '-', ''), '.', '')
    WHERE leave_time IS NULL AND (instr(plate_no, '-') OR instr(plate_no, '.'));
UPDATE OR IGNORE parking_record SET plate_no = substr(plate_no, 2) || '使'
    WHERE leave_time IS NULL AND plate_no GLOB '使[0-9][0-9][0-9][0-9][0-9][0-9]';
UPDATE OR IGNORE lease_plate SET plate_no = replace(replace(plate_no, '-', ''), '.', '');
UPDATE OR IGNORE lease_plate SET plate_no = substr(plate_no, 2) || '使'
    WHERE plate_no GLOB '使[0-9][0-9][0-9][0-9][0-9][0-9]';
UPDATE OR IGNORE control_list SET plate_no = replace(replace(plate_no, '-', ''), '.', '');
UPDATE OR IGNORE control_list SET plate_no = substr(plate_no, 2) || '使'
    WHERE plate_no GLOB '使[0-9][0-9][0-9][0-9][0-9][0-9]';
UPDATE OR IGNORE booking SET plate_no = replace(replace(plate_no, '-', ''), '.', '');
UPDATE OR IGNORE share SET plate_no = replace(replace(plate_no, '-', ''), '.', '');
UPDATE OR IGNORE contract SET plate_no = replace(replace(plate_no, '-', ''), '.', '');
UPDATE OR IGNORE vehicle_lock SET plate_no = replace(replace(plate_no, '-', ''), '.', '');
