-- Times are milliseconds since 1970 UTC, money is decimal text, plates are normalised.

CREATE TABLE parking_record (
    id                 TEXT PRIMARY KEY,
    plate_no           TEXT NOT NULL,
    plate_color        TEXT,
    license_plate_type INTEGER,
    car_model          INTEGER,
    enter_time         INTEGER NOT NULL,
    enter_lane         TEXT,
    in_equipment_id    TEXT,
    leave_time         INTEGER,
    leave_lane         TEXT,
    out_equipment_id   TEXT,
    receivables        TEXT NOT NULL DEFAULT '0',
    discount           TEXT NOT NULL DEFAULT '0',
    received           TEXT NOT NULL DEFAULT '0',
    record_type        INTEGER NOT NULL DEFAULT 0,
    space_no           TEXT,
    share_id           TEXT,
    lease_key          TEXT,
    contract           INTEGER,
    image_url          TEXT,
    -- What the platform has acknowledged: 1 the entry, 2 the exit, too.
    reported           INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE UNIQUE INDEX parking_record_inside ON parking_record (plate_no)
    WHERE leave_time IS NULL AND plate_no <> '';
CREATE INDEX parking_record_lease ON parking_record (lease_key) WHERE leave_time IS NULL AND lease_key IS NOT NULL;
CREATE INDEX parking_record_space ON parking_record (space_no) WHERE leave_time IS NULL AND space_no IS NOT NULL;
CREATE INDEX parking_record_left ON parking_record (plate_no, leave_time) WHERE leave_time IS NOT NULL;
CREATE INDEX parking_record_age ON parking_record (leave_time) WHERE leave_time IS NOT NULL;

-- How many cars are inside, kept by the database itself so that it cannot drift.
CREATE TABLE occupancy (only_row INTEGER PRIMARY KEY CHECK (only_row = 1), used INTEGER NOT NULL) STRICT;
INSERT INTO occupancy VALUES (1, 0);
CREATE TRIGGER parking_record_entered AFTER INSERT ON parking_record WHEN NEW.leave_time IS NULL
BEGIN UPDATE occupancy SET used = used + 1; END;
CREATE TRIGGER parking_record_closed AFTER UPDATE OF leave_time ON parking_record
WHEN OLD.leave_time IS NULL AND NEW.leave_time IS NOT NULL
BEGIN UPDATE occupancy SET used = used - 1; END;

-- When 5003 left last, and whether another is due.
CREATE TABLE counts (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
    reported INTEGER NOT NULL,
    due      INTEGER NOT NULL
) STRICT;

CREATE TABLE charge (
    id          TEXT PRIMARY KEY,
    record_id   TEXT NOT NULL REFERENCES parking_record (id) ON DELETE CASCADE,
    order_no    TEXT,
    pay_time    INTEGER NOT NULL,
    receivables TEXT NOT NULL,
    discount    TEXT NOT NULL,
    received    TEXT NOT NULL,
    pay_type    INTEGER NOT NULL,
    pay_from    TEXT NOT NULL,
    list_discounts TEXT NOT NULL DEFAULT '[]'
) STRICT;
CREATE INDEX charge_record ON charge (record_id);

CREATE TABLE refund (
    id        TEXT PRIMARY KEY,
    record_id TEXT NOT NULL REFERENCES parking_record (id) ON DELETE CASCADE,
    money     TEXT NOT NULL,
    refunded  INTEGER NOT NULL
) STRICT;
CREATE INDEX refund_record ON refund (record_id);

-- What staff did, by the id their software gave it: the same id is answered from here.
CREATE TABLE staff_command (
    id       TEXT PRIMARY KEY,
    operator TEXT NOT NULL,
    reply    TEXT NOT NULL,
    received INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX staff_command_age ON staff_command (received);

-- What 5011 said last of a lane, and what it follows from.
CREATE TABLE lane (
    id             TEXT PRIMARY KEY,
    reported       INTEGER NOT NULL DEFAULT 1,
    barrier_faulty INTEGER NOT NULL DEFAULT 0,
    stopped_by     TEXT,
    held_open      INTEGER NOT NULL DEFAULT 0,
    up_by          INTEGER
) STRICT, WITHOUT ROWID;

-- The car that was let pass and has not passed yet, one a lane.
CREATE TABLE passing (
    lane_id     TEXT PRIMARY KEY,
    plate_no    TEXT NOT NULL,
    plate_color TEXT,
    license_plate_type INTEGER,
    car_model   INTEGER,
    device_id   TEXT NOT NULL,
    images      TEXT NOT NULL,
    decided_at  INTEGER NOT NULL,
    on_loop     INTEGER NOT NULL
) STRICT;

-- Contacts of devices as last read.
CREATE TABLE device_input (
    device_id TEXT NOT NULL,
    input     INTEGER NOT NULL,
    closed    INTEGER NOT NULL,
    PRIMARY KEY (device_id, input)
) STRICT, WITHOUT ROWID;

CREATE TABLE vehicle_lock (
    plate_no     TEXT PRIMARY KEY,
    lock_id      TEXT NOT NULL,
    record_id    TEXT NOT NULL REFERENCES parking_record (id) ON DELETE CASCADE,
    feature_code TEXT NOT NULL,
    locked_at    INTEGER NOT NULL,
    released_by  TEXT
) STRICT;

-- 4001: vehicles to hold, to watch or to let pass free.
CREATE TABLE control_list (
    id            TEXT PRIMARY KEY,
    plate_no      TEXT NOT NULL,
    strategy_type INTEGER NOT NULL,
    begin_at      INTEGER NOT NULL,
    end_at        INTEGER NOT NULL,
    strategy_from TEXT NOT NULL
) STRICT;
CREATE INDEX control_list_plate ON control_list (plate_no);
CREATE INDEX control_list_age ON control_list (end_at);

-- 6001, 6002
CREATE TABLE booking (
    book_code  TEXT PRIMARY KEY,
    plate_no   TEXT NOT NULL,
    book_time  INTEGER NOT NULL,
    over_time  INTEGER NOT NULL,
    keep_until INTEGER NOT NULL,
    book_money TEXT NOT NULL,
    space_no   TEXT,
    state      TEXT NOT NULL CHECK (state IN ('held', 'confirmed', 'used', 'cancelled', 'expired'))
) STRICT;
CREATE INDEX booking_valid ON booking (keep_until) WHERE state IN ('held', 'confirmed');
CREATE INDEX booking_plate ON booking (plate_no) WHERE state IN ('held', 'confirmed');
CREATE UNIQUE INDEX booking_space ON booking (space_no)
    WHERE state IN ('held', 'confirmed') AND space_no IS NOT NULL;
CREATE INDEX booking_age ON booking (keep_until);

-- 6004: times are those of the lot's clocks.
CREATE TABLE share (
    id             TEXT PRIMARY KEY,
    plate_no       TEXT NOT NULL,
    start_date     TEXT NOT NULL,
    end_date       TEXT NOT NULL,
    start_time     TEXT NOT NULL,
    end_time       TEXT NOT NULL,
    buffer_minutes INTEGER NOT NULL,
    week_days      INTEGER NOT NULL,
    cancelled_at   INTEGER
) STRICT;
CREATE INDEX share_plate ON share (plate_no);
CREATE INDEX share_age ON share (end_date);

-- 6008 and 5010: plates whose payments are deducted automatically.
CREATE TABLE contract (
    plate_no TEXT PRIMARY KEY,
    open     INTEGER NOT NULL,
    changed  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- 6009, 6010, 5012: a lease is its plates; the newest form replaces the older one.
CREATE TABLE lease (
    lease_key  TEXT PRIMARY KEY,
    body       TEXT NOT NULL,
    spaces     INTEGER NOT NULL,
    begin_date TEXT NOT NULL,
    end_date   TEXT NOT NULL,
    moment     INTEGER NOT NULL
) STRICT;
CREATE TABLE lease_plate (
    plate_no  TEXT NOT NULL,
    lease_key TEXT NOT NULL REFERENCES lease (lease_key) ON DELETE CASCADE,
    PRIMARY KEY (plate_no, lease_key)
) STRICT, WITHOUT ROWID;
CREATE INDEX lease_plate_lease ON lease_plate (lease_key);

-- 6006, 5007: what a stay was said to cost.
CREATE TABLE parking_order (
    order_no  TEXT PRIMARY KEY,
    record_id TEXT NOT NULL REFERENCES parking_record (id) ON DELETE CASCADE,
    form      TEXT NOT NULL,
    asked     INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX parking_order_record ON parking_order (record_id);

-- 9001: what signs in the neighbourhood shall show.
CREATE TABLE guidance (
    park_code TEXT PRIMARY KEY,
    body      TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE garage (
    garage_code     TEXT PRIMARY KEY,
    state           INTEGER NOT NULL,
    comment         TEXT,
    total_large     INTEGER NOT NULL,
    total_small     INTEGER NOT NULL,
    available_large INTEGER NOT NULL,
    available_small INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
-- What is wrong in garages, by table A.3.
CREATE TABLE garage_alarm (
    garage_code TEXT NOT NULL,
    code        INTEGER NOT NULL,
    level       INTEGER NOT NULL,
    PRIMARY KEY (garage_code, code, level)
) STRICT, WITHOUT ROWID;

-- 8004 and 8005: numbers are never used again, garages know their jobs by them.
CREATE TABLE mission (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    digest      TEXT NOT NULL,
    garage_code TEXT NOT NULL,
    store       INTEGER NOT NULL,
    plate_no    TEXT,
    asked_space TEXT,
    space_no    TEXT,
    passage     INTEGER,
    due         INTEGER NOT NULL,
    state       TEXT NOT NULL CHECK (state IN ('booked', 'waiting', 'sent', 'commanding', 'running', 'done', 'failed')),
    ends        INTEGER,
    fault_code  INTEGER,
    fault       TEXT
) STRICT;
CREATE UNIQUE INDEX mission_digest ON mission (digest);
CREATE INDEX mission_open ON mission (garage_code, due)
    WHERE state IN ('booked', 'waiting', 'sent', 'commanding', 'running');
CREATE INDEX mission_plate ON mission (plate_no, id) WHERE plate_no IS NOT NULL;
CREATE INDEX mission_age ON mission (due) WHERE state IN ('done', 'failed');
CREATE TABLE garages_reported (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
    reported INTEGER NOT NULL
) STRICT;

-- What was last known of each configured space: -1 unknown, 0 free, 2 occupied.
CREATE TABLE space (
    space_no TEXT PRIMARY KEY,
    state    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The car that stands before a closed barrier, one a lane.
CREATE TABLE waiting (
    lane_id     TEXT PRIMARY KEY,
    plate_no    TEXT NOT NULL,
    plate_color TEXT,
    license_plate_type INTEGER,
    car_model   INTEGER,
    device_id   TEXT NOT NULL,
    reason      TEXT NOT NULL,
    images      TEXT NOT NULL DEFAULT '[]',
    since       INTEGER NOT NULL,
    last_read   INTEGER NOT NULL
) STRICT;

-- Barrier commands decided and not yet answered by their device.
CREATE TABLE actuation (
    id         TEXT PRIMARY KEY,
    lane_id    TEXT NOT NULL,
    decided_at INTEGER NOT NULL,
    unsent     INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX actuation_unsent ON actuation (lane_id) WHERE unsent = 1;

CREATE TABLE device (
    id          TEXT PRIMARY KEY,
    online      INTEGER,
    clock_right INTEGER NOT NULL DEFAULT 0
) STRICT;

-- Commands of the platform that were carried out, with what we answered.
CREATE TABLE command (
    digest   TEXT PRIMARY KEY,
    code     INTEGER NOT NULL,
    identity TEXT NOT NULL,
    action   TEXT NOT NULL,
    reply    TEXT NOT NULL,
    received INTEGER NOT NULL
) STRICT;
CREATE INDEX command_identity ON command (code, identity, received);
CREATE INDEX command_age ON command (received);

-- Device messages already taken.
CREATE TABLE seen (
    message TEXT PRIMARY KEY,
    at      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX seen_age ON seen (at);

-- The form of base data the platform last acknowledged.
CREATE TABLE base_data (
    code INTEGER NOT NULL,
    key  TEXT NOT NULL,
    form TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (code, key)
) STRICT, WITHOUT ROWID;

-- Images on their way (2001); `place` is a file in the folder of images, or where to fetch one.
CREATE TABLE image (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    record_id TEXT NOT NULL,
    biz_type  INTEGER NOT NULL,
    place     TEXT NOT NULL,
    file_name TEXT NOT NULL,
    dest_path TEXT NOT NULL,
    pick_time INTEGER NOT NULL,
    bytes     INTEGER NOT NULL,
    refusals  INTEGER NOT NULL DEFAULT 0,
    -- Whether the platform has the record it belongs to.
    ready     INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX image_record ON image (record_id);
CREATE INDEX image_ready ON image (id) WHERE ready = 1;
CREATE TABLE image_size (only_row INTEGER PRIMARY KEY CHECK (only_row = 1), bytes INTEGER NOT NULL) STRICT;
INSERT INTO image_size VALUES (1, 0);
CREATE TRIGGER image_kept AFTER INSERT ON image
BEGIN UPDATE image_size SET bytes = bytes + NEW.bytes; END;
CREATE TRIGGER image_gone AFTER DELETE ON image
BEGIN UPDATE image_size SET bytes = bytes - OLD.bytes; END;

CREATE TABLE outbox (
    seq      INTEGER PRIMARY KEY AUTOINCREMENT,
    class    INTEGER NOT NULL,
    code     INTEGER NOT NULL,
    subject  TEXT NOT NULL,
    key      TEXT NOT NULL,
    body     TEXT NOT NULL,
    created  INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    state    TEXT NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'dead')),
    refusal  TEXT,
    -- Whether base data the platform missed were sent again for it.
    rebased  INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX outbox_pending ON outbox (class, seq) WHERE state = 'pending';
CREATE INDEX outbox_newest ON outbox (subject) WHERE state = 'pending' AND class <> 2;
CREATE INDEX outbox_dead ON outbox (seq) WHERE state = 'dead';

-- How much waits, kept by the database itself: counting a million rows takes too long.
CREATE TABLE outbox_size (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
    pending  INTEGER NOT NULL,
    dead     INTEGER NOT NULL,
    bytes    INTEGER NOT NULL,
    -- Whether a bound was reached and said so.
    full     INTEGER NOT NULL DEFAULT 0
) STRICT;
INSERT INTO outbox_size (only_row, pending, dead, bytes) VALUES (1, 0, 0, 0);
CREATE TRIGGER outbox_queued AFTER INSERT ON outbox
BEGIN UPDATE outbox_size SET pending = pending + (NEW.state = 'pending'),
    dead = dead + (NEW.state = 'dead'), bytes = bytes + length(NEW.body); END;
CREATE TRIGGER outbox_gone AFTER DELETE ON outbox
BEGIN UPDATE outbox_size SET pending = pending - (OLD.state = 'pending'),
    dead = dead - (OLD.state = 'dead'), bytes = bytes - length(OLD.body); END;
CREATE TRIGGER outbox_refused AFTER UPDATE OF state ON outbox WHEN OLD.state <> NEW.state
BEGIN UPDATE outbox_size SET pending = pending + (NEW.state = 'pending') - (OLD.state = 'pending'),
    dead = dead + (NEW.state = 'dead') - (OLD.state = 'dead'); END;
