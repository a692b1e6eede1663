//! Base data (3001–3005, 8001): sent when the platform has not acknowledged their present form, and taken
//! back (state 2) when something has left the configuration.

use super::subject;
use crate::foreign::json::canonical;
use crate::lot::case::Case;
use crate::standard::codes::Standing;
use crate::standard::report::{Report, form_of};
use crate::store::{KnownBaseData, StoreError, Urgency};
use serde_json::Value;
use std::collections::BTreeSet;

/// Queues what the platform does not know in its present form, in the configuration's order: the lot
/// before its entrances, entrances before their devices; then what is no longer there, devices before
/// entrances.
pub fn announce(case: &mut Case<'_>) -> Result<(), StoreError> {
    let present = &case.rules.base_data;
    let any_waits = case.tx.any_base_data_waits()?;
    for report in present {
        announce_one(case, report, any_waits)?;
    }
    // What waits may have reached the platform, its answer lost.
    let present: BTreeSet<(u16, &str)> =
        present.iter().map(|report| (report.code, report.key.as_str())).collect();
    let is_gone = |code: u16, key: &str| !present.contains(&(code, key));
    let gone = case.tx.known_base_data(is_gone)?.into_iter();
    for known in gone.chain(case.tx.waiting_base_data(is_gone)?) {
        if let Some(deletion) = deletion(&known) {
            announce_one(case, &deletion, true)?;
        }
    }
    Ok(())
}

/// The platform has taken a piece: it knows it in this form, or no longer knows it.
pub fn acknowledged(
    case: &mut Case<'_>,
    code: u16,
    key: &str,
    body: &str,
) -> Result<(), StoreError> {
    if is_deletion(body) {
        case.tx.forget_base_data(code, key)
    } else {
        case.tx.set_acknowledged_form(code, key, &form_of(body), body)
    }
}

fn announce_one(case: &mut Case<'_>, report: &Report, any_waits: bool) -> Result<(), StoreError> {
    let subject = subject::base_data(report.code, &report.key);
    let form = form_of(&report.body);
    if case.tx.is_acknowledged_form(report.code, &report.key, &form)? {
        if any_waits {
            case.tx.withdraw(&subject)?;
        }
    } else if case.tx.waiting_body(&subject)?.is_none_or(|waiting| form_of(&waiting) != form) {
        case.tx.queue(report, &subject, Urgency::BaseData, case.now)?;
        case.out.reported = true;
    }
    Ok(())
}

/// The report that takes a piece back; none for interfaces that know no state (3005).
fn deletion(known: &KnownBaseData) -> Option<Report> {
    let mut body: Value = serde_json::from_str(&known.body).ok()?;
    *body.get_mut("state")? = Standing::Deleted.number().into();
    Some(Report { code: known.code, key: known.key.clone(), body: canonical(&body) })
}

fn is_deletion(body: &str) -> bool {
    let body: Option<Value> = serde_json::from_str(body).ok();
    let state = body.as_ref().and_then(|body| body.get("state")?.as_i64());
    state == Some(Standing::Deleted.number())
}
