//! Storing and retrieving in mechanical garages (8004, 8005): what was ordered and how far it has come.

use super::{StoreError, Transaction, column, millis};
use jiff::Timestamp;

/// An order to a garage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mission {
    /// Its number; 0 while it has none.
    pub id: i64,
    /// What makes its command itself, to know an exact repetition.
    pub digest: String,
    /// The garage.
    pub garage_code: String,
    /// Store (8004) or retrieve (8005).
    pub store: bool,
    /// The car, where the command names it.
    pub plate_no: Option<String>,
    /// The space the command named.
    pub asked_space: Option<String>,
    /// The space it is about.
    pub space_no: Option<String>,
    /// The passage (`garagePassCode`).
    pub passage: Option<i64>,
    /// When it is to begin.
    pub due: Timestamp,
    /// How far it has come.
    pub state: MissionState,
    /// When it is expected to be finished, while it runs.
    pub ends: Option<Timestamp>,
    /// Table A.2's code, when it failed.
    pub fault_code: Option<i64>,
    /// Why, when it failed.
    pub fault: Option<String>,
}

/// How far a mission has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MissionState {
    /// To begin later.
    Booked,
    /// To begin as soon as the garage is free.
    Waiting,
    /// Handed to the PLC's driver; the PLC has not been commanded.
    Sent,
    /// The PLC may have been commanded.
    Commanding,
    /// The PLC has taken it.
    Running,
    /// Done.
    Done,
    /// Failed; nothing moves.
    Failed,
}

impl MissionState {
    const WORDS: [(Self, &'static str); 7] = [
        (Self::Booked, "booked"),
        (Self::Waiting, "waiting"),
        (Self::Sent, "sent"),
        (Self::Commanding, "commanding"),
        (Self::Running, "running"),
        (Self::Done, "done"),
        (Self::Failed, "failed"),
    ];

    /// The word kept in the store.
    pub fn word(self) -> &'static str {
        Self::WORDS.iter().find(|(state, _)| *state == self).map_or("failed", |(_, word)| word)
    }

    fn from_word(word: &str) -> Option<Self> {
        Self::WORDS.iter().find(|(_, known)| *known == word).map(|(state, _)| *state)
    }

    /// Whether the garage's PLC is busy with it.
    pub fn is_active(self) -> bool {
        matches!(self, Self::Sent | Self::Commanding | Self::Running)
    }

    /// Whether it is still to come or under way.
    pub fn is_open(self) -> bool {
        !matches!(self, Self::Done | Self::Failed)
    }
}

const COLUMNS: &str =
    "id, digest, garage_code, store, plate_no, asked_space, space_no, passage, due,
                       state, ends, fault_code, fault";

/// Missions over that were due before a moment, the oldest first.
pub(super) const PRUNE: &str = "DELETE FROM mission WHERE id IN (SELECT id FROM mission
    WHERE due < ?1 AND state IN ('done', 'failed') ORDER BY due LIMIT ?2)";

impl Transaction<'_> {
    /// The mission of that number.
    pub fn mission(&self, id: i64) -> Result<Option<Mission>, StoreError> {
        self.row(&format!("SELECT {COLUMNS} FROM mission WHERE id = ?1"), [id], mission)
    }

    /// The mission that a command made.
    pub fn mission_by_digest(&self, digest: &str) -> Result<Option<Mission>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM mission WHERE digest = ?1");
        self.row(&sql, [digest], mission)
    }

    /// Missions of a garage still to come or under way, in their order.
    pub fn open_missions(&self, garage_code: &str) -> Result<Vec<Mission>, StoreError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM mission WHERE garage_code = ?1
             AND state IN ('booked', 'waiting', 'sent', 'commanding', 'running') ORDER BY due, id"
        );
        self.scan(&sql, [garage_code], mission)
    }

    /// The newest mission of a car in a garage that has not failed.
    pub fn last_mission_of(
        &self,
        garage_code: &str,
        plate_no: &str,
    ) -> Result<Option<Mission>, StoreError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM mission WHERE plate_no = ?2 AND garage_code = ?1
             AND state <> 'failed' ORDER BY id DESC LIMIT 1"
        );
        self.row(&sql, (garage_code, plate_no), mission)
    }

    /// Whether a garage is about to store or retrieve at a space, or has been ordered to.
    pub fn is_on_errand(&self, space_no: &str) -> Result<bool, StoreError> {
        let sql = "SELECT 1 FROM mission WHERE space_no = ?1
                   AND state IN ('booked', 'waiting', 'sent', 'commanding', 'running')";
        Ok(self.row(sql, [space_no], |_| Ok(()))?.is_some())
    }

    /// The mission that was done last at a space.
    pub fn last_done_at(&self, space_no: &str) -> Result<Option<Mission>, StoreError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM mission WHERE space_no = ?1 AND state = 'done'
             ORDER BY id DESC LIMIT 1"
        );
        self.row(&sql, [space_no], mission)
    }

    /// The plates of cars that garages have, or are ordered to move.
    pub fn plates_in_garages(&self) -> Result<Vec<String>, StoreError> {
        let sql = "SELECT plate_no FROM mission AS stored WHERE store = 1 AND state = 'done'
                   AND plate_no IS NOT NULL
                   AND NOT EXISTS (SELECT 1 FROM mission AS later
                       WHERE later.plate_no = stored.plate_no AND later.id > stored.id
                       AND later.garage_code = stored.garage_code AND later.state = 'done')
                   UNION SELECT plate_no FROM mission WHERE plate_no IS NOT NULL
                   AND state IN ('booked', 'waiting', 'sent', 'commanding', 'running')";
        self.scan(sql, [], |row| row.get(0))
    }

    /// How many cars stand in a garage of which it did not tell where it put them.
    pub fn stored_without_space(&self, garage_code: &str) -> Result<i64, StoreError> {
        let sql = "SELECT count(*) FROM mission AS stored WHERE garage_code = ?1 AND store = 1
                   AND state = 'done' AND plate_no IS NOT NULL AND space_no IS NULL
                   AND NOT EXISTS (SELECT 1 FROM mission AS later
                       WHERE later.plate_no = stored.plate_no AND later.id > stored.id
                       AND later.garage_code = stored.garage_code AND later.state = 'done')";
        Ok(self.row(sql, [garage_code], |row| row.get(0))?.unwrap_or_default())
    }

    /// Writes a new mission down and gives it its number.
    pub fn add_mission(&self, mission: &Mission) -> Result<i64, StoreError> {
        let sql =
            "INSERT INTO mission (digest, garage_code, store, plate_no, asked_space, space_no,
                   passage, due, state) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) RETURNING id";
        let id = self.row(
            sql,
            (
                &mission.digest,
                &mission.garage_code,
                mission.store,
                &mission.plate_no,
                &mission.asked_space,
                &mission.space_no,
                mission.passage,
                mission.due.as_millisecond(),
                mission.state.word(),
            ),
            |row| row.get(0),
        )?;
        Ok(id.unwrap_or_default())
    }

    /// Writes down how far a mission has come.
    pub fn set_mission(&self, mission: &Mission) -> Result<(), StoreError> {
        let sql = "UPDATE mission SET due = ?2, state = ?3, ends = ?4, fault_code = ?5, fault = ?6
                   WHERE id = ?1";
        self.execute(
            sql,
            (
                mission.id,
                mission.due.as_millisecond(),
                mission.state.word(),
                mission.ends.map(Timestamp::as_millisecond),
                mission.fault_code,
                &mission.fault,
            ),
        )?;
        Ok(())
    }
}

fn mission(row: &rusqlite::Row<'_>) -> rusqlite::Result<Mission> {
    Ok(Mission {
        id: row.get(0)?,
        digest: row.get(1)?,
        garage_code: row.get(2)?,
        store: row.get(3)?,
        plate_no: row.get(4)?,
        asked_space: row.get(5)?,
        space_no: row.get(6)?,
        passage: row.get(7)?,
        due: millis(row.get(8)?),
        state: column::text(row, 9, "a state of a mission", MissionState::from_word)?,
        ends: row.get::<_, Option<i64>>(10)?.map(millis),
        fault_code: row.get(11)?,
        fault: row.get(12)?,
    })
}
