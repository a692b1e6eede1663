//! Openings decided and not yet answered: what a crash between commit and command leaves over, and what may still open
//! a barrier when nobody is to pass there any more.

use super::{StoreError, Transaction, column, millis};
use crate::standard::id::Id;
use jiff::Timestamp;

/// An opening whose device has not answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingActuation {
    /// The command's id, the same in every repetition.
    pub id: String,
    /// The lane whose barrier it opens.
    pub lane_id: Id,
    /// When it was decided.
    pub decided_at: Timestamp,
    /// How far it has come.
    pub state: ActuationState,
}

impl PendingActuation {
    fn is_given_up(&self) -> bool {
        self.state == ActuationState::GivenUp
    }

    /// Whether both are one row.
    fn is(&self, other: &Self) -> bool {
        let row = |one: &Self| (one.is_given_up(), one.decided_at.as_millisecond());
        self.id == other.id && row(self) == row(other)
    }
}

/// How far an opening has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ActuationState {
    /// It has not left, because its device could not be reached.
    Unsent,
    /// Its device had no time for it.
    Busy,
    /// It has left.
    Sent,
    /// It has left, and the car it was for stands there no more: it may still open.
    GivenUp,
}

impl ActuationState {
    fn word(self) -> &'static str {
        match self {
            Self::Unsent => "unsent",
            Self::Busy => "busy",
            Self::Sent => "sent",
            Self::GivenUp => "given up",
        }
    }

    fn from_word(word: &str) -> Option<Self> {
        const ALL: [ActuationState; 4] = [
            ActuationState::Unsent,
            ActuationState::Busy,
            ActuationState::Sent,
            ActuationState::GivenUp,
        ];
        ALL.into_iter().find(|state| state.word() == word)
    }
}

const COLUMNS: &str = "id, lane_id, decided_at, state";

/// The car it was for stands there no more.
const GIVEN_UP: &str = "given_up = 1";

impl Transaction<'_> {
    /// Notes an opening that leaves after the commit.
    pub fn add_actuation(&self, id: &str, lane_id: &Id, now: Timestamp) -> Result<(), StoreError> {
        let sql = "INSERT INTO actuation (lane_id, given_up, decided_at, id, state)
                   VALUES (?1, 0, ?2, ?3, 'sent')";
        let at = now.as_millisecond();
        self.change_openings(lane_id, sql, (lane_id, at, id), |openings| {
            openings.push(PendingActuation {
                id: id.to_owned(),
                lane_id: lane_id.clone(),
                decided_at: millis(at),
                state: ActuationState::Sent,
            });
            openings.sort_by(|one, other| {
                (other.decided_at, &other.id).cmp(&(one.decided_at, &one.id))
            });
        })
    }

    /// Writes, and knows from then on what a lane's openings are.
    fn change_openings(
        &self,
        lane_id: &Id,
        sql: &str,
        row: impl rusqlite::Params,
        change: impl FnOnce(&mut Vec<PendingActuation>),
    ) -> Result<(), StoreError> {
        let known = self.kept.openings.take(lane_id.as_str());
        self.execute_of(Some(lane_id.as_str()), sql, row)?;
        if let Some(mut openings) = known {
            change(&mut openings);
            self.kept.openings.put(lane_id.as_str(), openings);
        }
        Ok(())
    }

    /// An unanswered opening of a lane.
    pub fn actuation(
        &self,
        lane_id: &Id,
        id: &str,
    ) -> Result<Option<PendingActuation>, StoreError> {
        self.among_openings(lane_id, |all| all.iter().find(|pending| pending.id == id).cloned())
    }

    /// The unanswered openings of a lane, the newest first.
    pub fn actuations_of(&self, lane_id: &Id) -> Result<Vec<PendingActuation>, StoreError> {
        self.among_openings(lane_id, <[PendingActuation]>::to_vec)
    }

    /// The unanswered openings of a lane that were not given up, the newest first.
    pub fn live_actuations_of(&self, lane_id: &Id) -> Result<Vec<PendingActuation>, StoreError> {
        self.among_openings(lane_id, |all| {
            all.iter().filter(|pending| !pending.is_given_up()).cloned().collect()
        })
    }

    /// What is to be found among the unanswered openings of a lane, the newest first.
    fn among_openings<T>(
        &self,
        lane_id: &Id,
        find: impl FnOnce(&[PendingActuation]) -> T,
    ) -> Result<T, StoreError> {
        self.kept.openings.among(lane_id.as_str(), find, || {
            let sql = format!(
                "SELECT {COLUMNS} FROM actuation WHERE lane_id = ?1
                 ORDER BY decided_at DESC, id DESC"
            );
            self.scan(&sql, [lane_id], pending)
        })
    }

    /// The lanes that have unanswered openings; each is found from the one before, so that what one of them has many of is
    /// not gone through.
    pub fn lanes_with_actuations(&self) -> Result<Vec<Id>, StoreError> {
        let sql = "WITH RECURSIVE lanes(lane_id) AS (SELECT (SELECT min(lane_id) FROM actuation) UNION ALL
                       SELECT (SELECT min(actuation.lane_id) FROM actuation WHERE actuation.lane_id > lanes.lane_id)
                       FROM lanes WHERE lane_id IS NOT NULL)
                   SELECT lane_id FROM lanes WHERE lane_id IS NOT NULL";
        self.scan(sql, [], |row| row.get(0))
    }

    /// All unanswered openings, the oldest first.
    pub fn actuations(&self) -> Result<Vec<PendingActuation>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM actuation ORDER BY decided_at, id");
        self.scan(&sql, [], pending)
    }

    /// Notes how far an opening has come.
    pub fn set_actuation(
        &self,
        pending: &PendingActuation,
        state: ActuationState,
    ) -> Result<(), StoreError> {
        let sql = "UPDATE actuation SET state = ?4, given_up = (?4 = 'given up')
                   WHERE lane_id = ?1 AND decided_at = ?2 AND id = ?3 AND given_up = ?5";
        let (at, before) = (pending.decided_at.as_millisecond(), pending.is_given_up());
        let row = (&pending.lane_id, at, &pending.id, state.word(), before);
        self.change_openings(&pending.lane_id, sql, row, |openings| {
            for one in openings.iter_mut().filter(|one| one.is(pending)) {
                one.state = state;
            }
        })
    }

    /// Strikes an opening: it was answered, or is too old to be of use.
    pub fn remove_actuation(&self, pending: &PendingActuation) -> Result<(), StoreError> {
        let sql = "DELETE FROM actuation
                   WHERE lane_id = ?1 AND decided_at = ?2 AND id = ?3 AND given_up = ?4";
        let (at, before) = (pending.decided_at.as_millisecond(), pending.is_given_up());
        let row = (&pending.lane_id, at, &pending.id, before);
        self.change_openings(&pending.lane_id, sql, row, |openings| {
            openings.retain(|one| !one.is(pending));
        })
    }

    /// Strikes openings of a lane that were given up, but for so many of the newest.
    pub fn forget_given_up_but(&self, lane_id: &Id, newest: usize) -> Result<(), StoreError> {
        let oldest = self.among_openings(lane_id, |all| {
            let mut given_up = all.iter().filter(|pending| pending.is_given_up());
            let last = given_up.by_ref().take(newest).last().map(|pending| pending.decided_at);
            given_up.next().and(last)
        })?;
        oldest.map_or(Ok(()), |oldest| self.forget_given_up(lane_id, oldest))
    }

    /// Strikes openings of a lane that were given up and are older than that.
    pub fn forget_given_up(&self, lane_id: &Id, before: Timestamp) -> Result<(), StoreError> {
        let before = before.as_millisecond();
        let is_old =
            |one: &PendingActuation| one.is_given_up() && one.decided_at.as_millisecond() < before;
        if !self.among_openings(lane_id, |all| all.iter().any(is_old))? {
            return Ok(());
        }
        let sql =
            format!("DELETE FROM actuation WHERE lane_id = ?1 AND {GIVEN_UP} AND decided_at < ?2");
        self.change_openings(lane_id, &sql, (lane_id, before), |openings| {
            openings.retain(|one| !is_old(one));
        })
    }
}

fn pending(row: &rusqlite::Row<'_>) -> rusqlite::Result<PendingActuation> {
    Ok(PendingActuation {
        id: row.get(0)?,
        lane_id: row.get::<_, String>(1)?.into(),
        decided_at: millis(row.get(2)?),
        state: column::text(row, 3, "how far an opening has come", ActuationState::from_word)?,
    })
}
