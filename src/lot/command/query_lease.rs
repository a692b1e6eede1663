//! 6009: the lease of a plate (tables 86 and 87).

use super::{Answered, Done, refuse};
use crate::lot::case::Case;
use crate::lot::rights::lease;
use crate::standard::codes::ErrorCode;
use crate::standard::entities::LeaseQuery;
use serde_json::json;

pub(super) fn carry_out(case: &mut Case<'_>, query: &LeaseQuery) -> Done {
    match lease::of_plate(case, query.plate_no.as_str())? {
        Some(lease) => {
            let lease = lease::as_reported(case, &lease)?;
            Ok(Answered::told(vec![json!({ "lease": lease })]))
        }
        None => Err(refuse(ErrorCode::NO_LEASE, "plateNo").into()),
    }
}
