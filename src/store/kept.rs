//! What the one writer has read of tables that every car asks and few change, kept until somebody writes there: for
//! transactions alone. Only what is committed outlasts its transaction, and nothing what another process has written.
//! In debug builds each kept answer is held against the database's own.

use super::StoreError;
use super::actuation::PendingActuation;
use super::all_up::AllUp;
use super::connection::ConnectionState;
use super::lane::LaneCondition;
use super::other_gateway::OtherGateway;
use super::parking_record::{CountedInside, ParkingRecord};
use super::passing::Passing;
use super::sparse::SparseTable;
use super::waiting::Waiting;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::fmt::Debug;

/// More answers of one kind than any lot has lanes, devices and connections; then they are asked anew.
const ANSWERS: usize = 4096;

/// Answers of one kind, by what was asked for.
#[derive(Debug)]
pub(super) struct AnswersByKey<T>(RefCell<BTreeMap<String, T>>);

impl<T> Default for AnswersByKey<T> {
    fn default() -> Self {
        Self(RefCell::default())
    }
}

impl<T: Clone> AnswersByKey<T> {
    pub(super) fn get(&self, key: &str) -> Option<T> {
        self.0.borrow().get(key).cloned()
    }

    pub(super) fn put(&self, key: &str, answer: T) {
        let mut answers = self.0.borrow_mut();
        if answers.len() >= ANSWERS {
            answers.clear();
        }
        answers.insert(key.to_owned(), answer);
    }

    /// The answer to one key, which is known no more then.
    pub(super) fn take(&self, key: &str) -> Option<T> {
        self.0.borrow_mut().remove(key)
    }

    /// The answer to one key is known no more, or to all.
    fn strike(&self, key: Option<&str>) {
        let mut answers = self.0.borrow_mut();
        match key {
            Some(key) => _ = answers.remove(key),
            None => answers.clear(),
        }
    }
}

impl<T: Clone + PartialEq + Debug> AnswersByKey<T> {
    /// What is kept, or what `ask` finds.
    pub(super) fn or(
        &self,
        key: &str,
        ask: impl Fn() -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        if let Some(answer) = self.get(key) {
            #[cfg(debug_assertions)]
            super::held_against(&answer, ask)?;
            return Ok(answer);
        }
        let answer = ask()?;
        self.put(key, answer.clone());
        Ok(answer)
    }
}

impl<T: Clone + PartialEq + Debug> AnswersByKey<Vec<T>> {
    /// What is to be found in an answer that is too long to be copied each time.
    pub(super) fn among<F>(
        &self,
        key: &str,
        find: impl FnOnce(&[T]) -> F,
        ask: impl Fn() -> Result<Vec<T>, StoreError>,
    ) -> Result<F, StoreError> {
        if !self.0.borrow().contains_key(key) {
            self.put(key, ask()?);
        }
        let answers = self.0.borrow();
        let answer = answers.get(key).map(Vec::as_slice).unwrap_or_default();
        #[cfg(debug_assertions)]
        super::held_against(answer, &ask)?;
        Ok(find(answer))
    }
}

/// The tables whose answers are kept.
const TABLES: [&str; 12] = [
    "actuation",
    "all_up",
    "booking",
    "connection",
    "device",
    "lane",
    "lease_use",
    "other_gateway",
    "parking_record",
    "passing",
    "put_aside",
    "waiting",
];

/// All that is kept.
#[derive(Debug, Default)]
pub(super) struct KeptAnswers {
    /// Unanswered openings by lane, the newest first.
    pub(super) openings: AnswersByKey<Vec<PendingActuation>>,
    pub(super) all_up: AnswersByKey<Option<AllUp>>,
    /// All of them, the first to be let pass first.
    pub(super) passing: AnswersByKey<Vec<Passing>>,
    /// Stays that have not ended, by plate.
    pub(super) open_records: AnswersByKey<Option<ParkingRecord>>,
    /// By lane.
    pub(super) waiting: AnswersByKey<Option<Waiting>>,
    pub(super) nobody_waits: AnswersByKey<bool>,
    /// By lane.
    pub(super) conditions: AnswersByKey<LaneCondition>,
    /// By device.
    pub(super) online: AnswersByKey<Option<bool>>,
    /// By connection.
    pub(super) connections: AnswersByKey<Option<ConnectionState>>,
    pub(super) other_gateway: AnswersByKey<OtherGateway>,
    /// By lane.
    pub(super) ended_the_process: AnswersByKey<i64>,
    pub(super) reserved: AnswersByKey<i64>,
    /// Whether nothing stands in each sparse table; one that has lost its last row counts as before.
    pub(super) empty: [Cell<Option<bool>>; SparseTable::ALL.len()],
    pub(super) inside: RefCell<Option<CountedInside>>,
    /// A transaction was begun and has not been committed.
    begun: Cell<bool>,
    /// SQLite's count of what other connections have committed.
    others: Cell<i64>,
}

impl KeptAnswers {
    /// A transaction begins. `others` is another number when another connection has committed something.
    pub(super) fn begin(&self, others: i64) {
        if self.begun.replace(true) || self.others.replace(others) != others {
            self.forget();
        }
    }

    /// It is committed.
    pub(super) fn committed(&self) {
        self.begun.set(false);
    }

    /// Nothing is known any more.
    pub(super) fn forget(&self) {
        for table in TABLES {
            self.strike(table, None);
        }
        for empty in &self.empty {
            empty.set(None);
        }
        self.inside.take();
    }

    /// A statement is done: what it writes is known no more, or only that of one key.
    pub(super) fn done(&self, sql: &str, key: Option<&str>) {
        let Some((table, inserts)) = written(sql) else { return };
        self.strike(table, key);
        let sparse = SparseTable::ALL.iter().position(|(_, name)| *name == table);
        if let Some(empty) = sparse.filter(|_| inserts).and_then(|at| self.empty.get(at)) {
            empty.set(Some(false));
        }
    }

    fn strike(&self, table: &str, key: Option<&str>) {
        match table {
            "actuation" => self.openings.strike(key),
            "all_up" => self.all_up.strike(None),
            "booking" => self.reserved.strike(None),
            "connection" => self.connections.strike(key),
            "device" => self.online.strike(key),
            "lane" => self.conditions.strike(key),
            "other_gateway" => self.other_gateway.strike(None),
            // What stands of a lease's use stands in the stay, too, by a trigger.
            "lease_use" | "parking_record" => self.open_records.strike(None),
            "passing" => self.passing.strike(None),
            "put_aside" => self.ended_the_process.strike(None),
            "waiting" => {
                self.waiting.strike(key);
                self.nobody_waits.strike(None);
            }
            _ => {}
        }
    }
}

/// The table that a statement writes, and whether it adds rows; none for one that only reads.
fn written(sql: &str) -> Option<(&str, bool)> {
    let sql = sql.trim_start();
    let (before, inserts) = match sql.as_bytes().first()? {
        b'I' => ("INTO ", true),
        b'U' => ("UPDATE ", false),
        b'D' => ("FROM ", false),
        _ => return None,
    };
    let (_, behind) = sql.split_once(before)?;
    // UPDATE OR REPLACE and its like.
    let behind = behind
        .strip_prefix("OR ")
        .and_then(|words| words.split_once(' '))
        .map_or(behind, |(_, rest)| rest);
    let table =
        behind.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_').next()?;
    Some((table, inserts))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Store;
    use jiff::Timestamp;

    #[test]
    fn what_a_statement_writes_is_known_by_its_words() {
        let cases = [
            ("INSERT OR REPLACE INTO passing (lane_id) VALUES (?1)", Some(("passing", true))),
            ("\n   INSERT INTO share(id) SELECT 1", Some(("share", true))),
            ("UPDATE lane SET up_by = NULL", Some(("lane", false))),
            ("UPDATE OR REPLACE lane SET id = ?1", Some(("lane", false))),
            ("DELETE FROM all_up", Some(("all_up", false))),
            ("SELECT 1 FROM lane", None),
            ("", None),
        ];
        for (sql, expected) in cases {
            assert_eq!(written(sql), expected, "{sql}");
        }
    }

    #[test]
    fn what_a_transaction_left_that_was_not_committed_is_forgotten() {
        let kept = KeptAnswers::default();
        kept.begin(1);
        kept.online.put("a", Some(true));
        kept.committed();
        kept.begin(1);
        assert_eq!(kept.online.get("a"), Some(Some(true)));
        kept.begin(1);
        assert_eq!(kept.online.get("a"), None, "the one before was not committed");
        kept.online.put("a", Some(true));
        kept.committed();
        kept.begin(2);
        assert_eq!(kept.online.get("a"), None, "another connection has committed");
    }

    #[test]
    fn what_is_written_is_struck_by_its_key_or_as_a_whole() {
        let kept = KeptAnswers::default();
        for key in ["a", "b"] {
            kept.online.put(key, None);
            kept.waiting.put(key, None);
        }
        kept.done("UPDATE device SET online = 1 WHERE id = 'a'", Some("a"));
        assert_eq!((kept.online.get("a"), kept.online.get("b")), (None, Some(None)));
        kept.done("DELETE FROM waiting", None);
        assert_eq!((kept.waiting.get("a"), kept.waiting.get("b")), (None, None));
        assert_eq!(kept.online.get("b"), Some(None));
        kept.forget();
        assert_eq!(kept.online.get("b"), None);
    }

    #[test]
    fn nothing_but_statements_of_ours_writes_where_answers_are_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lotgate.db");
        drop(Store::open(&path, Timestamp::UNIX_EPOCH).unwrap());
        let database = rusqlite::Connection::open(&path).unwrap();
        let texts = |sql: &str| -> Vec<String> {
            let mut found = database.prepare(sql).unwrap();
            found.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
        };
        let triggers = texts("SELECT sql FROM sqlite_schema WHERE type = 'trigger'");
        assert!(triggers.iter().any(|trigger| trigger.contains("UPDATE tally")), "{triggers:?}");
        for table in TABLES.into_iter().chain(SparseTable::ALL.map(|(_, name)| name)) {
            let ways = ["UPDATE ", "INTO ", "FROM "].map(|way| format!("BEGIN {way}{table} "));
            // Of which is known above.
            let others = triggers.iter().filter(|trigger| !trigger.contains(" ON lease_use"));
            for trigger in others {
                assert!(!ways.iter().any(|way| trigger.contains(way)), "{table}: {trigger}");
            }
        }
        // Of what is kept nothing stands in the uses of leases themselves.
        for table in TABLES.into_iter().filter(|table| *table != "lease_use") {
            let parents =
                texts(&format!("SELECT \"table\" FROM pragma_foreign_key_list('{table}')"));
            assert!(parents.is_empty(), "{table} hangs on {parents:?}");
        }
    }
}
