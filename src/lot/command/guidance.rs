//! 9001: what signs in the neighbourhood shall show (tables 101 and 102).

use super::{Answered, Done};
use crate::foreign::json::canonical;
use crate::lot::case::Case;
use crate::lot::guidance;
use serde_json::{Map, Value, json};

pub(super) fn carry_out(case: &mut Case<'_>, element: &Map<String, Value>) -> Done {
    let park_code = element.get("parkCode").and_then(Value::as_str).unwrap_or_default();
    guidance::keep(case, park_code, canonical(&element.clone().into()))?;
    let reply = json!({ "parkCode": park_code });
    Ok(Answered::done(park_code, "push", Some(reply)))
}
