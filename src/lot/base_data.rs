//! Base data (3001–3005, 8001): sent when the platform has not acknowledged their present form, and taken
//! back (state 2) when something has left the configuration.

use super::{Context, LotError, Outcome};
use crate::standard::canonical::canonical;
use crate::standard::report::{Report, form_of};
use crate::store::{KnownBaseData, Transaction, Urgency};
use serde_json::Value;

/// Queues what the platform does not know in its present form, in the configuration's order: the lot
/// before its entrances, entrances before their devices; then what is no longer there, devices before
/// entrances.
pub fn announce(tx: &Transaction<'_>, context: Context<'_>) -> Result<Outcome, LotError> {
    let mut out = Outcome::default();
    let present = &context.rules.base_data;
    for report in present {
        announce_one(tx, context, report, &mut out)?;
    }
    for known in tx.known_base_data()? {
        let still_there =
            present.iter().any(|report| report.code == known.code && report.key == known.key);
        if let Some(deletion) = deletion(&known).filter(|_| !still_there) {
            announce_one(tx, context, &deletion, &mut out)?;
        }
    }
    Ok(out)
}

fn announce_one(
    tx: &Transaction<'_>,
    context: Context<'_>,
    report: &Report,
    out: &mut Outcome,
) -> Result<(), LotError> {
    let subject = format!("base:{}:{}", report.code, report.key);
    let form = form_of(&report.body);
    if tx.acknowledged_form(report.code, &report.key)?.as_ref() == Some(&form) {
        tx.withdraw(&subject)?;
    } else if tx.waiting_body(&subject)?.is_none_or(|waiting| form_of(&waiting) != form) {
        tx.queue(report, &subject, Urgency::BaseData, context.now)?;
        out.reported = true;
    }
    Ok(())
}

/// The report that takes a piece back; none for interfaces that know no state (3005).
fn deletion(known: &KnownBaseData) -> Option<Report> {
    let mut body: Value = serde_json::from_str(&known.body).ok()?;
    *body.get_mut("state")? = 2.into();
    Some(Report { code: known.code, key: known.key.clone(), body: canonical(&body) })
}
