//! What is known of each lane beyond its cars: its barrier, what staff set, what 5011 said last.

use super::{StoreError, Transaction, column, millis};
use crate::standard::codes::LaneState;
use crate::standard::id::Id;
use jiff::Timestamp;

/// A lane's condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LaneCondition {
    /// The state reported last (table 69).
    pub reported: LaneState,
    /// The barrier did not answer or refused when it was commanded last.
    pub barrier_faulty: bool,
    /// Who of the staff stopped it.
    pub stopped_by: Option<String>,
    /// Staff hold its barrier open.
    pub held_open: bool,
    /// The arm should be up by then.
    pub up_by: Option<Timestamp>,
    /// The loop is still taken by a car whose passage is settled.
    pub loop_settled: bool,
    /// When a car went over the loop last.
    pub passed_at: Option<Timestamp>,
    /// It went out.
    pub passed_leaving: bool,
    /// When it was opened by hand for nobody we know, who has not gone over the loop yet.
    pub opened_for_anybody: Option<Timestamp>,
    /// Since when the loop is taken.
    pub loop_taken_at: Option<Timestamp>,
    /// It has been for longer than any car takes, and is not believed until it is free again.
    pub loop_stuck: bool,
}

impl Transaction<'_> {
    /// A lane's condition; normal until told otherwise.
    pub fn lane_condition(&self, lane_id: &str) -> Result<LaneCondition, StoreError> {
        let sql =
            "SELECT reported, barrier_faulty, stopped_by, held_open, up_by, loop_settled, passed_at,
                   opened_for_anybody, loop_taken_at, loop_stuck, passed_leaving FROM lane WHERE id = ?1";
        let known = self.row(sql, [lane_id], |row| {
            Ok(LaneCondition {
                reported: column::number(row, 0, "a state of a lane", LaneState::from_number)?,
                barrier_faulty: row.get(1)?,
                stopped_by: row.get(2)?,
                held_open: row.get(3)?,
                up_by: row.get::<_, Option<i64>>(4)?.map(millis),
                loop_settled: row.get(5)?,
                passed_at: row.get::<_, Option<i64>>(6)?.map(millis),
                opened_for_anybody: row.get::<_, Option<i64>>(7)?.map(millis),
                loop_taken_at: row.get::<_, Option<i64>>(8)?.map(millis),
                loop_stuck: row.get(9)?,
                passed_leaving: row.get(10)?,
            })
        })?;
        Ok(known.unwrap_or(LaneCondition {
            reported: LaneState::Normal,
            barrier_faulty: false,
            stopped_by: None,
            held_open: false,
            up_by: None,
            loop_settled: false,
            passed_at: None,
            opened_for_anybody: None,
            loop_taken_at: None,
            loop_stuck: false,
            passed_leaving: false,
        }))
    }

    /// Changes a lane's condition.
    pub fn change_lane(
        &self,
        lane_id: &Id,
        change: impl FnOnce(&mut LaneCondition),
    ) -> Result<(), StoreError> {
        let before = self.lane_condition(lane_id.as_str())?;
        let mut after = before.clone();
        change(&mut after);
        if after == before { Ok(()) } else { self.set_lane_condition(lane_id.as_str(), &after) }
    }

    fn set_lane_condition(
        &self,
        lane_id: &str,
        condition: &LaneCondition,
    ) -> Result<(), StoreError> {
        let sql = "INSERT OR REPLACE INTO lane
                   (id, reported, barrier_faulty, stopped_by, held_open, up_by, loop_settled, passed_at,
                    opened_for_anybody, loop_taken_at, loop_stuck, passed_leaving)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)";
        let row = (
            lane_id,
            condition.reported.number(),
            condition.barrier_faulty,
            &condition.stopped_by,
            condition.held_open,
            condition.up_by.map(Timestamp::as_millisecond),
            condition.loop_settled,
            condition.passed_at.map(Timestamp::as_millisecond),
            condition.opened_for_anybody.map(Timestamp::as_millisecond),
            condition.loop_taken_at.map(Timestamp::as_millisecond),
            condition.loop_stuck,
            condition.passed_leaving,
        );
        self.execute(sql, row)?;
        Ok(())
    }
}
