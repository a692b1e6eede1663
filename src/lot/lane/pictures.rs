//! The pictures of a read that was decided before they were on the disk: they go to the car that it was of, wherever that
//! has come to since. No car waits for its picture.

use super::out_of_time;
use crate::lot::case::Case;
use crate::lot::stay::image;
use crate::model::event::ReadImage;
use crate::standard::id::Id;
use crate::store::{Passing, SeenCar, StoreError, Waiting};

/// They are on the disk. Where nobody awaits them (their read came again, or was of a car that has others) they go.
pub fn came(
    case: &mut Case<'_>,
    device_id: &Id,
    message: &str,
    images: &[ReadImage],
) -> Result<(), StoreError> {
    let awaited = in_lane(case, device_id, message, images)?
        || image::came(case, message, images)?
        || case.tx.add_images_to_undecided(message, images)?
        || case.tx.add_images_to_aside(&out_of_time::name_of(device_id, message), images)?;
    if !awaited {
        let files = images.iter().filter(|image| image.bytes > 0);
        case.out.unwanted.extend(files.map(|image| image.place.clone()));
    }
    Ok(())
}

/// Its car stands before the barrier yet, or passes.
fn in_lane(
    case: &mut Case<'_>,
    device_id: &Id,
    message: &str,
    images: &[ReadImage],
) -> Result<bool, StoreError> {
    let Some(lane) = case.rules.lane_of_camera(device_id) else { return Ok(false) };
    let lane_id = lane.id.as_str();
    let is_it = |car: &SeenCar| car.images_of.as_deref() == Some(message);
    let with = |car: SeenCar| SeenCar { images: images.to_vec(), images_of: None, ..car };
    if let Some(waiting) = case.tx.waiting_in(lane_id)?.filter(|one| is_it(&one.car)) {
        let car = with(waiting.car);
        case.tx.set_waiting(&Waiting { car, ..waiting })?;
        return Ok(true);
    }
    let here = [case.tx.passing_in(lane_id)?, case.tx.ahead_in(lane_id)?];
    let mut passing = false;
    for one in here.into_iter().flatten().filter(|one| is_it(&one.car)) {
        passing = one.record_id.is_none();
        let car = with(one.car);
        case.tx.set_passing(&Passing { car, ..one })?;
    }
    Ok(passing)
}
