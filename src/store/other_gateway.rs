//! Another gateway of the lot: when it was about and drove, and the cars that were held for their money meanwhile. It takes that
//! and lets them out; nothing tells this one but that they are gone.

use super::{ParkingRecord, StoreError, Transaction, millis};
use crate::standard::id::Id;
use jiff::Timestamp;

/// Until when another gateway did something, as far as is known; long ago where none ever did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OtherGateway {
    /// It was about.
    pub about: Timestamp,
    /// It drove, and this one stood back.
    pub drove: Timestamp,
}

impl Transaction<'_> {
    /// When another gateway was about and drove last, as it was noted when that ended.
    pub fn other_gateway(&self) -> Result<OtherGateway, StoreError> {
        let sql = "SELECT about, drove FROM other_gateway";
        let read = |row: &rusqlite::Row<'_>| {
            Ok(OtherGateway { about: millis(row.get(0)?), drove: millis(row.get(1)?) })
        };
        let long_ago = OtherGateway { about: millis(0), drove: millis(0) };
        let ask = || Ok(self.row(sql, [], read)?.unwrap_or(long_ago));
        self.kept.other_gateway.or("", ask)
    }

    /// Notes that.
    pub fn set_other_gateway(&self, other: OtherGateway) -> Result<(), StoreError> {
        let sql = "INSERT OR REPLACE INTO other_gateway VALUES (1, ?1, ?2)";
        self.execute(sql, (other.about.as_millisecond(), other.drove.as_millisecond()))?;
        Ok(())
    }

    /// A car that stands at an exit, where it was read then, is another gateway's to let out.
    pub fn leave_to_another(&self, record_id: &Id, at: Timestamp) -> Result<(), StoreError> {
        let sql = "INSERT OR REPLACE INTO left_to_another (record_id, at) VALUES (?1, ?2)";
        self.execute(sql, (record_id, at.as_millisecond()))?;
        Ok(())
    }

    /// It is this gateway's own.
    pub fn take_from_another(&self, record_id: &Id) -> Result<(), StoreError> {
        self.execute("DELETE FROM left_to_another WHERE record_id = ?1", [record_id])?;
        Ok(())
    }

    /// The stays of such cars that have not ended and were read last before a moment.
    pub fn left_to_another_before(
        &self,
        moment: Timestamp,
    ) -> Result<Vec<ParkingRecord>, StoreError> {
        let sql = "SELECT record_id FROM left_to_another WHERE at < ?1";
        let ids: Vec<Id> = self.rows(sql, [moment.as_millisecond()], |row| row.get(0))?;
        let mut open = Vec::new();
        for id in ids {
            match self.open_record(&id)? {
                Some(record) => open.push(record),
                None => self.take_from_another(&id)?,
            }
        }
        Ok(open)
    }
}
