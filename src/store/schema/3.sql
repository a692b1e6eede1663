-- The mechanical garage a car was put into, where its space does not tell.
ALTER TABLE parking_record ADD COLUMN garage_code TEXT;

-- What a camera says of a car beside its plate.
ALTER TABLE parking_record ADD COLUMN car_color TEXT;
ALTER TABLE parking_record ADD COLUMN car_logo TEXT;
ALTER TABLE waiting ADD COLUMN car_color TEXT;
ALTER TABLE waiting ADD COLUMN car_logo TEXT;
ALTER TABLE passing ADD COLUMN car_color TEXT;
ALTER TABLE passing ADD COLUMN car_logo TEXT;
