//! The bounds of the queue: what goes when they are reached, and that it is said. Images go first, then
//! states; records and money never.

use super::reports::Reporter;
use super::{Context, LotError, Outcome};
use crate::happening::Happening;
use crate::store::Transaction;

/// Images or states removed at one look.
const AT_ONCE: i64 = 500;

/// What may wait and what must stay free.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// Rows that may wait.
    pub max_rows: i64,
    /// Bytes they may take.
    pub max_bytes: i64,
    /// Bytes that must stay free on the disk.
    pub min_free_disk: u64,
}

/// Looks at the queue; `free_disk` is what is free, where that is known.
pub fn keep(
    tx: &Transaction<'_>,
    context: Context<'_>,
    free_disk: Option<u64>,
) -> Result<Outcome, LotError> {
    let mut out = Outcome::default();
    let (bounds, counts) = (context.rules.bounds, tx.queue_counts()?);
    let bytes = counts.bytes + tx.image_bytes()?;
    let full = counts.pending + counts.dead >= bounds.max_rows
        || bytes >= bounds.max_bytes
        || free_disk.is_some_and(|free| free < bounds.min_free_disk);
    if full {
        let images = tx.evict_images(AT_ONCE)?;
        // States go only when there are no more images to give.
        let states = if images == 0 { tx.evict_states(AT_ONCE)? } else { 0 };
        if images + states > 0 {
            out.tell(Happening::Evicted { images, states });
        }
    }
    if tx.set_queue_full(full)? {
        if full {
            let remark = format!("上报队列已达上限：{} 条，{} 字节", counts.pending, counts.bytes);
            let (reporter, id) = (Reporter::new(tx, context), &context.rules.equipment_id);
            reporter.device_event(id, 2, &remark, None, &mut out)?;
        }
        out.tell(Happening::QueueFull { full, pending: counts.pending, bytes: counts.bytes });
    }
    Ok(out)
}
