//! What happens because time has passed: bookings end, counts fall due, lanes become congested.

use super::reports::Reporter;
use super::{Context, LotError, Outcome, booking, devices, garages, lanes, missions, passing};
use crate::store::Transaction;
use jiff::SignedDuration;

/// Counts are reported this often even when nothing changed (5003).
const COUNTS_AT_LEAST: SignedDuration = SignedDuration::from_mins(10);

/// Time has passed.
pub fn tick(tx: &Transaction<'_>, context: Context<'_>) -> Result<Outcome, LotError> {
    let mut out = booking::expire(tx, context)?;
    devices::expect_barriers(tx, context, &mut out)?;
    passing::expire(tx, context, &mut out)?;
    missions::tick(tx, context, &mut out)?;
    lanes::review_all(tx, context, &mut out)?;
    garages::remind(tx, context, &mut out)?;
    let reporter = Reporter::new(tx, context);
    let since = tx.counts_reported()?.map(|last| context.now.duration_since(last).abs());
    let due =
        since.is_none_or(|since| since >= COUNTS_AT_LEAST || since >= context.rules.counts_every);
    if due && (tx.counts_due()? || since.is_none_or(|since| since >= COUNTS_AT_LEAST)) {
        reporter.count_now(&mut out)?;
    }
    Ok(out)
}
