//! A picture that a camera took: where it is to be fetched and whose it is, and what all of them begin with.

use crate::standard::id::Id;

/// Whether bytes begin as every JPEG does: what else is inside only who decodes it knows.
pub fn begins_as_jpeg(bytes: &[u8]) -> bool {
    bytes.starts_with(b"\xff\xd8\xff")
}

/// Where a picture is to be fetched, and whose it is, as one text: what a camera names by its address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PictureAddress<'a> {
    /// What the camera named.
    pub url: &'a str,
    /// The camera; none in texts of before it was noted.
    pub device: Option<Id>,
}

impl<'a> PictureAddress<'a> {
    /// The text for an address that a camera named. A part of the address behind `#` is for nobody.
    pub fn text(url: &str, device: &Id) -> String {
        let url = url.split('#').next().unwrap_or_default();
        format!("{url}#{device}")
    }

    /// Reads such a text; none for a file.
    pub fn read(place: &'a str) -> Option<Self> {
        if !place.starts_with("http://") && !place.starts_with("https://") {
            return None;
        }
        let (url, device) = place.split_once('#').unwrap_or((place, ""));
        Some(Self { url, device: (!device.is_empty()).then(|| Id::from(device)) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whose_picture_it_is_is_never_what_a_camera_writes() {
        let camera = Id::from("a1dc1d9fccdc441fb6238fb43faba901");
        let place = PictureAddress::text("http://192.0.2.9/a.jpg#a1dc#b", &camera);
        let read = PictureAddress::read(&place).unwrap();
        assert_eq!((read.url, read.device), ("http://192.0.2.9/a.jpg", Some(camera)));
        let before = PictureAddress::read("https://192.0.2.9/a.jpg").unwrap();
        assert_eq!((before.url, before.device), ("https://192.0.2.9/a.jpg", None));
        assert_eq!(PictureAddress::read("a1dc1d9f.jpg"), None);
    }
}
