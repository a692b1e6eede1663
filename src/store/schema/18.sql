-- How many cars inside stand for leases that are in force on a day: counted once a day, and kept by whatever changes it,
-- since every car asks for it.
ALTER TABLE tally ADD COLUMN leased INTEGER NOT NULL DEFAULT 0;
-- The day; none while it is to be counted.
ALTER TABLE tally ADD COLUMN leased_day TEXT;
CREATE TRIGGER parking_record_lease_entered AFTER INSERT ON parking_record
WHEN NEW.lease_key IS NOT NULL AND NEW.leave_time IS NULL
BEGIN UPDATE tally SET leased = leased + EXISTS (SELECT 1 FROM lease WHERE lease_key = NEW.lease_key
    AND begin_date <= leased_day AND end_date >= leased_day); END;
CREATE TRIGGER parking_record_lease_ended AFTER UPDATE OF lease_key, leave_time ON parking_record
WHEN OLD.lease_key IS NOT NULL AND OLD.leave_time IS NULL
    AND (NEW.lease_key IS NOT OLD.lease_key OR NEW.leave_time IS NOT NULL)
BEGIN UPDATE tally SET leased = leased - EXISTS (SELECT 1 FROM lease WHERE lease_key = OLD.lease_key
    AND begin_date <= leased_day AND end_date >= leased_day); END;
CREATE TRIGGER parking_record_lease_begun AFTER UPDATE OF lease_key, leave_time ON parking_record
WHEN NEW.lease_key IS NOT NULL AND NEW.leave_time IS NULL
    AND (OLD.lease_key IS NOT NEW.lease_key OR OLD.leave_time IS NOT NULL)
BEGIN UPDATE tally SET leased = leased + EXISTS (SELECT 1 FROM lease WHERE lease_key = NEW.lease_key
    AND begin_date <= leased_day AND end_date >= leased_day); END;
CREATE TRIGGER lease_made AFTER INSERT ON lease
BEGIN UPDATE tally SET leased = leased + (SELECT count(*) FROM parking_record
    WHERE lease_key = NEW.lease_key AND leave_time IS NULL)
    WHERE leased_day BETWEEN NEW.begin_date AND NEW.end_date; END;
CREATE TRIGGER lease_moved AFTER UPDATE OF begin_date, end_date ON lease
WHEN OLD.begin_date <> NEW.begin_date OR OLD.end_date <> NEW.end_date
BEGIN UPDATE tally SET leased = leased + (SELECT count(*) FROM parking_record
    WHERE lease_key = NEW.lease_key AND leave_time IS NULL)
    * ((leased_day BETWEEN NEW.begin_date AND NEW.end_date) - (leased_day BETWEEN OLD.begin_date AND OLD.end_date))
    WHERE leased_day IS NOT NULL; END;
CREATE TRIGGER lease_gone AFTER DELETE ON lease
BEGIN UPDATE tally SET leased = leased - (SELECT count(*) FROM parking_record
    WHERE lease_key = OLD.lease_key AND leave_time IS NULL)
    WHERE leased_day BETWEEN OLD.begin_date AND OLD.end_date; END;
