-- Times in which nothing could be written down, or after which the database is put together from a copy: what may be
-- missing of them.
CREATE TABLE store_loss (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    since   INTEGER NOT NULL,
    until   INTEGER NOT NULL,
    fault   TEXT NOT NULL,
    -- Cars and openings that were kept meanwhile and were written down; reads that found no room.
    kept    INTEGER NOT NULL,
    dropped INTEGER NOT NULL,
    -- Where the damaged database is, of when the copy in its place, rows taken over since, and those that cannot be read.
    aside   TEXT,
    copied  INTEGER,
    taken   INTEGER,
    unread  INTEGER
) STRICT;

-- When the database that holds it was last put together from a copy: what came of it since that copy nobody knows for sure.
ALTER TABLE charge ADD COLUMN restored INTEGER;
