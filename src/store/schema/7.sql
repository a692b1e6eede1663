-- Visitors' passes: what they give and until when.
CREATE TABLE visitor_pass (
    number       INTEGER PRIMARY KEY AUTOINCREMENT,
    id           TEXT NOT NULL UNIQUE,
    begins       INTEGER NOT NULL,
    ends         INTEGER NOT NULL,
    -- Seconds of each stay that are free; all of it where absent.
    free_seconds INTEGER,
    reason       TEXT NOT NULL,
    given_by     TEXT NOT NULL,
    given_at     INTEGER NOT NULL,
    withdrawn_at INTEGER
) STRICT;
CREATE INDEX visitor_pass_end ON visitor_pass (ends);
CREATE TABLE visitor_pass_plate (
    plate_no TEXT NOT NULL,
    number   INTEGER NOT NULL REFERENCES visitor_pass (number) ON DELETE CASCADE,
    PRIMARY KEY (plate_no, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX visitor_pass_plate_pass ON visitor_pass_plate (number);

-- Coupons. Their worth and what they took off are counted in fen, so that sums are exact.
CREATE TABLE coupon (
    number      INTEGER PRIMARY KEY AUTOINCREMENT,
    id          TEXT NOT NULL UNIQUE,
    -- The shop that gave it; empty where staff did.
    merchant    TEXT NOT NULL,
    org_code    TEXT,
    name        TEXT NOT NULL,
    kind        TEXT NOT NULL CHECK (kind IN ('amount', 'hours', 'percent', 'all', 'class')),
    value       TEXT NOT NULL,
    at_most     TEXT,
    stackable   INTEGER NOT NULL,
    entry_bound INTEGER NOT NULL,
    -- The plate it was given for; none where it was given for a stay.
    plate_no    TEXT,
    -- The stay it is or was used for.
    record_id   TEXT,
    -- Since when it is used for that.
    used_since  INTEGER,
    valid_from  INTEGER NOT NULL,
    valid_until INTEGER NOT NULL,
    -- 1 until its time has come.
    ahead       INTEGER NOT NULL,
    given_by    TEXT NOT NULL,
    given_at    INTEGER NOT NULL,
    -- The day it counts on, in the lot's time.
    day         TEXT NOT NULL,
    state       TEXT NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'used', 'void', 'ended', 'returned')),
    -- The most it can take off; none where nothing bounds it.
    worth       INTEGER,
    taken       INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX coupon_plate ON coupon (plate_no) WHERE plate_no IS NOT NULL;
CREATE INDEX coupon_record ON coupon (record_id) WHERE record_id IS NOT NULL;
CREATE INDEX coupon_merchant ON coupon (merchant);
CREATE INDEX coupon_day ON coupon (merchant, day);
CREATE INDEX coupon_unbounded ON coupon (merchant, day) WHERE worth IS NULL AND state = 'open';
CREATE INDEX coupon_begin ON coupon (valid_from) WHERE ahead = 1;
CREATE INDEX coupon_end ON coupon (valid_until) WHERE state = 'open' AND record_id IS NULL;
CREATE INDEX coupon_age ON coupon (given_at) WHERE state <> 'open';

-- What a coupon took off with a payment, told with that (5008).
CREATE TABLE coupon_discount (
    charge_id TEXT NOT NULL REFERENCES charge (id) ON DELETE CASCADE,
    coupon    INTEGER NOT NULL,
    record_id TEXT NOT NULL,
    amount    TEXT NOT NULL,
    PRIMARY KEY (charge_id, coupon)
) STRICT, WITHOUT ROWID;
CREATE INDEX coupon_discount_record ON coupon_discount (record_id);

-- What coupons take off in an order that was told: who pays it has it.
CREATE TABLE order_relief (
    order_no TEXT NOT NULL REFERENCES parking_order (order_no) ON DELETE CASCADE,
    coupon   INTEGER NOT NULL,
    amount   TEXT NOT NULL,
    PRIMARY KEY (order_no, coupon)
) STRICT, WITHOUT ROWID;

-- A digest of how a command was said: the same id with other words is another command.
ALTER TABLE staff_command ADD COLUMN said TEXT;
