//! The pictures of an entry or an exit: noted with the record they belong to, named and placed by
//! table 42.

use super::sighting::Sighting;
use crate::lot::case::Case;
use crate::lot::report::{self, garages};
use crate::lot::rules::Rules;
use crate::model::event::{ImageFate, ImageShows, ReadImage};
use crate::model::happening::Happening;
use crate::standard::codes::ImageKind;
use crate::standard::datetime::DateTime;
use crate::store::{Image, ParkingRecord, StoreError};
use jiff::Timestamp;

/// Refused so often, an image is put aside.
const REFUSALS: i64 = 3;

/// Which end of a stay a picture was taken at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// It began.
    Entry,
    /// It ended.
    Exit,
}

/// Notes the pictures of a car that has passed; those that are yet to come are awaited.
pub fn keep(
    case: &mut Case<'_>,
    sighting: &Sighting<'_>,
    record: &ParkingRecord,
    end: End,
) -> Result<(), StoreError> {
    if let Some(message) = &sighting.car.images_of {
        case.tx.await_images(message, &record.id, end == End::Exit)?;
    }
    note(case, &sighting.car.images, sighting.at, record, end)
}

/// The pictures of a read have come that a stay awaits; false where none does.
pub fn came(case: &mut Case<'_>, message: &str, images: &[ReadImage]) -> Result<bool, StoreError> {
    let Some((record_id, leaves)) = case.tx.take_awaited_images(message)? else { return Ok(false) };
    let Some(record) = case.tx.record(&record_id)? else { return Ok(false) };
    // Of a car that is read more than once the first are enough.
    if case.tx.has_images(&record_id, leaves)? {
        return Ok(false);
    }
    let (end, at) = match record.leave_time {
        Some(left) if leaves => (End::Exit, left),
        _ => (End::Entry, record.enter_time),
    };
    note(case, images, at, &record, end)?;
    Ok(true)
}

fn note(
    case: &mut Case<'_>,
    images: &[ReadImage],
    at: Timestamp,
    record: &ParkingRecord,
    end: End,
) -> Result<(), StoreError> {
    // Where another gateway drives, that one has them, too, and a record that is known where they go.
    if record.is_untold && report::another_tells(case)? {
        return Ok(());
    }
    for (read, number) in images.iter().zip(1..) {
        let biz_type = match (read.shows, end) {
            (ImageShows::Plate, End::Entry) => ImageKind::EntryPlate,
            (ImageShows::Vehicle, End::Entry) => ImageKind::EntryVehicle,
            (ImageShows::Plate, End::Exit) => ImageKind::ExitPlate,
            (ImageShows::Vehicle, End::Exit) => ImageKind::ExitVehicle,
        };
        let moment = at.as_millisecond();
        if end == End::Entry {
            case.tx.add_entry_picture(&record.id, &read.place)?;
        }
        case.tx.add_image(&Image {
            id: 0,
            record_id: record.id.clone(),
            biz_type,
            place: read.place.clone(),
            file_name: format!("{moment}_{}_{number}.jpg", biz_type.number()),
            dest_path: dest_path(case.rules, at, record),
            pick_time: at,
            bytes: read.bytes,
            refusals: 0,
            refused_for: std::time::Duration::ZERO,
        })?;
    }
    Ok(())
}

/// Some cameras send a read at once and once more with its pictures: they belong to the passage that was
/// decided by the first.
pub fn keep_late(case: &mut Case<'_>, sighting: &Sighting<'_>) -> Result<(), StoreError> {
    let plate_no = sighting.plate().as_str();
    let (record, end) = match case.tx.open_record_of(plate_no)? {
        Some(record) => (Some(record), End::Entry),
        None => (case.tx.last_closed_record_of(plate_no)?, End::Exit),
    };
    match record {
        Some(record) if !case.tx.has_images(&record.id, end == End::Exit)? => {
            keep(case, sighting, &record, end)
        }
        _ => Ok(()),
    }
}

/// `/yyyyMMdd/parkCode/garageCode/recordId/`, of the day it was taken; how a lot without a garage writes
/// it is the platform's to say (ambiguity 79).
fn dest_path(rules: &Rules, at: Timestamp, record: &ParkingRecord) -> String {
    let day = DateTime::at(at, &rules.time_zone).0.date().strftime("%Y%m%d");
    let garage = garages::of_record(rules, record).or(rules.no_garage_segment.as_deref());
    let garage = garage.map(|garage| format!("{garage}/")).unwrap_or_default();
    format!("/{day}/{}/{garage}{}/", rules.park_code, record.id)
}

/// Notes what became of an image that was sent.
pub fn settle(case: &mut Case<'_>, id: i64, fate: &ImageFate) -> Result<(), StoreError> {
    let words = match fate {
        ImageFate::Uploaded => {
            return match case.tx.remove_image(id)? {
                Some(image) => uploaded(case, &image),
                None => Ok(()),
            };
        }
        ImageFate::Refused(words) if case.tx.image_refused(id)? < REFUSALS => {
            case.tell(Happening::ImageRefused { words: words.clone(), given_up: false });
            return Ok(());
        }
        ImageFate::PutOff(why) => return case.tx.put_off_image(id, &why.words, why.refused_for),
        ImageFate::Refused(words) | ImageFate::PutAside(words) => {
            return match case.tx.put_image_aside(id, words)? {
                Some(image) => put_aside(case, &image, words),
                None => Ok(()),
            };
        }
        ImageFate::Lost(words) => words.clone(),
    };
    case.tx.remove_image(id)?;
    case.tell(Happening::ImageRefused { words, given_up: true });
    Ok(())
}

/// It waits for people from now on.
fn put_aside(case: &mut Case<'_>, image: &Image, words: &str) -> Result<(), StoreError> {
    let (code, key) = (2001, image.place_there());
    report::not_wanted(case, (code, &key), words)?;
    case.tell(Happening::UnwantedAside { code, key, words: words.to_owned() });
    Ok(())
}

/// 6005 tells where the picture of an entry is; the vehicle's rather than the plate's.
fn uploaded(case: &mut Case<'_>, image: &Image) -> Result<(), StoreError> {
    let place = image.place_there();
    let of_entry = matches!(image.biz_type, ImageKind::EntryPlate | ImageKind::EntryVehicle);
    if of_entry
        && let Some(record) = case.tx.record(&image.record_id)?
        && (record.image_url.is_none() || image.biz_type == ImageKind::EntryVehicle)
    {
        case.tx.update_record(&ParkingRecord { image_url: Some(place.clone()), ..record })?;
    }
    case.tell(Happening::ImageUploaded { place });
    Ok(())
}
