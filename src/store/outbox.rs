//! The outbox: reports on their way to the platform.
//!
//! Rows leave it acknowledged, or stay as dead letters with the platform's own words. Rows of one
//! subject leave in the order they were queued; of states and base data only the newest per subject is
//! kept.

use super::{Reader, StoreError, Transaction, millis};
use crate::standard::report::{Report, form_of};
use jiff::Timestamp;

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
}

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
}

/// What became of a row that was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// The row.
    pub seq: i64,
    /// What became of it.
    pub outcome: Outcome,
}

/// What became of a sent row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The platform has it.
    Acknowledged,
    /// The platform will not have it, in its own words: a dead letter.
    Refused(String),
    /// No answer that says either; it stays and is tried again.
    Attempted,
}

/// How much waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct QueueCounts {
    /// Rows to be sent.
    pub pending: i64,
    /// Dead letters.
    pub dead: i64,
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

    /// Takes back what waits about a subject of which only the newest counts.
    pub fn withdraw(&self, subject: &str) -> Result<(), StoreError> {
        let sql = "DELETE FROM outbox WHERE subject = ?1 AND state = 'pending' AND class <> 2";
        self.execute(sql, [subject])?;
        Ok(())
    }

    /// The body that waits about a subject of which only the newest counts.
    pub fn waiting_body(&self, subject: &str) -> Result<Option<String>, StoreError> {
        let sql = "SELECT body FROM outbox WHERE subject = ?1 AND state = 'pending' AND class <> 2";
        self.row(sql, [subject], |row| row.get(0))
    }

    /// Notes what became of a sent row. Rows replaced meanwhile are gone, and that is well.
    pub fn settle(&self, delivery: &Delivery) -> Result<(), StoreError> {
        let seq = delivery.seq;
        match &delivery.outcome {
            Outcome::Acknowledged => {
                let sql = "DELETE FROM outbox WHERE seq = ?1 RETURNING class, code, key, body";
                let row = self.row(sql, [seq], |row| {
                    Ok((row.get::<_, i64>(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
                })?;
                if let Some((class, code, key, body)) = row
                    && class == Urgency::BaseData.number()
                {
                    let (key, body): (String, String) = (key, body);
                    self.set_acknowledged_form(code, &key, &form_of(&body))?;
                }
            }
            Outcome::Refused(words) => {
                let sql = "UPDATE outbox SET state = 'dead', refusal = ?2, attempts = attempts + 1
                           WHERE seq = ?1";
                self.execute(sql, (seq, words))?;
            }
            Outcome::Attempted => {
                self.execute("UPDATE outbox SET attempts = attempts + 1 WHERE seq = ?1", [seq])?;
            }
        }
        Ok(())
    }
}

impl Transaction<'_> {
    /// How much waits; counts every row, so not for every second.
    pub fn queue_counts(&self) -> Result<QueueCounts, StoreError> {
        let count = |state: &str| {
            let sql = format!("SELECT count(*) FROM outbox WHERE state = '{state}'");
            Ok::<_, StoreError>(self.row(&sql, [], |row| row.get(0))?.unwrap_or_default())
        };
        Ok(QueueCounts { pending: count("pending")?, dead: count("dead")? })
    }
}

impl Reader {
    /// Pending rows of a class behind `after`, in order.
    pub fn pending(
        &self,
        urgency: Urgency,
        after: i64,
        limit: usize,
    ) -> Result<Vec<OutboxRow>, StoreError> {
        let sql = "SELECT seq, code, subject, key, body, attempts, created FROM outbox
                   WHERE state = 'pending' AND class = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3";
        let mut statement = self.connection.prepare_cached(sql)?;
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows = statement.query_map((urgency.number(), after, limit), |row| {
            Ok(OutboxRow {
                seq: row.get(0)?,
                code: row.get(1)?,
                subject: row.get(2)?,
                key: row.get(3)?,
                body: row.get(4)?,
                attempts: row.get(5)?,
                created: millis(row.get(6)?),
            })
        })?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// The highest sequence number ever given out.
    pub fn last_seq(&self) -> Result<i64, StoreError> {
        let sql = "SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'outbox'";
        Ok(self.connection.query_row(sql, [], |row| row.get(0))?)
    }

    /// Dead letters with the platform's words, oldest first.
    pub fn dead_letters(&self, limit: u32) -> Result<Vec<(i64, u16, String, String)>, StoreError> {
        let sql = "SELECT seq, code, body, refusal FROM outbox WHERE state = 'dead' ORDER BY seq LIMIT ?1";
        let mut statement = self.connection.prepare_cached(sql)?;
        let rows = statement.query_map([limit], |row| {
            Ok((
                row.get(0)?,
                row.get(1)?,
                row.get(2)?,
                row.get::<_, Option<String>>(3)?.unwrap_or_default(),
            ))
        })?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
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
    fn acknowledged_base_data_is_remembered_by_its_form() {
        let (_folder, mut store) = store();
        let tx = store.begin().unwrap();
        tx.queue(
            &report(3003, r#"{"id":"a","moment":"x"}"#),
            "s",
            Urgency::BaseData,
            Timestamp::UNIX_EPOCH,
        )
        .unwrap();
        tx.settle(&Delivery { seq: 1, outcome: Outcome::Acknowledged }).unwrap();
        assert_eq!(tx.acknowledged_form(3003, "k").unwrap().as_deref(), Some(r#"{"id":"a"}"#));
    }

    #[test]
    fn a_refused_report_is_kept_with_the_platforms_words_and_leaves_the_others_alone() {
        let (folder, mut store) = store();
        let tx = store.begin().unwrap();
        for body in ["1", "2"] {
            tx.queue(&report(5004, body), body, Urgency::Record, Timestamp::UNIX_EPOCH).unwrap();
        }
        tx.settle(&Delivery {
            seq: 1, outcome: Outcome::Refused("1101 停车场不存在".to_owned())
        })
        .unwrap();
        tx.commit().unwrap();
        let mut reader = reader(&folder);
        let counts = reader.snapshot().unwrap().queue_counts().unwrap();
        assert_eq!(counts, QueueCounts { pending: 1, dead: 1 });
        assert_eq!(reader.dead_letters(9).unwrap()[0].3, "1101 停车场不存在");
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
        fn apply(&mut self, step: &Step) -> Option<Delivery> {
            let (index, outcome) = match step {
                Step::Queue { urgency, subject } => {
                    let subject = format!("{urgency:?}{subject}");
                    if *urgency != Urgency::Record {
                        self.rows.retain(|row| row.2 != subject);
                    }
                    self.next += 1;
                    self.rows.push((self.next, *urgency, subject, 0));
                    return None;
                }
                Step::Acknowledge(index) => (index, Outcome::Acknowledged),
                Step::Refuse(index) => (index, Outcome::Refused("no".to_owned())),
                Step::Attempt(index) => (index, Outcome::Attempted),
            };
            if self.rows.is_empty() {
                return None;
            }
            let at = index.index(self.rows.len());
            let seq = self.rows[at].0;
            match outcome {
                Outcome::Attempted => self.rows[at].3 += 1,
                Outcome::Acknowledged => drop(self.rows.remove(at)),
                Outcome::Refused(_) => {
                    self.rows.remove(at);
                    self.dead += 1;
                }
            }
            Some(Delivery { seq, outcome })
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
                let settled = model.apply(step);
                if let Step::Queue { urgency, subject } = step {
                    let subject = format!("{urgency:?}{subject}");
                    tx.queue(&report(5004, "{}"), &subject, *urgency, Timestamp::UNIX_EPOCH).unwrap();
                }
                if let Some(delivery) = settled {
                    tx.settle(&delivery).unwrap();
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
