//! What is known of each lane beyond its cars: its barrier, what staff set, what 5011 said last.

use super::{StoreError, Transaction, column, millis};
use crate::standard::codes::LaneState;
use crate::standard::id::Id;
use jiff::Timestamp;
use std::collections::BTreeSet;

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
    /// Whose the loop's next word is.
    pub loop_use: LoopUse,
    /// The car that went over the loop last.
    pub passed: Option<LoopPassage>,
    /// When it was opened by hand for nobody we know, who has not gone over the loop yet.
    pub opened_for_anybody: Option<Timestamp>,
    /// Since when the loop is taken.
    pub loop_taken_at: Option<Timestamp>,
}

/// Whose the next word of a lane's loop is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LoopUse {
    /// Of whoever was let pass.
    Counted,
    /// It is still taken by a car whose passage, out or in, is settled.
    Settled {
        /// It goes out.
        leaves: bool,
    },
    /// It is taken for longer than any car takes, and is not believed until it is free again.
    Stuck,
}

/// A car that went over a lane's loop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LoopPassage {
    /// When.
    pub at: Timestamp,
    /// It went out.
    pub leaves: bool,
}

impl LoopUse {
    const WORDS: [(Self, &'static str); 4] = [
        (Self::Counted, "counted"),
        (Self::Settled { leaves: false }, "settled in"),
        (Self::Settled { leaves: true }, "settled out"),
        (Self::Stuck, "stuck"),
    ];

    fn word(self) -> &'static str {
        Self::WORDS.iter().find(|(one, _)| *one == self).map_or("counted", |(_, word)| word)
    }

    fn from_word(word: &str) -> Option<Self> {
        Self::WORDS.iter().find(|(_, one)| *one == word).map(|(one, _)| *one)
    }
}

impl Transaction<'_> {
    /// A lane's condition; normal until told otherwise.
    pub fn lane_condition(&self, lane_id: &str) -> Result<LaneCondition, StoreError> {
        let sql = "SELECT reported, barrier_faulty, stopped_by, held_open, up_by, loop_use, passed_at,
                          passed_leaving, opened_for_anybody, loop_taken_at FROM lane WHERE id = ?1";
        let read = |row: &rusqlite::Row<'_>| {
            let moment =
                |place| Ok::<_, rusqlite::Error>(row.get::<_, Option<i64>>(place)?.map(millis));
            let leaves = row.get(7)?;
            Ok(LaneCondition {
                reported: column::number(row, 0, "a state of a lane", LaneState::from_number)?,
                barrier_faulty: row.get(1)?,
                stopped_by: row.get(2)?,
                held_open: row.get(3)?,
                up_by: moment(4)?,
                loop_use: column::text(row, 5, "a loop's use", LoopUse::from_word)?,
                passed: moment(6)?.map(|at| LoopPassage { at, leaves }),
                opened_for_anybody: moment(8)?,
                loop_taken_at: moment(9)?,
            })
        };
        self.kept.conditions.or(lane_id, || {
            Ok(self.scan_one(sql, [lane_id], read)?.unwrap_or(LaneCondition {
                reported: LaneState::Normal,
                barrier_faulty: false,
                stopped_by: None,
                held_open: false,
                up_by: None,
                loop_use: LoopUse::Counted,
                passed: None,
                opened_for_anybody: None,
                loop_taken_at: None,
            }))
        })
    }

    /// Lanes that may stand otherwise than normal for what is told of themselves, their barriers or cars that wait there.
    /// There may be hundreds, of which nearly none is one.
    pub fn lanes_of_note(&self) -> Result<BTreeSet<Id>, StoreError> {
        let sql =
            "SELECT id FROM lane WHERE reported <> ?1 OR barrier_faulty OR stopped_by IS NOT NULL
             UNION SELECT lane_id FROM waiting
             UNION SELECT lane_id FROM put_aside WHERE why = 'ends-the-process' AND lane_id IS NOT NULL";
        Ok(self.scan(sql, [LaneState::Normal.number()], |row| row.get(0))?.into_iter().collect())
    }

    /// Lanes that staff have stopped.
    pub fn stopped_lanes(&self) -> Result<BTreeSet<Id>, StoreError> {
        let sql = "SELECT id FROM lane WHERE stopped_by IS NOT NULL";
        Ok(self.scan(sql, [], |row| row.get(0))?.into_iter().collect())
    }

    /// Lanes whose loop is taken.
    pub fn lanes_of_taken_loops(&self) -> Result<BTreeSet<Id>, StoreError> {
        let sql = "SELECT id FROM lane WHERE loop_taken_at IS NOT NULL";
        Ok(self.scan(sql, [], |row| row.get(0))?.into_iter().collect())
    }

    /// Lanes whose arm should be up by some moment, or whose barrier is at fault.
    pub fn lanes_of_awaited_barriers(&self) -> Result<BTreeSet<Id>, StoreError> {
        let sql = "SELECT id FROM lane WHERE up_by IS NOT NULL OR barrier_faulty";
        Ok(self.scan(sql, [], |row| row.get(0))?.into_iter().collect())
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
                   (id, reported, barrier_faulty, stopped_by, held_open, up_by, loop_use, passed_at,
                    passed_leaving, opened_for_anybody, loop_taken_at)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)";
        let millisecond = |moment: Option<Timestamp>| moment.map(Timestamp::as_millisecond);
        let row = (
            lane_id,
            condition.reported.number(),
            condition.barrier_faulty,
            &condition.stopped_by,
            condition.held_open,
            millisecond(condition.up_by),
            condition.loop_use.word(),
            millisecond(condition.passed.map(|passed| passed.at)),
            condition.passed.is_some_and(|passed| passed.leaves),
            millisecond(condition.opened_for_anybody),
            millisecond(condition.loop_taken_at),
        );
        self.execute_of(Some(lane_id), sql, row)?;
        Ok(())
    }
}
