//! Base data (3001–3005): sent when the platform has not acknowledged their present form.

use super::{Context, LotError, Outcome};
use crate::standard::report::{Report, form_of};
use crate::store::{Transaction, Urgency};

/// Queues those of `present` whose form differs from what the platform acknowledged last, in the order
/// given: the lot before its entrances, entrances before their devices.
pub fn announce(
    tx: &Transaction<'_>,
    context: Context<'_>,
    present: &[Report],
) -> Result<Outcome, LotError> {
    let mut out = Outcome::default();
    for report in present {
        let subject = format!("base:{}:{}", report.code, report.key);
        let form = form_of(&report.body);
        if tx.acknowledged_form(report.code, &report.key)?.as_ref() == Some(&form) {
            tx.withdraw(&subject)?;
        } else if tx.waiting_body(&subject)?.is_none_or(|waiting| form_of(&waiting) != form) {
            tx.queue(report, &subject, Urgency::BaseData, context.now)?;
            out.reported = true;
        }
    }
    Ok(out)
}
