//! The pictures of an entry or an exit: noted with the record they belong to, named and placed by
//! table 42.

use super::event::ImageShows;
use super::passage::Passage;
use super::{Context, LotError, Outcome};
use crate::happening::Happening;
use crate::standard::datetime::DateTime;
use crate::store::{Image, ParkingRecord, Transaction};

/// Refused so often, an image is given up.
const REFUSALS: i64 = 3;

/// What became of an image that was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ImageFate {
    /// The platform has it.
    Uploaded,
    /// The platform will not have it, in its own words.
    Refused(String),
    /// It cannot be read any more.
    Lost(String),
}

/// Notes the pictures of a passage.
pub(super) fn keep(
    tx: &Transaction<'_>,
    context: Context<'_>,
    passage: &Passage<'_>,
    record: &ParkingRecord,
    exit: bool,
) -> Result<(), LotError> {
    for (read, number) in passage.images.iter().zip(1..) {
        let biz_type = match (read.shows, exit) {
            (ImageShows::Plate, false) => 1,
            (ImageShows::Vehicle, false) => 2,
            (ImageShows::Plate, true) => 5,
            (ImageShows::Vehicle, true) => 6,
        };
        tx.add_image(&Image {
            id: 0,
            record_id: record.id.clone(),
            biz_type,
            place: read.place.clone(),
            file_name: format!("{}_{biz_type}_{number}.jpg", passage.at.as_millisecond()),
            dest_path: dest_path(context, passage, record),
            pick_time: passage.at,
            bytes: read.bytes,
            refusals: 0,
        })?;
    }
    Ok(())
}

/// Some cameras send a read at once and once more with its pictures: they belong to the passage that was
/// decided by the first.
pub(super) fn keep_late(
    tx: &Transaction<'_>,
    context: Context<'_>,
    passage: &Passage<'_>,
) -> Result<(), LotError> {
    let plate_no = passage.plate.as_str();
    let (record, exit) = match tx.open_record_of(plate_no)? {
        Some(record) => (Some(record), false),
        None => (tx.last_closed_record_of(plate_no)?, true),
    };
    match record {
        Some(record) if !tx.has_images(&record.id, exit)? => {
            keep(tx, context, passage, &record, exit)
        }
        _ => Ok(()),
    }
}

/// `/yyyyMMdd/parkCode/garageCode/recordId/`, of the day it was taken; how a lot without a garage writes
/// it is the platform's to say (ambiguity 79).
fn dest_path(context: Context<'_>, passage: &Passage<'_>, record: &ParkingRecord) -> String {
    let rules = context.rules;
    let day = DateTime::at(passage.at, &rules.time_zone).0.date().strftime("%Y%m%d");
    let space = record.space_no.as_deref().and_then(|space_no| rules.space(space_no));
    let garage = space.and_then(|space| space.garage_code.as_deref());
    let garage = garage.or(rules.no_garage_segment.as_deref());
    let garage = garage.map(|garage| format!("{garage}/")).unwrap_or_default();
    format!("/{day}/{}/{garage}{}/", rules.park_code, record.id)
}

/// Notes what became of an image that was sent.
pub fn settle(tx: &Transaction<'_>, id: i64, fate: &ImageFate) -> Result<Outcome, LotError> {
    let mut out = Outcome::default();
    let words = match fate {
        ImageFate::Uploaded => {
            if let Some(image) = tx.remove_image(id)? {
                uploaded(tx, &image, &mut out)?;
            }
            return Ok(out);
        }
        ImageFate::Refused(words) if tx.image_refused(id)? < REFUSALS => {
            out.tell(Happening::ImageRefused { words: words.clone(), given_up: false });
            return Ok(out);
        }
        ImageFate::Refused(words) | ImageFate::Lost(words) => words.clone(),
    };
    tx.remove_image(id)?;
    out.tell(Happening::ImageRefused { words, given_up: true });
    Ok(out)
}

/// 6005 tells where the picture of an entry is.
fn uploaded(tx: &Transaction<'_>, image: &Image, out: &mut Outcome) -> Result<(), LotError> {
    let place = format!("{}{}", image.dest_path, image.file_name);
    if image.biz_type <= 2
        && let Some(record) = tx.record(&image.record_id)?
        && (record.image_url.is_none() || image.biz_type == 2)
    {
        tx.update_record(&ParkingRecord { image_url: Some(place.clone()), ..record })?;
    }
    out.tell(Happening::ImageUploaded { place });
    Ok(())
}
