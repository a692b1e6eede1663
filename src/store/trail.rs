//! The trail: who did what cannot be taken back, and why.

use super::{ListedRow, StoreError, Transaction, column, millis};
use crate::model::put_aside::KeptAside;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Entries made before a moment, the oldest first.
pub(super) const PRUNE: &str = "DELETE FROM trail WHERE number IN (SELECT number FROM trail
    WHERE at < ?1 ORDER BY at LIMIT ?2)";

/// A report was thrown away.
const QUEUE_DROP: &str = "queue-drop";

/// Something that was put aside was thrown away.
const ASIDE_DROP: &str = "aside-drop";

/// Who did something, when and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deed {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub by: String,
    /// Why.
    pub reason: String,
}

/// A report that was thrown away: what it told of is not kept, since plates stand in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the names are the outbox's")]
pub struct DroppedReport {
    pub row: i64,
    pub code: u16,
    pub key: String,
}

impl From<ListedRow> for DroppedReport {
    fn from(row: ListedRow) -> Self {
        let ListedRow { seq, code, key, .. } = row;
        Self { row: seq, code, key }
    }
}

impl Transaction<'_> {
    /// Notes who threw a report away.
    pub fn note_dropped(&self, deed: &Deed, report: &DroppedReport) -> Result<(), StoreError> {
        let sql = "INSERT INTO trail (at, act, by, reason, what) VALUES (?1, ?2, ?3, ?4, ?5)";
        let (at, what) = (deed.at.as_millisecond(), serde_json::json!(report).to_string());
        self.execute(sql, (at, QUEUE_DROP, &deed.by, &deed.reason, what))?;
        Ok(())
    }

    /// Notes who threw away what was put aside.
    pub fn note_aside_dropped(&self, deed: &Deed, aside: &KeptAside) -> Result<(), StoreError> {
        let sql = "INSERT INTO trail (at, act, by, reason, what) VALUES (?1, ?2, ?3, ?4, ?5)";
        let KeptAside { number, what, .. } = aside;
        let what = serde_json::json!({ "number": number, "why": what.why.word(), "kind": what.kind.word(),
                                       "said": what.said, "body": what.body });
        let (at, what) = (deed.at.as_millisecond(), what.to_string());
        self.execute(sql, (at, ASIDE_DROP, &deed.by, &deed.reason, what))?;
        Ok(())
    }

    /// Reports that were thrown away, the newest first.
    pub fn dropped(&self, limit: u32) -> Result<Vec<(Deed, DroppedReport)>, StoreError> {
        let sql = "SELECT at, by, reason, what FROM trail WHERE act = ?1
                   ORDER BY number DESC LIMIT ?2";
        self.scan(sql, (QUEUE_DROP, limit), |row| {
            let at = millis(row.get(0)?);
            let deed = Deed { at, by: row.get(1)?, reason: row.get(2)? };
            Ok((deed, column::json(row, 3, "a report that was thrown away")?))
        })
    }
}
