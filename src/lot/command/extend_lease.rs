//! 6010: a lease goes on (tables 88 and 89). What is sent replaces the lease of the same plates unless a
//! newer form is known, and is reported as 5012.

use super::super::lease::{self, Replaced};
use super::super::reports::Reporter;
use super::super::{LotError, Outcome, passage};
use super::{Answer, Step};
use crate::standard::codes::ErrorCode;
use crate::standard::entities::LeaseExtension;
use serde_json::json;

pub(super) fn carry_out(
    step: &Step<'_, '_>,
    LeaseExtension { lease: sent }: &LeaseExtension,
    out: &mut Outcome,
) -> Result<Answer, LotError> {
    let Step { tx, context, .. } = *step;
    if sent.plate_no_list.is_empty() || sent.space_no_list.is_empty() {
        return Ok(step.refuse(ErrorCode::NAMING, "plateNoList, spaceNoList: empty"));
    }
    if sent.begin_date > sent.end_date {
        return Ok(step.refuse(ErrorCode::OUT_OF_RANGE, "endDate < beginDate"));
    }
    let lease = lease::stored(sent);
    if lease::replace(tx, &lease)? == Replaced::Yes {
        Reporter::new(tx, context).lease(sent, &lease.key, false, out)?;
        for plate_no in &lease.plates {
            passage::reconsider_plate(tx, context, out, plate_no)?;
        }
    }
    let reply = json!({ "id": sent.id });
    Ok(Answer::done(sent.id.as_str(), "extend", Some(reply)))
}
