//! From what a camera's language read to what the engine is told, and its pictures put aside: the same however it came.

use super::makes::codec::{self, Picture};
use super::pictures;
use crate::clock;
use crate::devices::context::{DeviceContext, bad_message};
use crate::model::event::{Arrival, ImageShows, OpenedBy, PlateRead, ReadImage, ReadMoment};
use crate::standard::id::Id;
use jiff::Timestamp;
use std::time::Instant;

/// How a read came.
pub(super) struct Came {
    pub(super) redelivered: bool,
    pub(super) received: Instant,
    pub(super) arrival: Arrival,
    pub(super) silence: Option<(Timestamp, Timestamp)>,
}

/// The read of a camera.
pub(super) fn read_of(
    id: &Id,
    plate: codec::Plate,
    images: Vec<ReadImage>,
    came: Came,
) -> PlateRead {
    let moment = if plate.late || plate.by_camera {
        ReadMoment::Late(plate.taken.unwrap_or_else(clock::now))
    } else {
        ReadMoment::Live
    };
    let message = format!("{id}:{}", plate.identity.text);
    PlateRead {
        images,
        fake: plate.fake,
        opened_by: if plate.by_camera { OpenedBy::CameraList } else { OpenedBy::Gateway },
        plate_color: plate.plate_color,
        license_plate_type: plate.license_plate_type,
        car_model: plate.car_model,
        car_color: plate.car_color,
        car_logo: plate.car_logo,
        moment,
        sent: plate.sent,
        received: Some(came.received),
        redelivered: came.redelivered,
        told_apart: plate.identity.told_apart,
        arrival: came.arrival,
        silence: came.silence,
        confidence: plate.confidence,
        heading: plate.heading,
        aliases: plate.aliases,
        ..PlateRead::of(id.clone(), message, plate.plate)
    }
}

/// Puts a camera's pictures aside; one that cannot be kept is told of and left out.
pub(super) async fn keep(
    context: &DeviceContext,
    (id, name): (&Id, &str),
    pictures: Vec<(ImageShows, Picture)>,
) -> Vec<ReadImage> {
    let (images, fault) = pictures::keep(&context.images, id, pictures).await;
    if let Some(error) = fault {
        bad_message(context, id, name, &format!("image not kept: {error}"));
    }
    images
}
