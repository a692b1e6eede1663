//! What a report is about: reports of one subject leave in the order they were queued, and of states only
//! the newest counts. One place for the keys, so that two rooms never spell the same thing differently.

use crate::standard::id::Id;

/// Everything about one parking record.
pub fn record(record_id: &Id) -> String {
    format!("record:{record_id}")
}

/// Asking for a record's payment.
pub fn order(record_id: &Id) -> String {
    format!("order:{record_id}")
}

/// How a lane stands.
pub fn lane(lane_id: &Id) -> String {
    format!("lane:{lane_id}")
}

/// Whether a device is there.
pub fn device(device_id: &Id) -> String {
    format!("device:{device_id}")
}

/// One event.
pub fn event(event_id: &Id) -> String {
    format!("event:{event_id}")
}

/// How a garage runs.
pub fn garage(garage_code: &str) -> String {
    format!("garage:{garage_code}")
}

/// What is free in the garages.
pub const GARAGE_SPACES: &str = "garage-spaces";

/// How much of the lot is taken.
pub const COUNTS: &str = "counts";

/// How a numbered space stands.
pub fn space(space_no: &str) -> String {
    format!("space:{space_no}")
}

/// The lease of these plates.
pub fn lease(key: &str) -> String {
    format!("lease:{key}")
}

/// One piece of base data.
pub fn base_data(code: u16, key: &str) -> String {
    format!("base:{code}:{key}")
}
