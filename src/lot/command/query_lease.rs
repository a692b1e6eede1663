//! 6009: the lease of a plate (tables 86 and 87).

use super::super::{LotError, Outcome, lease};
use super::{Answer, Step};
use crate::standard::codes::ErrorCode;
use crate::standard::entities::LeaseQuery;
use serde_json::json;

pub(super) fn carry_out(
    step: &Step<'_, '_>,
    query: &LeaseQuery,
    _out: &mut Outcome,
) -> Result<Answer, LotError> {
    let Step { tx, context, .. } = *step;
    let shown = match lease::of_plate(tx, context, query.plate_no.as_str())? {
        Some(lease) => lease::present(tx, context, &lease)?,
        None => None,
    };
    Ok(match shown {
        Some(lease) => Answer::told(vec![json!({ "lease": lease })]),
        None => step.refuse(ErrorCode::NO_LEASE, "plateNo"),
    })
}
