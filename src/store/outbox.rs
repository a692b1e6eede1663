//! The outbox: reports on their way to the platform.
//!
//! Rows leave it acknowledged, or stay as dead letters with the platform's own words. Rows of one
//! subject leave in the order they were queued; of states and base data only the newest per subject is
//! kept.

use super::column::whole_millis;
use super::{KnownBaseData, Reader, StoreError, Transaction, column, millis};
use crate::foreign::json::canonical;
use crate::standard::report::Report;
use jiff::Timestamp;
use rusqlite::OptionalExtension as _;
use serde_json::{Value, json};
use std::collections::HashSet;
use std::time::Duration;

/// Classes of urgency, the most urgent first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Urgency {
    /// 5007: a car waits for the answer.
    Payment,
    /// 3001–3005, 8001: without them the platform understands nothing else.
    BaseData,
    /// Parking records and money: never coalesced, never evicted.
    Record,
    /// States: only the newest per subject matters.
    State,
}

impl Urgency {
    /// All classes, the most urgent first.
    pub const ALL: [Self; 4] = [Self::Payment, Self::BaseData, Self::Record, Self::State];

    fn number(self) -> i64 {
        match self {
            Self::Payment => 0,
            Self::BaseData => 1,
            Self::Record => 2,
            Self::State => 3,
        }
    }

    fn from_number(number: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|urgency| urgency.number() == number)
    }
}

/// What of a subject's waiting rows is replaced by a newer one: all but records and money, of which every
/// one counts. Written out, since SQLite uses the index of the same words only then.
const REPLACED: &str = "subject = ?1 AND state = 'pending' AND class <> 2";

/// A report waiting to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboxRow {
    /// Its place in the order.
    pub seq: i64,
    /// Interface code.
    pub code: u16,
    /// What it is about; one subject's reports leave in order.
    pub subject: String,
    /// What the reply names it by.
    pub key: String,
    /// The element of `data`.
    pub body: String,
    /// How often it was tried in vain.
    pub attempts: u32,
    /// When it was queued.
    pub created: Timestamp,
    /// Whether base data the platform missed were sent again for it.
    pub rebased: bool,
    /// For how long it was refused without a reason while the platform took others of its interface.
    pub refused_for: Duration,
}

/// How much waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct QueueCounts {
    /// Rows to be sent.
    pub pending: i64,
    /// Dead letters.
    pub dead: i64,
    /// Bytes of all of them.
    pub bytes: i64,
}

impl Transaction<'_> {
    /// Queues a report behind the others of its subject, or in their place where only the newest counts.
    pub fn queue(
        &self,
        report: &Report,
        subject: &str,
        urgency: Urgency,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        if urgency != Urgency::Record {
            self.withdraw(subject)?;
        }
        let sql = "INSERT INTO outbox (class, code, subject, key, body, created)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
        let created = now.as_millisecond();
        let Report { code, key, body } = report;
        self.execute(sql, (urgency.number(), code, subject, key, body, created))?;
        Ok(())
    }

    /// Keeps what cannot be sent as it is, as a dead letter with what is wrong in it.
    pub fn keep_unfit(
        &self,
        (code, element): (u16, &Value),
        subject: &str,
        words: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let sql = "INSERT INTO outbox (class, code, subject, key, body, created, state, refusal)
                   VALUES (?1, ?2, ?3, ?7, ?4, ?5, 'dead', ?6)";
        let (class, created) = (Urgency::Record.number(), now.as_millisecond());
        let key = Report::key_of_unfit(code, element);
        self.execute(sql, (class, code, subject, canonical(element), created, words, key))?;
        Ok(())
    }

    /// Takes back what waits about a subject of which only the newest counts.
    pub fn withdraw(&self, subject: &str) -> Result<(), StoreError> {
        self.execute(&format!("DELETE FROM outbox WHERE {REPLACED}"), [subject])?;
        Ok(())
    }

    /// Of the base data that wait, each as the platform would know it then, what is wanted.
    pub fn waiting_base_data(
        &self,
        wanted: impl Fn(u16, &str) -> bool,
    ) -> Result<Vec<KnownBaseData>, StoreError> {
        let sql = "SELECT code, key, body FROM outbox
                   WHERE class = ?1 AND state = 'pending' ORDER BY seq DESC";
        self.some_base_data(sql, [Urgency::BaseData.number()], wanted)
    }

    /// Whether any base data wait.
    pub fn any_base_data_waits(&self) -> Result<bool, StoreError> {
        let sql = "SELECT 1 FROM outbox WHERE class = ?1 AND state = 'pending' LIMIT 1";
        Ok(self.row(sql, [Urgency::BaseData.number()], |_| Ok(()))?.is_some())
    }

    /// The body that waits about a subject of which only the newest counts.
    pub fn waiting_body(&self, subject: &str) -> Result<Option<String>, StoreError> {
        self.row(&format!("SELECT body FROM outbox WHERE {REPLACED}"), [subject], |row| row.get(0))
    }

    /// Takes a row out of the queue; none where it was replaced meanwhile, and that is well.
    pub fn take_row(&self, seq: i64) -> Result<Option<TakenRow>, StoreError> {
        let sql = "DELETE FROM outbox WHERE seq = ?1 RETURNING class, code, key, body";
        self.row(sql, [seq], |row| {
            Ok(TakenRow {
                urgency: column::number(row, 0, "a class of urgency", Urgency::from_number)?,
                code: row.get(1)?,
                key: row.get(2)?,
                body: row.get(3)?,
            })
        })
    }

    /// Makes a row a dead letter with the platform's own words.
    pub fn refuse_row(&self, seq: i64, words: &str) -> Result<(), StoreError> {
        let sql = "UPDATE outbox SET state = 'dead', refusal = ?2, attempts = attempts + 1
                   WHERE seq = ?1";
        self.execute(sql, (seq, words))?;
        Ok(())
    }

    /// Writes a report otherwise before it is sent.
    pub fn rewrite_row(&self, seq: i64, element: &Value) -> Result<(), StoreError> {
        let sql = "UPDATE outbox SET body = ?2 WHERE seq = ?1";
        self.execute(sql, (seq, canonical(element)))?;
        Ok(())
    }

    /// Notes that base data were sent again for a row, which waits for them.
    pub fn rebase_row(&self, seq: i64) -> Result<(), StoreError> {
        let sql = "UPDATE outbox SET rebased = 1, attempts = attempts + 1 WHERE seq = ?1";
        self.execute(sql, [seq])?;
        Ok(())
    }

    /// Notes that a row was tried in vain, with the platform's words where there are any, and for how long it
    /// was refused while others were taken.
    pub fn put_off_row(
        &self,
        seq: i64,
        words: &str,
        refused_for: Duration,
    ) -> Result<(), StoreError> {
        let sql = "UPDATE outbox SET attempts = attempts + 1,
                   refusal = coalesce(nullif(?2, ''), refusal), refused_for = ?3
                   WHERE seq = ?1 AND state = 'pending'";
        self.execute(sql, (seq, words, whole_millis(refused_for)))?;
        Ok(())
    }
}

/// A row that has left the queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TakenRow {
    /// Its class.
    pub urgency: Urgency,
    /// Interface code.
    pub code: u16,
    /// What the reply names it by.
    pub key: String,
    /// The element of `data`.
    pub body: String,
}

impl Transaction<'_> {
    /// How much waits.
    pub fn queue_counts(&self) -> Result<QueueCounts, StoreError> {
        let counts = self.row("SELECT pending, dead, bytes FROM tally", [], |row| {
            Ok(QueueCounts { pending: row.get(0)?, dead: row.get(1)?, bytes: row.get(2)? })
        })?;
        Ok(counts.unwrap_or_default())
    }

    /// When the oldest report that waits was queued.
    pub fn oldest_pending(&self) -> Result<Option<Timestamp>, StoreError> {
        let mut oldest: Option<Timestamp> = None;
        for urgency in Urgency::ALL {
            let sql = "SELECT created FROM outbox WHERE state = 'pending' AND class = ?1
                       ORDER BY seq LIMIT 1";
            let first = self.row(sql, [urgency.number()], |row| Ok(millis(row.get(0)?)))?;
            oldest = [oldest, first].into_iter().flatten().min();
        }
        Ok(oldest)
    }

    /// Notes whether a bound of the queue is reached; false when that was known already.
    pub fn set_queue_full(&self, full: bool) -> Result<bool, StoreError> {
        Ok(self.execute("UPDATE tally SET full = ?1 WHERE full <> ?1", [full])? == 1)
    }

    /// Whether a bound of the queue is reached.
    pub fn queue_full(&self) -> Result<bool, StoreError> {
        Ok(self.row("SELECT full FROM tally", [], |row| row.get(0))?.unwrap_or(false))
    }

    /// Removes the oldest states; records and money are never removed. Returns how many went.
    pub fn evict_states(&self, limit: i64) -> Result<usize, StoreError> {
        let sql = "DELETE FROM outbox WHERE seq IN (SELECT seq FROM outbox
                   WHERE state = 'pending' AND class = ?1 ORDER BY seq LIMIT ?2)";
        self.execute(sql, (Urgency::State.number(), limit))
    }

    /// Sends a dead letter again, behind everything that waits; false when there is none of that number.
    pub fn retry(&self, seq: i64) -> Result<bool, StoreError> {
        if seq < 0 {
            return self.retry_picture(seq);
        }
        let sql = "INSERT INTO outbox (class, code, subject, key, body, created)
                   SELECT class, code, subject, key, body, created FROM outbox
                   WHERE seq = ?1 AND state = 'dead'";
        if self.execute(sql, [seq])? == 0 {
            return Ok(false);
        }
        self.execute("DELETE FROM outbox WHERE seq = ?1", [seq])?;
        Ok(true)
    }

    /// Throws a dead letter away; false when there is none of that number.
    pub fn drop_dead_letter(&self, seq: i64) -> Result<bool, StoreError> {
        if seq < 0 {
            return self.drop_picture(seq);
        }
        Ok(self.execute("DELETE FROM outbox WHERE seq = ?1 AND state = 'dead'", [seq])? == 1)
    }

    /// The row of that number; below 0 a picture that is put aside.
    pub fn listed_row(&self, seq: i64) -> Result<Option<ListedRow>, StoreError> {
        if seq < 0 {
            return self.listed_picture(seq);
        }
        self.row(&format!("SELECT {LISTED} FROM outbox WHERE seq = ?1"), [seq], listed_row)
    }

    /// Rows of the queue, the oldest first: those behind `after`, all or the dead letters only, of one
    /// interface or all.
    pub fn listed(
        &self,
        after: i64,
        dead_only: bool,
        code: Option<u16>,
        limit: u32,
    ) -> Result<Vec<ListedRow>, StoreError> {
        let sql = format!(
            "SELECT {LISTED} FROM outbox WHERE seq > ?1 AND (NOT ?2 OR state = 'dead')
             AND (?3 IS NULL OR code = ?3) ORDER BY seq LIMIT ?4"
        );
        self.scan(&sql, (after, dead_only, code, limit), listed_row)
    }
}

const LISTED: &str = "seq, code, subject, key, body, created, attempts, state, refusal";

fn listed_row(row: &rusqlite::Row<'_>) -> rusqlite::Result<ListedRow> {
    Ok(ListedRow {
        seq: row.get(0)?,
        code: row.get(1)?,
        subject: row.get(2)?,
        key: row.get(3)?,
        body: row.get(4)?,
        created: millis(row.get(5)?),
        attempts: row.get(6)?,
        state: row.get(7)?,
        refusal: row.get(8)?,
    })
}

/// A row of the queue as people look at it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names are the table's")]
pub struct ListedRow {
    pub seq: i64,
    pub code: u16,
    pub subject: String,
    pub key: String,
    pub body: String,
    pub created: Timestamp,
    pub attempts: u32,
    /// `pending` or `dead`.
    pub state: String,
    /// The platform's own words.
    pub refusal: Option<String>,
}

impl Reader {
    /// The last row that need not wait until somebody vouches for the clock.
    pub fn held_from(&self) -> Result<i64, StoreError> {
        let sql = "SELECT held_from FROM boot ORDER BY number DESC LIMIT 1";
        self.read(|connection| {
            let held =
                connection.prepare_cached(sql)?.query_row([], |row| row.get(0)).optional()?;
            Ok(held.flatten().unwrap_or(i64::MAX))
        })
    }

    /// Pending rows of a class behind `after`, in order, but what waits until somebody vouches for the clock.
    pub fn pending(
        &self,
        urgency: Urgency,
        after: i64,
        limit: usize,
    ) -> Result<Vec<OutboxRow>, StoreError> {
        self.pending_between(urgency, (after, self.held_from()?), limit)
    }

    /// Pending rows of a class behind a row and up to another, in order.
    pub fn pending_between(
        &self,
        urgency: Urgency,
        (after, last): (i64, i64),
        limit: usize,
    ) -> Result<Vec<OutboxRow>, StoreError> {
        let sql = "SELECT seq, code, subject, key, body, attempts, created, rebased, refused_for
                   FROM outbox WHERE state = 'pending' AND class = ?1 AND seq > ?2 AND seq <= ?3
                   ORDER BY seq LIMIT ?4";
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.read(|connection| {
            let mut statement = connection.prepare_cached(sql)?;
            let rows = statement.query_map((urgency.number(), after, last, limit), |row| {
                Ok(OutboxRow {
                    seq: row.get(0)?,
                    code: row.get(1)?,
                    subject: row.get(2)?,
                    key: row.get(3)?,
                    body: row.get(4)?,
                    attempts: row.get(5)?,
                    created: millis(row.get(6)?),
                    rebased: row.get(7)?,
                    refused_for: column::duration(row, 8)?,
                })
            })?;
            rows.collect()
        })
    }

    /// Which of these rows still wait: what was thrown away, replaced or refused since it was read does not.
    pub fn still_pending(&self, seqs: &[i64]) -> Result<HashSet<i64>, StoreError> {
        let sql = "SELECT seq FROM outbox WHERE seq IN (SELECT value FROM json_each(?1))
                   AND state = 'pending'";
        self.read(|connection| {
            let mut statement = connection.prepare_cached(sql)?;
            let rows = statement.query_map([json!(seqs).to_string()], |row| row.get(0))?;
            rows.collect()
        })
    }

    /// The highest sequence number ever given out.
    pub fn last_seq(&self) -> Result<i64, StoreError> {
        let sql = "SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'outbox'";
        self.read(|connection| connection.query_row(sql, [], |row| row.get(0)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Store;
    use proptest::prelude::*;

    fn store() -> (tempfile::TempDir, Store) {
        let folder = tempfile::tempdir().unwrap();
        let (store, _) =
            Store::open(&folder.path().join("lotgate.db"), Timestamp::UNIX_EPOCH).unwrap();
        (folder, store)
    }

    fn reader(folder: &tempfile::TempDir) -> Reader {
        Store::open_reading(&folder.path().join("lotgate.db")).unwrap()
    }

    fn report(code: u16, body: &str) -> Report {
        Report { code, key: "k".to_owned(), body: body.to_owned() }
    }

    #[test]
    fn what_is_replaced_by_something_newer_is_all_but_records() {
        assert!(REPLACED.ends_with(&format!("class <> {}", Urgency::Record.number())));
    }

    #[test]
    fn a_refused_report_is_kept_with_the_platforms_words_and_leaves_the_others_alone() {
        let (folder, mut store) = store();
        let tx = store.begin().unwrap();
        for body in ["1", "2"] {
            tx.queue(&report(5004, body), body, Urgency::Record, Timestamp::UNIX_EPOCH).unwrap();
        }
        tx.refuse_row(1, "1101 停车场不存在").unwrap();
        tx.commit().unwrap();
        let mut reader = reader(&folder);
        let counts = reader.snapshot().unwrap().queue_counts().unwrap();
        assert_eq!((counts.pending, counts.dead, counts.bytes), (1, 1, 2));
        let dead = reader.snapshot().unwrap().listed(0, true, None, 9).unwrap();
        assert_eq!(dead[0].refusal.as_deref(), Some("1101 停车场不存在"));
        assert_eq!(reader.pending(Urgency::Record, 0, 9).unwrap()[0].body, "2");
    }

    #[derive(Debug, Clone)]
    enum Step {
        Queue { urgency: Urgency, subject: u8 },
        Acknowledge(prop::sample::Index),
        Refuse(prop::sample::Index),
        Attempt(prop::sample::Index),
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            4 => (prop::sample::select(&Urgency::ALL[..]), 0_u8..4)
                .prop_map(|(urgency, subject)| Step::Queue { urgency, subject }),
            2 => any::<prop::sample::Index>().prop_map(Step::Acknowledge),
            1 => any::<prop::sample::Index>().prop_map(Step::Refuse),
            1 => any::<prop::sample::Index>().prop_map(Step::Attempt),
        ]
    }

    /// The twin: a plain list that follows the written rules.
    #[derive(Debug, Default)]
    struct Model {
        rows: Vec<(i64, Urgency, String, u32)>,
        dead: i64,
        next: i64,
    }

    impl Model {
        /// Returns the row it is about.
        fn apply(&mut self, step: &Step) -> Option<i64> {
            let index = match step {
                Step::Queue { urgency, subject } => {
                    let subject = format!("{urgency:?}{subject}");
                    if *urgency != Urgency::Record {
                        self.rows.retain(|row| row.2 != subject);
                    }
                    self.next += 1;
                    self.rows.push((self.next, *urgency, subject, 0));
                    return None;
                }
                Step::Acknowledge(index) | Step::Refuse(index) | Step::Attempt(index) => index,
            };
            if self.rows.is_empty() {
                return None;
            }
            let at = index.index(self.rows.len());
            let seq = self.rows[at].0;
            match step {
                Step::Queue { .. } => {}
                Step::Attempt(_) => self.rows[at].3 += 1,
                Step::Acknowledge(_) => drop(self.rows.remove(at)),
                Step::Refuse(_) => {
                    self.rows.remove(at);
                    self.dead += 1;
                }
            }
            Some(seq)
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]
        #[test]
        fn the_outbox_does_what_its_model_does(steps in prop::collection::vec(step(), 1..60)) {
            let (folder, mut store) = store();
            let mut model = Model::default();
            for step in &steps {
                let tx = store.begin().unwrap();
                match (step, model.apply(step)) {
                    (Step::Queue { urgency, subject }, _) => {
                        let subject = format!("{urgency:?}{subject}");
                        tx.queue(&report(5004, "{}"), &subject, *urgency, Timestamp::UNIX_EPOCH).unwrap();
                    }
                    (Step::Acknowledge(_), Some(seq)) => {
                        tx.take_row(seq).unwrap().unwrap();
                    }
                    (Step::Refuse(_), Some(seq)) => tx.refuse_row(seq, "no").unwrap(),
                    (Step::Attempt(_), Some(seq)) => {
                        tx.put_off_row(seq, "", Duration::ZERO).unwrap();
                    }
                    (_, None) => {}
                }
                tx.commit().unwrap();
            }
            let mut reader = reader(&folder);
            for urgency in Urgency::ALL {
                let have: Vec<_> = reader.pending(urgency, 0, 99).unwrap()
                    .into_iter().map(|row| (row.seq, row.subject, row.attempts)).collect();
                let want: Vec<_> = model.rows.iter().filter(|row| row.1 == urgency)
                    .map(|row| (row.0, row.2.clone(), row.3)).collect();
                prop_assert_eq!(have, want);
            }
            prop_assert_eq!(reader.snapshot().unwrap().queue_counts().unwrap().dead, model.dead);
            prop_assert_eq!(reader.last_seq().unwrap(), model.next);
        }
    }
}
