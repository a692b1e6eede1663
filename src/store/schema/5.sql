-- Classes of vehicles that a car was given for one stay, by its camera, staff or a coupon.
CREATE TABLE record_class (
    record_id TEXT NOT NULL REFERENCES parking_record (id) ON DELETE CASCADE,
    class     TEXT NOT NULL,
    given_by  TEXT NOT NULL,
    at        INTEGER NOT NULL,
    PRIMARY KEY (record_id, class)
) STRICT, WITHOUT ROWID;

-- Classes of vehicles that a plate is of until further notice.
CREATE TABLE vehicle_class (
    plate_no TEXT NOT NULL,
    class    TEXT NOT NULL,
    until    INTEGER,
    given_by TEXT NOT NULL,
    reason   TEXT NOT NULL,
    at       INTEGER NOT NULL,
    PRIMARY KEY (plate_no, class)
) STRICT, WITHOUT ROWID;
CREATE INDEX vehicle_class_until ON vehicle_class (until) WHERE until IS NOT NULL;

-- Years that the calendar of working days lacks, told already.
CREATE TABLE calendar_told (year INTEGER PRIMARY KEY) STRICT;

-- Since when a stay's plate made visits that cost as one with it.
CREATE TABLE visits_as_one (
    record_id TEXT PRIMARY KEY REFERENCES parking_record (id) ON DELETE CASCADE,
    since     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
