//! Whether a camera's messages say what such a camera's say: else it beats on, and no car is ever read. For the tasks of cameras.

use super::makes::codec::{CameraMessage, CodecError};
use crate::devices::pointing::AtPointer;
use crate::devices::unread::Unread;
use crate::model::happening::Happening;

/// What a message held of a plate.
pub(super) fn found(decoded: &Result<CameraMessage, CodecError>) -> AtPointer {
    match decoded {
        Ok(CameraMessage::Plate(plate)) if plate.plate.is_some() => AtPointer::Held,
        Ok(CameraMessage::Plate(_)) => AtPointer::Empty,
        _ => AtPointer::Nothing,
    }
}

/// A message came: whether it is to be told that none can be read, or that one can. `elsewhere` is where a plate stands in a
/// message that has none where it belongs; what is no read is asked for that only where `reads_alone` come.
pub(super) fn look(
    unread: &mut Unread,
    decoded: Result<&CameraMessage, &CodecError>,
    reads_alone: bool,
    elsewhere: impl FnOnce() -> Option<String>,
) -> Option<Happening> {
    let may_be_a_read = match decoded {
        Ok(CameraMessage::Plate(plate)) if plate.plate.is_some() => return unread.read(),
        Err(error) => return unread.unreadable(&error.to_string()),
        Ok(CameraMessage::Plate(_)) => true,
        // Over a broker plates stand in what it says of its own list, too.
        Ok(CameraMessage::Other) => reads_alone,
        Ok(_) => false,
    };
    let place = may_be_a_read.then(elsewhere)??;
    unread.unreadable(&format!("a plate stands at {place}, where such a camera has none"))
}
