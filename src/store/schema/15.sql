-- When the cars that truly stand there were counted, and who had the records go by that, and why.
CREATE TABLE stock_taking (
    number        INTEGER PRIMARY KEY AUTOINCREMENT,
    counted_at    INTEGER NOT NULL,
    done_at       INTEGER NOT NULL,
    by            TEXT NOT NULL,
    reason        TEXT NOT NULL,
    taken_back_at INTEGER
) STRICT;
CREATE INDEX stock_taking_age ON stock_taking (done_at);

-- The stays that it closed, since their cars were not there, and those that it began.
CREATE TABLE stock_stay (
    record_id TEXT PRIMARY KEY REFERENCES parking_record (id) ON DELETE CASCADE,
    taking    INTEGER NOT NULL REFERENCES stock_taking (number) ON DELETE CASCADE,
    entered   INTEGER NOT NULL,
    -- What a closed stay had, as JSON.
    kept      TEXT NOT NULL,
    -- The stay that it is since its car turned up, or it was taken back.
    goes_on   TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX stock_stay_taking ON stock_stay (taking);
