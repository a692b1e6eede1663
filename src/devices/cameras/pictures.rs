//! Pictures that cameras send inside their messages, put into the folder of images. What becomes of
//! them is the lot's to say; files nobody wants are swept away by the uploader.

use super::makes::codec::Picture;
use crate::devices::picture_folder::PictureFolder;
use crate::model::event::{ImageShows, ReadImage};
use crate::model::picture::PictureAddress;
use crate::standard::MAX_BYTES;
use crate::standard::id::Id;

/// Keeps pictures; one that cannot be kept is left out, the lane goes on. Those that are kept are on the disk.
pub async fn keep(
    folder: &PictureFolder,
    camera: &Id,
    pictures: Vec<(ImageShows, Picture)>,
) -> (Vec<ReadImage>, Option<std::io::Error>) {
    let (mut kept, mut fault) = (Vec::new(), None);
    for (shows, picture) in pictures {
        match picture {
            Picture::Address(url) => {
                let place = PictureAddress::text(&url, camera);
                kept.push(ReadImage { shows, place, bytes: 0 });
            }
            // Larger than a request may be (6.1.1 i): it could never be uploaded.
            Picture::Bytes(bytes) if bytes.is_empty() || bytes.len() > MAX_BYTES => {}
            Picture::Bytes(bytes) => match folder.keep(bytes).await {
                Ok((place, bytes)) => kept.push(ReadImage { shows, place, bytes }),
                Err(error) => fault = Some(error),
            },
        }
    }
    (kept, fault)
}
