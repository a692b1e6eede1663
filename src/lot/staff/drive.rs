//! Somebody says that this gateway drives the lot, where another is there, too. It is told; whoever claims for it hears that.

use crate::lot::case::Case;
use crate::model::happening::Happening;
use serde_json::{Value, json};

/// It is this one.
pub(super) fn told(case: &mut Case<'_>, operator: &str, reason: &str) -> Value {
    case.tell(Happening::ToldToDrive { by: operator.to_owned(), reason: reason.to_owned() });
    json!({ "status": "drives" })
}
