//! From what a camera's language read to what the engine is told, and its pictures put aside: the same however it came.

use super::makes::codec::{self, Picture};
use super::pictures;
use crate::clock;
use crate::devices::context::{DeviceContext, bad_message};
use crate::engine::Refused;
use crate::model::event::{
    Arrival, DeviceEvent, ImageShows, OpenedBy, Pictures, PlateRead, ReadImage, ReadMoment,
};
use crate::model::input::{Answer, Input};
use crate::model::picture::PictureAddress;
use crate::standard::id::Id;
use jiff::Timestamp;
use std::time::Instant;
use tokio::sync::oneshot;

/// What comes with an input's commit.
pub(super) type Commit = oneshot::Receiver<Result<Answer, Refused>>;

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
    (images, follow): (Vec<ReadImage>, bool),
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
        pictures: if follow { Pictures::Follow } else { Pictures::Here },
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

/// A camera's pictures by how they come: addresses with their read, and where it sends any itself, all of them behind it.
pub(super) fn parted(
    id: &Id,
    pictures: Vec<(ImageShows, Picture)>,
) -> (Vec<ReadImage>, Vec<(ImageShows, Picture)>) {
    if pictures.iter().any(|(_, picture)| matches!(picture, Picture::Bytes(_))) {
        return (Vec::new(), pictures);
    }
    let address = |(shows, picture)| match picture {
        Picture::Address(url) => {
            Some(ReadImage { shows, place: PictureAddress::text(&url, id), bytes: 0 })
        }
        Picture::Bytes(_) => None,
    };
    (pictures.into_iter().filter_map(address).collect(), Vec::new())
}

/// Puts the pictures of a read aside while that is decided, and tells of them when they are on the disk. What is returned
/// comes when they are stored, and the read whose `commit` is given.
pub(super) fn follow(
    context: &DeviceContext,
    (id, name): (&Id, &str),
    message: String,
    pictures: Vec<(ImageShows, Picture)>,
    commit: Option<Commit>,
) -> Commit {
    let (told, all) = oneshot::channel();
    let (context, id, name) = (context.clone(), id.clone(), name.to_owned());
    tokio::spawn(async move {
        let images = keep(&context, (&id, &name), pictures).await;
        let mut commits: Vec<Commit> = commit.into_iter().collect();
        if !images.is_empty() {
            let input = Input::Device(DeviceEvent::Pictures { device_id: id, message, images });
            // Who has no way to the engine tells nobody, and the message comes again.
            let Ok(stored) = context.engine.post(input).await else { return };
            commits.push(stored);
        }
        let mut stored = Ok(Answer::Done);
        for commit in commits {
            let Ok(one) = commit.await else { return };
            stored = stored.and(one);
        }
        // Whoever waits no longer has given up by itself.
        let _ = told.send(stored);
    });
    all
}
