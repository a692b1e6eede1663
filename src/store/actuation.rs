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

impl Transaction<'_> {
    /// Notes an opening that leaves after the commit.
    pub fn add_actuation(&self, id: &str, lane_id: &Id, now: Timestamp) -> Result<(), StoreError> {
        let sql = "INSERT INTO actuation (id, lane_id, decided_at) VALUES (?1, ?2, ?3)";
        self.execute(sql, (id, lane_id, now.as_millisecond()))?;
        Ok(())
    }

    /// An unanswered opening.
    pub fn actuation(&self, id: &str) -> Result<Option<PendingActuation>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM actuation WHERE id = ?1");
        self.row(&sql, [id], pending)
    }

    /// The unanswered openings of a lane, the newest first.
    pub fn actuations_of(&self, lane_id: &Id) -> Result<Vec<PendingActuation>, StoreError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM actuation WHERE lane_id = ?1 ORDER BY decided_at DESC, rowid DESC"
        );
        self.rows(&sql, [lane_id], pending)
    }

    /// All unanswered openings, the oldest first.
    pub fn actuations(&self) -> Result<Vec<PendingActuation>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM actuation ORDER BY decided_at, rowid");
        self.rows(&sql, [], pending)
    }

    /// Notes how far an opening has come.
    pub fn set_actuation(&self, id: &str, state: ActuationState) -> Result<(), StoreError> {
        self.execute("UPDATE actuation SET state = ?2 WHERE id = ?1", (id, state.word()))?;
        Ok(())
    }

    /// Strikes an opening: it was answered, or is too old to be of use.
    pub fn remove_actuation(&self, id: &str) -> Result<(), StoreError> {
        self.execute("DELETE FROM actuation WHERE id = ?1", [id])?;
        Ok(())
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
