-- What an order binds the lot to: up to when, the fee then, what was to be paid, what a coupon took off; nothing of orders told before.
ALTER TABLE parking_order ADD COLUMN moment INTEGER;
ALTER TABLE parking_order ADD COLUMN fee TEXT;
ALTER TABLE parking_order ADD COLUMN payable TEXT;
ALTER TABLE parking_order ADD COLUMN coupon TEXT;
-- By what makes it the same as one told before.
DROP INDEX parking_order_record;
CREATE INDEX parking_order_record ON parking_order (record_id, form);

-- A charge that paid its order in full: the fee that settled, and from when the car has time to leave.
ALTER TABLE charge ADD COLUMN settled_fee TEXT;
ALTER TABLE charge ADD COLUMN leave_from INTEGER;
-- What was given back whole was never paid, nor was anything given back of it.
ALTER TABLE charge ADD COLUMN void INTEGER NOT NULL DEFAULT 0;
ALTER TABLE refund ADD COLUMN void INTEGER NOT NULL DEFAULT 0;

-- When a car was held at an exit.
CREATE TABLE exit_read (
    record_id TEXT NOT NULL REFERENCES parking_record (id) ON DELETE CASCADE,
    at        INTEGER NOT NULL,
    PRIMARY KEY (record_id, at)
) STRICT, WITHOUT ROWID;
-- Stays that ended with too little paid, or too much.
CREATE INDEX parking_record_unsettled ON parking_record (leave_time)
    WHERE leave_time IS NOT NULL AND round(receivables * 100) <> round((received + discount) * 100);
-- The stay that ended last in a space.
CREATE INDEX parking_record_space_left ON parking_record (space_no, leave_time)
    WHERE leave_time IS NOT NULL AND space_no IS NOT NULL;

-- Bookings of one plate for overlapping times keep one space: they have one key.
ALTER TABLE booking ADD COLUMN space_key TEXT NOT NULL DEFAULT '';
UPDATE booking SET space_key = book_code;
DROP INDEX booking_space;
CREATE INDEX booking_space ON booking (space_no)
    WHERE state IN ('held', 'confirmed') AND space_no IS NOT NULL;

-- What 5001 said last of a space; unknown of what was said before, so that each is said once more.
ALTER TABLE space ADD COLUMN reported INTEGER;
-- Which sensor told its state, or '' where records and a garage did; unknown of what was told before.
ALTER TABLE space ADD COLUMN told_by TEXT;

-- Cars a garage put where it chose without telling.
CREATE INDEX mission_unplaced ON mission (garage_code, plate_no)
    WHERE store = 1 AND state = 'done' AND space_no IS NULL AND plate_no IS NOT NULL;
-- What was done last at a space of a garage.
CREATE INDEX mission_space ON mission (space_no, id) WHERE state = 'done' AND space_no IS NOT NULL;
-- The mechanical garage a car was put into, where its space does not tell.
ALTER TABLE parking_record ADD COLUMN garage_code TEXT;

-- Leases that begin on a day.
CREATE INDEX lease_begins ON lease (begin_date);

-- A share's id as it was sent: ids are compared whatever their case, and told as they came.
ALTER TABLE share ADD COLUMN sent_id TEXT;

-- What a camera says of a car beside its plate.
ALTER TABLE parking_record ADD COLUMN car_color TEXT;
ALTER TABLE parking_record ADD COLUMN car_logo TEXT;
ALTER TABLE waiting ADD COLUMN car_color TEXT;
ALTER TABLE waiting ADD COLUMN car_logo TEXT;
ALTER TABLE passing ADD COLUMN car_color TEXT;
ALTER TABLE passing ADD COLUMN car_logo TEXT;
