-- What came in and was put aside for people: late reads of moments that cannot be, and what ended the process.
CREATE TABLE put_aside (
    number    INTEGER PRIMARY KEY AUTOINCREMENT,
    why       TEXT NOT NULL CHECK (why IN ('out-of-time', 'ends-the-process')),
    kind      TEXT NOT NULL CHECK (kind IN ('read', 'command', 'input', 'row')),
    -- What tells it from everything else; the same when it comes again.
    name      TEXT NOT NULL,
    device_id TEXT,
    lane_id   TEXT,
    plate_no  TEXT,
    said      TEXT NOT NULL,
    -- All of it, where it can be done again.
    body      TEXT,
    at        INTEGER NOT NULL,
    last      INTEGER NOT NULL,
    times     INTEGER NOT NULL DEFAULT 1,
    -- 1 when somebody wants it done again.
    again     INTEGER NOT NULL DEFAULT 0,
    UNIQUE (why, name)
) STRICT;
CREATE INDEX put_aside_why ON put_aside (why, number);
CREATE INDEX put_aside_lane ON put_aside (lane_id) WHERE why = 'ends-the-process';
CREATE INDEX put_aside_again ON put_aside (number) WHERE again = 1;
CREATE INDEX put_aside_age ON put_aside (last);
