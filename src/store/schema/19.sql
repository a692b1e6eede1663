-- Stays whose beginning another gateway of the lot has told of, and this one nobody yet.
ALTER TABLE parking_record ADD COLUMN untold INTEGER NOT NULL DEFAULT 0;

-- Cars that another gateway had to let out, as it drove when they were held here for their money, and when they were read last.
CREATE TABLE left_to_another (
    record_id TEXT PRIMARY KEY,
    at        INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Until when another gateway of the lot was known to be about, and until when one drove it and this one stood back.
CREATE TABLE other_gateway (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
    about    INTEGER NOT NULL,
    drove    INTEGER NOT NULL
) STRICT;
INSERT INTO other_gateway VALUES (1, 0, 0);
