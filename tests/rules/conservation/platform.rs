//! What the platform would know of the lot by now: every report, read as its tables say.

use crate::prelude::*;
use lotgate::sim::platform::ledger::{Ledger, Stay};
pub use lotgate::sim::platform::ledger::{fen, id, text};
use lotgate::store::Reader;
use std::collections::BTreeMap;
use std::ops::Deref;

/// The platform's books, and what has come in this phase.
#[derive(Default)]
pub struct Platform {
    last_seq: i64,
    pub fresh: Vec<(u16, Value)>,
    ledger: Ledger,
}

impl Deref for Platform {
    type Target = Ledger;

    fn deref(&self) -> &Ledger {
        &self.ledger
    }
}

impl Platform {
    /// Reads what has been queued since the look before.
    pub fn gather(&mut self, reader: &Reader) {
        let pending = |urgency: &Urgency| reader.pending(*urgency, self.last_seq, 10_000).unwrap();
        let rows: BTreeMap<_, _> =
            Urgency::ALL.iter().flat_map(pending).map(|row| (row.seq, row)).collect();
        self.last_seq = rows.keys().next_back().copied().unwrap_or(self.last_seq);
        for row in rows.into_values() {
            let body: Value = serde_json::from_str(&row.body).unwrap();
            self.ledger.take(row.code, &body);
            self.fresh.push((row.code, body));
        }
    }
}

pub fn leave_time(stay: &Stay) -> Option<Timestamp> {
    moment(&stay.newest["leaveTime"])
}

pub fn enter_time(stay: &Stay) -> Option<Timestamp> {
    moment(&stay.newest["enterTime"])
}

pub fn moment(local: &Value) -> Option<Timestamp> {
    let text = text(local)?;
    zone().to_timestamp(text.replace(' ', "T").parse().ok()?).ok()
}
