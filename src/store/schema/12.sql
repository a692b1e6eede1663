-- Starts of the box whose moments may move yet: the present one, and those before it while nobody has vouched for the
-- clock since. A moment of theirs is `starts` and the time since.
CREATE TABLE boot (
    number      INTEGER PRIMARY KEY AUTOINCREMENT,
    id          TEXT NOT NULL UNIQUE,
    starts      INTEGER NOT NULL,
    -- The first moment and the newest that were noted in it.
    since       INTEGER NOT NULL,
    last        INTEGER NOT NULL,
    -- Who vouched for the clock last; none while nobody has.
    voucher     INTEGER,
    -- The newest moment that was written while somebody vouched.
    lower_bound INTEGER NOT NULL,
    -- Reports behind this one wait until somebody vouches.
    held_from   INTEGER
) STRICT;
-- The start that a stay's beginning and end are counted from, and the milliseconds since; none where somebody else told
-- the moment, or where it moves no more.
ALTER TABLE parking_record ADD COLUMN enter_boot INTEGER;
ALTER TABLE parking_record ADD COLUMN enter_since INTEGER;
ALTER TABLE parking_record ADD COLUMN leave_boot INTEGER;
ALTER TABLE parking_record ADD COLUMN leave_since INTEGER;
