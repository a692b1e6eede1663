-- Who did what cannot be taken back, and why; what it was done to, as JSON.
CREATE TABLE trail (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    at     INTEGER NOT NULL,
    act    TEXT NOT NULL,
    by     TEXT NOT NULL,
    reason TEXT NOT NULL,
    what   TEXT NOT NULL
) STRICT;
CREATE INDEX trail_act ON trail (act, number);
CREATE INDEX trail_age ON trail (at);
