//! Stays that began or ended in a lane where no loop saw the car through: whether it has truly gone, only its being
//! read there again can tell.

use super::{StoreError, Transaction, column, millis};
use crate::model::event::Heading;
use crate::standard::id::Id;
use jiff::Timestamp;

/// A stay's beginning or end that no loop saw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnseenPassage {
    /// The car's plate.
    pub plate_no: String,
    /// The lane.
    pub lane_id: Id,
    /// The stay.
    pub record_id: Id,
    /// Whether it has ended, else begun.
    pub leaves: bool,
    /// Which way the car drove as the camera saw it.
    pub heading: Option<Heading>,
    /// What was read there in place of its plate.
    pub read_as: Option<String>,
    /// Whether somebody took the responsibility for it.
    pub by_hand: bool,
    /// When.
    pub at: Timestamp,
}

const COLUMNS: &str = "plate_no, lane_id, record_id, leaves, heading, read_as, by_hand, at";

impl Transaction<'_> {
    /// The last such passage of a plate, or of what was read in its place.
    pub fn unseen_passage(&self, plate_no: &str) -> Result<Option<UnseenPassage>, StoreError> {
        // Asked several times with every car. To sort them the database would make a table of its own.
        let sql = format!(
            "SELECT {COLUMNS} FROM unseen_passage WHERE plate_no = ?1
             UNION ALL SELECT {COLUMNS} FROM unseen_passage WHERE read_as = ?1"
        );
        let found = self.scan(&sql, [plate_no], unseen_passage)?;
        Ok(found.into_iter().max_by_key(|passage| passage.at))
    }

    /// The last such passage in a lane.
    pub fn last_unseen_passage_in(
        &self,
        lane_id: &Id,
    ) -> Result<Option<UnseenPassage>, StoreError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM unseen_passage WHERE lane_id = ?1 ORDER BY at DESC LIMIT 1"
        );
        self.scan_one(&sql, [lane_id], unseen_passage)
    }

    /// Notes such a passage in place of the plate's last.
    pub fn set_unseen_passage(&self, passage: &UnseenPassage) -> Result<(), StoreError> {
        let sql = "INSERT OR REPLACE INTO unseen_passage
                   (plate_no, lane_id, record_id, leaves, heading, read_as, by_hand, at)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
        let UnseenPassage { plate_no, lane_id, record_id, leaves, heading, read_as, .. } = passage;
        let (heading, at) = (heading.map(Heading::word), passage.at.as_millisecond());
        let by_hand = passage.by_hand;
        let row = (plate_no, lane_id, record_id, leaves, heading, read_as, by_hand, at);
        self.execute(sql, row)?;
        Ok(())
    }

    /// The car of such a passage has another plate than it was read by.
    pub fn rename_unseen_passage(&self, record_id: &Id, after: &str) -> Result<(), StoreError> {
        let sql = "UPDATE OR REPLACE unseen_passage SET plate_no = ?2, read_as = plate_no
                   WHERE record_id = ?1 AND plate_no <> ?2";
        self.execute(sql, (record_id, after))?;
        Ok(())
    }

    /// The car has truly gone, or is elsewhere by now.
    pub fn forget_unseen_passage(&self, plate_no: &str) -> Result<(), StoreError> {
        self.execute("DELETE FROM unseen_passage WHERE plate_no = ?1", [plate_no])?;
        Ok(())
    }

    /// Such passages before a moment say nothing any more.
    pub fn forget_unseen_passages_before(&self, moment: Timestamp) -> Result<(), StoreError> {
        self.execute("DELETE FROM unseen_passage WHERE at < ?1", [moment.as_millisecond()])?;
        Ok(())
    }
}

fn unseen_passage(row: &rusqlite::Row<'_>) -> rusqlite::Result<UnseenPassage> {
    Ok(UnseenPassage {
        plate_no: row.get(0)?,
        lane_id: row.get(1)?,
        record_id: row.get(2)?,
        leaves: row.get(3)?,
        heading: column::optional(row, 4, |row, at| {
            column::text(row, at, "a heading", Heading::from_word)
        })?,
        read_as: row.get(5)?,
        by_hand: row.get(6)?,
        at: millis(row.get(7)?),
    })
}
