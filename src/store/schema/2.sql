-- How each way to others stands, for status and doctor: the platform's two, brokers, buses. Rows of an
-- earlier run say nothing and go at a start.
CREATE TABLE connection (
    name  TEXT PRIMARY KEY,
    up    INTEGER NOT NULL,
    since INTEGER NOT NULL,
    error TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- When the device was heard again, or given up.
ALTER TABLE device ADD COLUMN since INTEGER;
