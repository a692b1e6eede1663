-- What the process has written to its medium, by days.
CREATE TABLE written (
    -- Days since 1970.
    day     INTEGER PRIMARY KEY,
    bytes   INTEGER NOT NULL,
    -- For how much of the day that is known.
    seconds INTEGER NOT NULL
) STRICT;
