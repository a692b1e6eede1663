//! The bounds of the queue: what goes when they are reached, and that it is said. Images go first, then
//! states; records and money never.

use crate::lot::case::Case;
use crate::lot::report;
use crate::model::event_kind::EventKind;
use crate::model::happening::Happening;
use crate::model::remark::Remark;
use crate::standard::codes::EventLevel;
use crate::store::StoreError;

/// Images or states removed at one look.
const AT_ONCE: i64 = 500;

/// Looks at the queue; `free_disk` is what is free, where that is known.
pub fn enforce(case: &mut Case<'_>, free_disk: Option<u64>) -> Result<(), StoreError> {
    let (bounds, counts) = (case.rules.bounds, case.tx.queue_counts()?);
    let bytes = counts.bytes.saturating_add(case.tx.image_bytes()?);
    let full = counts.pending.saturating_add(counts.dead) >= bounds.max_rows
        || bytes >= bounds.max_bytes
        || free_disk.is_some_and(|free| free < bounds.min_free_disk);
    if full {
        make_room(case)?;
    }
    if case.tx.set_queue_full(full)? {
        let (pending, bytes) = (counts.pending, counts.bytes);
        if full {
            let (id, remark) = (&case.rules.equipment_id, Remark::QueueFull { pending, bytes });
            let kind = (EventKind::Queue, EventLevel::Fault);
            report::device_event(case, kind, id, &remark, None)?;
        }
        case.tell(Happening::QueueFull { full, pending, bytes });
    }
    Ok(())
}

fn make_room(case: &mut Case<'_>) -> Result<(), StoreError> {
    let places = case.tx.evict_images(AT_ONCE)?;
    let images = places.len();
    for place in places {
        // Struck from the table alone it makes no room.
        if !is_address(&place) && !case.tx.is_wanted(&place)? {
            case.out.unwanted.push(place);
        }
    }
    // States go only when there are no more images to give.
    let states = if images == 0 { case.tx.evict_states(AT_ONCE)? } else { 0 };
    if images > 0 || states > 0 {
        case.tell(Happening::Evicted { images, states });
    }
    Ok(())
}

/// Whether an image is yet to be fetched from its camera.
fn is_address(place: &str) -> bool {
    place.starts_with("http://") || place.starts_with("https://")
}
