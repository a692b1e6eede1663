//! Visitors' passes given by staff and withdrawn.

use super::Done;
use crate::lot::case::Case;
use crate::lot::rights::visitor;
use crate::model::happening::Happening;
use crate::model::merchant::NewPass;
use crate::model::staff::Refusal;
use crate::standard::id::Id;
use crate::store::{PassTime, VisitorPass};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

/// Passes and coupons end within so many days.
pub(super) const DAYS_AHEAD: i64 = 366;

/// Passes that are not over a plate may have at once.
const PASSES_OF_PLATE: usize = 20;

pub(super) fn give(case: &mut Case<'_>, id: &Id, operator: &str, new: &NewPass) -> Done {
    if case.tx.pass(id)?.is_some() {
        return Err(Refusal::IdUsed.into());
    }
    within_time(case, new.from, new.until)?;
    for plate_no in &new.plates {
        if case.tx.passes_of(plate_no.as_str(), case.now)?.len() >= PASSES_OF_PLATE {
            return Err(Refusal::TooMany { max: PASSES_OF_PLATE }.into());
        }
    }
    let mut plates: Vec<String> = new.plates.iter().map(ToString::to_string).collect();
    plates.sort();
    plates.dedup();
    let pass = VisitorPass {
        number: 0,
        id: id.clone(),
        plates,
        time: PassTime { begins: new.from, ends: new.until, free: new.free, withdrawn_at: None },
        reason: new.reason.clone(),
        given_by: operator.to_owned(),
        given_at: case.now,
    };
    case.tx.add_pass(&pass)?;
    case.tell(Happening::PassGiven { plates: pass.plates.join(" "), by: operator.to_owned() });
    may_pass(case, &pass);
    Ok(json!({ "status": "given", "passId": pass.id, "plateNoList": pass.plates }))
}

/// What was free until now stays free.
pub(super) fn withdraw(case: &mut Case<'_>, pass_id: &Id, operator: &str) -> Done {
    let pass = case.tx.pass(pass_id)?.ok_or(Refusal::NoPass)?;
    if visitor::is_over(&pass.time, case.now) {
        return Err(Refusal::PassOver.into());
    }
    case.tx.withdraw_pass(pass_id, case.now)?;
    case.tell(Happening::PassWithdrawn { plates: pass.plates.join(" "), by: operator.to_owned() });
    may_pass(case, &pass);
    Ok(json!({ "status": "withdrawn", "passId": pass.id, "plateNoList": pass.plates }))
}

/// Whoever of them waits is looked at again.
fn may_pass(case: &mut Case<'_>, pass: &VisitorPass) {
    for plate_no in &pass.plates {
        case.may_pass(plate_no);
    }
}

/// Whether a pass or a coupon may be from one moment to another.
pub(super) fn within_time(
    case: &Case<'_>,
    from: Timestamp,
    until: Timestamp,
) -> Result<(), Refusal> {
    if until <= case.now {
        return Err(Refusal::AlreadyOver);
    }
    if until <= from {
        return Err(Refusal::EndsBeforeItBegins);
    }
    let latest = case.now.checked_add(SignedDuration::from_hours(DAYS_AHEAD * 24));
    if latest.is_ok_and(|latest| until > latest) {
        return Err(Refusal::TooFar { days: DAYS_AHEAD });
    }
    Ok(())
}
