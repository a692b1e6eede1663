-- Plates that are being forgotten: journals are looked through some rows at a time.
CREATE TABLE forgetting (
    plate_no TEXT PRIMARY KEY,
    by       TEXT NOT NULL,
    reason   TEXT NOT NULL,
    records  INTEGER NOT NULL,
    -- Which table is looked through, and behind which of its keys.
    step     INTEGER NOT NULL,
    after    TEXT NOT NULL
) STRICT, WITHOUT ROWID;
