//! Pictures that cameras send inside their messages, put into the folder of images. What becomes of
//! them is the lot's to say; files nobody wants are swept away by the uploader.

use super::makes::codec::Picture;
use crate::model::event::{ImageShows, ReadImage};
use crate::model::picture::PictureAddress;
use crate::private_files;
use crate::standard::MAX_BYTES;
use crate::standard::id::Id;
use std::path::{Path, PathBuf};

/// Keeps pictures; one that cannot be kept is left out, the lane goes on.
pub async fn keep(
    folder: &Path,
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
            Picture::Bytes(bytes) => match write(folder.to_owned(), bytes).await {
                Ok((place, bytes)) => kept.push(ReadImage { shows, place, bytes }),
                Err(error) => fault = Some(error),
            },
        }
    }
    (kept, fault)
}

async fn write(folder: PathBuf, bytes: Vec<u8>) -> std::io::Result<(String, i64)> {
    let name = format!("{}.jpg", Id::random());
    let size = i64::try_from(bytes.len()).unwrap_or(i64::MAX);
    let path = folder.join(&name);
    let writing = tokio::task::spawn_blocking(move || {
        private_files::make_folder(&folder)?;
        private_files::write(&path, &bytes)
    });
    writing.await.unwrap_or_else(|error| Err(std::io::Error::other(error)))?;
    Ok((name, size))
}
