//! SQLite: the state of the lot and the outbox of reports.
//!
//! Only the engine opens it for writing; everybody else reads through [`Store::open_reading`]. Nothing
//! here decides anything about cars.

mod actuation;
mod all_up;
mod awaited_images;
mod backup;
mod base_data;
mod booking;
mod boot;
mod broken_log;
mod calendar_told;
mod camera_list;
mod charge;
mod column;
mod command;
mod connection;
mod contract;
mod control_list;
mod copies;
mod counts;
mod coupon;
mod device;
mod early_exit;
mod exit_read;
mod fault;
mod files;
mod forget;
mod forget_texts;
mod garage;
mod guidance;
mod health;
mod image;
mod keeper;
mod kept;
mod lane;
mod lease;
mod lease_use;
mod log_file;
mod look;
mod mending;
mod mission;
mod mounts;
mod moved;
mod not_taken;
mod opening;
mod other_gateway;
mod outbox;
mod parking_order;
mod parking_record;
mod passing;
mod picture_aside;
mod place;
mod progress;
mod put_aside;
mod raw;
mod reader;
mod refund;
mod salvage;
mod second_look;
mod seen;
mod seen_car;
mod share;
mod shared_memory;
mod sound_numbers;
mod space;
mod sparse;
mod staff_command;
mod stock;
mod store_loss;
mod tables;
mod tail;
mod ticket;
mod trail;
mod undecided_read;
mod unseen_passage;
mod vehicle_class;
mod vehicle_lock;
mod visitor_pass;
mod visits_as_one;
mod waiting;
mod writer_claim;
mod written;

pub use actuation::{ActuationState, PendingActuation};
pub use all_up::AllUp;
pub use backup::{CopyError, back_up, restore};
pub use base_data::KnownBaseData;
pub use booking::{Booking, BookingState};
pub use boot::KnownBoot;
pub use camera_list::{CameraListOrder, CameraListRow, ListWork};
pub use charge::Charge;
pub use command::JournalEntry;
pub use connection::{CommandsOffTime, ConnectionState, Oddity};
pub use control_list::ControlListEntry;
pub use copies::{Complete, Copies, Copying, Unfinished};
pub use coupon::{CouponDiscount, CouponFilter, CouponState, GivenCoupon};
pub use early_exit::EarlyExit;
pub use fault::{FaultKind, StoreFault};
pub use forget::Forgetting;
pub use health::Health;
pub use image::Image;
pub use keeper::{Keeper, Standing};
pub use lane::{LaneCondition, LoopPassage, LoopUse};
pub use lease::Lease;
pub use lease_use::{LeaseDay, LeaseUse};
pub use log_file::{LogFile, large_log};
pub use look::Look;
pub use mending::mend;
pub use mission::{Mission, MissionState};
pub use not_taken::NotTaken;
pub use other_gateway::OtherGateway;
pub use outbox::{ListedRow, OutboxRow, QueueCounts, TakenRow, Urgency};
pub use parking_order::{OrderTerms, PlacedOrder};
pub use parking_record::{ParkingRecord, RecordType};
pub use passing::Passing;
pub use place::{is_there, moved_aside};
pub use put_aside::NamesAside;
pub use reader::Reader;
pub use second_look::look_again;
pub use seen_car::SeenCar;
pub use share::Share;
pub use space::KnownSpace;
pub use stock::{KeptOfStay, StockStay, StockTaking};
pub use store_loss::{MendedThen, StoreLoss, Untold};
pub use tail::Tail;
pub use trail::{Deed, DroppedReport};
pub use undecided_read::UndecidedRead;
pub use unseen_passage::UnseenPassage;
pub use vehicle_class::ClassOfPlate;
pub use vehicle_lock::VehicleLock;
pub use visitor_pass::{PassTime, VisitorPass};
pub use waiting::Waiting;
pub use written::Written;

use files::beside;
use jiff::Timestamp;
use kept::KeptAnswers;
use opening::{aside_of, connect, is_damage, move_aside};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, TransactionBehavior};
use std::cell::{Cell, RefCell};
#[cfg(debug_assertions)]
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;
use writer_claim::{LOCK, WriterClaim, claim};

/// What can go wrong with the database.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// SQLite says no.
    #[error("the database refuses: {0}")]
    Sqlite(#[source] rusqlite::Error),
    /// A stored value is not what we once wrote.
    #[error("the database holds `{value}` where {wanted} belongs")]
    Value {
        /// What was found.
        value: String,
        /// What was expected.
        wanted: &'static str,
    },
    /// Written by a newer lotgate.
    #[error(
        "the database is of version {found}, this program knows up to {known}; install the newer program again"
    )]
    TooNew {
        /// Version in the file.
        found: usize,
        /// Newest we know.
        known: usize,
    },
    /// Another process has it open for writing.
    #[error("the database {} is in use by a running gateway", path.display())]
    InUse {
        /// The file.
        path: PathBuf,
    },
    /// The file that says who writes cannot be made or read.
    #[error("{}: {error}", path.display())]
    Lock {
        /// That file.
        path: PathBuf,
        /// Why not.
        error: std::io::Error,
    },
    /// The log beside it cannot be read.
    #[error("{}: {error}", path.display())]
    Log {
        /// That file.
        path: PathBuf,
        /// Why not.
        error: std::io::Error,
    },
    /// It was there, and is there no more.
    #[error("the database {} is gone, with its disk or without", path.display())]
    Gone {
        /// Where it was.
        path: PathBuf,
    },
    /// It was deleted, or emptied.
    #[error("the database {} was deleted or emptied", path.display())]
    Deleted {
        /// Where it was.
        path: PathBuf,
    },
    /// A file of it could not be moved to where it should be.
    #[error("the database's file {} cannot be moved: {error}", path.display())]
    Move {
        /// The file.
        path: PathBuf,
        /// Why not.
        error: std::io::Error,
    },
}

/// Milliseconds for which rows beyond their time gather before any of them is removed.
const GATHERED: i64 = 300_000;

/// Tables that grow for as long as rows are kept.
#[cfg(debug_assertions)]
const GROWING: [&str; 21] = [
    "parking_record",
    "record_alias",
    "record_class",
    "exit_read",
    "lease_use",
    "visits_as_one",
    "charge",
    "refund",
    "parking_order",
    "order_relief",
    "booking",
    "mission",
    "outbox",
    "command",
    "coupon",
    "coupon_discount",
    "visitor_pass",
    "visitor_pass_plate",
    "trail",
    "stock_stay",
    "awaited_images",
];

#[cfg(debug_assertions)]
thread_local! {
    static PLANNED: RefCell<BTreeSet<String>> = RefCell::default();
    static ASKED: RefCell<BTreeMap<String, StatementCost>> = RefCell::default();
}

/// What a statement has cost.
#[cfg(debug_assertions)]
#[derive(Debug, Default, Clone, Copy)]
pub struct StatementCost {
    /// How often it was asked.
    pub times: u32,
    /// Steps of SQLite's machine in all: some for each row that it visits.
    pub steps: u64,
}

/// In debug builds: what this thread has asked databases since it asked this last.
#[cfg(debug_assertions)]
pub fn statements() -> BTreeMap<String, StatementCost> {
    ASKED.take()
}

/// What is asked only to see whether an answer is right counts for nothing.
#[cfg(debug_assertions)]
fn uncounted<T>(work: impl FnOnce() -> T) -> T {
    let counted = ASKED.take();
    let result = work();
    ASKED.set(counted);
    result
}

/// A kept answer has to be what the database says.
#[cfg(debug_assertions)]
fn held_against<A: std::fmt::Debug + PartialEq + ?Sized, T: std::borrow::Borrow<A>>(
    answer: &A,
    ask: impl FnOnce() -> Result<T, StoreError>,
) -> Result<(), StoreError> {
    let now = uncounted(ask)?;
    debug_assert_eq!(answer, now.borrow());
    Ok(())
}

/// The database, open for writing: by one process at a time.
pub struct Store {
    connection: Connection,
    unreadable: Unreadable,
    kept: KeptAnswers,
    path: PathBuf,
    /// Held for as long as the database is open.
    claim: WriterClaim,
    /// The last forgotten plate after which the log was cut back.
    cut_after: Cell<Option<i64>>,
    /// How far it had come when that was noted beside it.
    progress: Cell<Option<i64>>,
}

/// A transaction in progress. Dropped without [`Transaction::commit`], nothing happened.
pub struct Transaction<'store> {
    inner: rusqlite::Transaction<'store>,
    unreadable: &'store Unreadable,
    kept: &'store KeptAnswers,
}

/// What scans have come upon and could not read.
#[derive(Debug, Default)]
struct Unreadable {
    /// Everything that was told since the start, so that it is told once.
    known: RefCell<BTreeSet<String>>,
    /// What is still to be told.
    fresh: RefCell<Vec<String>>,
}

impl Store {
    /// Opens or creates the database. A damaged one is moved aside and its new name returned.
    pub fn open(path: &Path, now: Timestamp) -> Result<(Self, Option<PathBuf>), StoreError> {
        let claim = claim(path)?.ok_or_else(|| StoreError::InUse { path: path.to_owned() })?;
        let (connection, aside) = match connect(path) {
            Ok(connection) => (connection, None),
            Err(StoreError::Sqlite(error)) if is_damage(&error) => {
                let aside = aside_of(path, now);
                move_aside(path, &aside)?;
                (connect(path)?, Some(aside))
            }
            Err(error) => return Err(error),
        };
        Ok((Self::of(connection, path, claim), aside))
    }

    /// Nothing is taken of whoever writes: numbers that no lot comes to may stand in the way. True where they did.
    pub fn bring_numbers_back(&self) -> Result<bool, StoreError> {
        sound_numbers::bring_back(&self.connection)
    }

    fn of(connection: Connection, path: &Path, claim: WriterClaim) -> Self {
        let (unreadable, kept, path) =
            (Unreadable::default(), KeptAnswers::default(), path.to_owned());
        let (cut_after, progress) = (Cell::new(None), Cell::new(None));
        Self { connection, unreadable, kept, path, claim, cut_after, progress }
    }

    /// Whether a gateway has the database open for writing; where that cannot be seen, as if one had.
    pub fn in_use(path: &Path) -> bool {
        beside(path, LOCK).exists() && !matches!(claim(path), Ok(Some(_)))
    }

    /// A connection of its own for reading.
    pub fn open_reading(path: &Path) -> Result<Reader, StoreError> {
        Reader::open(path)
    }

    /// How long it waits for whoever else holds the database.
    pub const PATIENCE: Duration = opening::PATIENCE;

    /// From now on it waits no longer than this for whoever else holds the database.
    pub fn wait_at_most(&self, patience: Duration) -> Result<(), StoreError> {
        Ok(self.connection.busy_timeout(patience)?)
    }

    /// Notes beside the database how far it has come, so that an older one in its place is noticed; not within a transaction.
    pub fn note_progress(&self) {
        // What cannot be read is noticed elsewhere.
        let reached = progress::reached(&self.connection).ok();
        if let Some(reached) = reached.filter(|reached| self.progress.get() != Some(*reached)) {
            progress::note(&self.path, reached);
            self.progress.set(Some(reached));
        }
    }

    /// Nothing is written into the database's file any more when this is dropped: it is damaged, and what stands beside it
    /// is read yet.
    pub fn leave_as_it_is(&self) {
        let _ = self.connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true);
    }

    /// Begins to write all it holds to where its file should be, which somebody has deleted or replaced.
    pub fn begin_to_write_out(&self) -> Result<Unfinished, CopyError> {
        mending::begin_to_write_out(self)
    }

    /// Gives what was written out its place; a file that stands there is moved aside to the returned name.
    pub fn put_in_place(
        &self,
        complete: &Complete,
        now: Timestamp,
    ) -> Result<Option<PathBuf>, CopyError> {
        mending::put_in_place(self, complete, now)
    }

    /// Gives it a place beside the database that stands where it should be; returns its name.
    pub fn put_beside(&self, complete: &Complete, now: Timestamp) -> Result<PathBuf, CopyError> {
        mending::put_beside(self, complete, now)
    }

    /// All it holds, written at once; nothing else is done meanwhile.
    pub fn written_out(&self) -> Result<Complete, CopyError> {
        mending::written_out(self)
    }

    /// Begins a transaction.
    pub fn begin(&mut self) -> Result<Transaction<'_>, StoreError> {
        self.begin_beside()
    }

    /// The same while a copy of the database is made through the same connection, which cannot be had alone then. A second
    /// one at the same time is an error.
    pub fn begin_beside(&self) -> Result<Transaction<'_>, StoreError> {
        let behavior = TransactionBehavior::Immediate;
        let inner = rusqlite::Transaction::new_unchecked(&self.connection, behavior)?;
        let others =
            inner.prepare_cached("PRAGMA data_version")?.query_row([], |row| row.get(0))?;
        self.kept.begin(others);
        Ok(Transaction { inner, unreadable: &self.unreadable, kept: &self.kept })
    }
}

impl Transaction<'_> {
    /// Makes everything durable.
    pub fn commit(self) -> Result<(), StoreError> {
        self.inner.commit()?;
        self.kept.committed();
        Ok(())
    }

    fn execute(&self, sql: &str, params: impl rusqlite::Params) -> Result<usize, StoreError> {
        self.execute_of(None, sql, params)
    }

    /// The same where of what is kept only the answer to one key changes.
    fn execute_of(
        &self,
        key: Option<&str>,
        sql: &str,
        params: impl rusqlite::Params,
    ) -> Result<usize, StoreError> {
        self.assert_quick(sql)?;
        let mut statement = self.inner.prepare_cached(sql)?;
        let changed = statement.execute(params);
        self.kept.done(sql, key);
        count_steps(sql, &statement);
        Ok(changed?)
    }

    /// Does something and takes back whatever it wrote: for looking at what would come of it.
    pub fn undone<T>(&self, work: impl FnOnce() -> T) -> Result<T, StoreError> {
        self.inner.execute_batch("SAVEPOINT undone")?;
        let result = work();
        let undone = self.inner.execute_batch("ROLLBACK TO undone; RELEASE undone");
        self.kept.forget();
        undone?;
        Ok(result)
    }

    fn row<T>(
        &self,
        sql: &str,
        params: impl rusqlite::Params,
        read: impl FnOnce(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Option<T>, StoreError> {
        use rusqlite::OptionalExtension as _;
        self.assert_quick(sql)?;
        let mut statement = self.inner.prepare_cached(sql)?;
        let row = statement.query_row(params, read).optional();
        self.kept.done(sql, None);
        count_steps(sql, &statement);
        Ok(row?)
    }

    fn rows<T>(
        &self,
        sql: &str,
        params: impl rusqlite::Params,
        read: impl FnMut(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, StoreError> {
        self.assert_quick(sql)?;
        let mut statement = self.inner.prepare_cached(sql)?;
        let rows = statement.query_map(params, read)?.collect::<rusqlite::Result<_>>();
        self.kept.done(sql, None);
        count_steps(sql, &statement);
        Ok(rows?)
    }

    /// In debug builds: no statement walks through a table that grows with the years, since every lane waits for
    /// the one writer.
    #[cfg(debug_assertions)]
    fn assert_quick(&self, sql: &str) -> Result<(), StoreError> {
        let times = ASKED.with_borrow_mut(|asked| {
            let asked = asked.entry(sql.to_owned()).or_default();
            asked.times = asked.times.saturating_add(1);
            asked.times
        });
        if times == 1 && PLANNED.with_borrow_mut(|planned| planned.insert(sql.to_owned())) {
            let mut plan = self.inner.prepare(&format!("EXPLAIN QUERY PLAN {sql}"))?;
            // Nothing is bound: the plan does not depend on it.
            let mut steps = plan.raw_query();
            while let Some(step) = steps.next()? {
                let step: String = step.get(3)?;
                let is_first = sql.starts_with("SELECT 1 FROM ") && sql.ends_with(sparse::FIRST);
                let walks =
                    !is_first && GROWING.iter().any(|table| step == format!("SCAN {table}"));
                debug_assert!(!walks && !step.contains("AUTOMATIC"), "{step}: {sql}");
            }
        }
        Ok(())
    }

    #[cfg(not(debug_assertions))]
    #[inline]
    fn assert_quick(&self, _: &str) -> Result<(), StoreError> {
        Ok(())
    }

    /// The rows of a scan that looks at everybody: one that cannot be read is left out and told, so that
    /// it stops nobody else.
    fn scan<T>(
        &self,
        sql: &str,
        params: impl rusqlite::Params,
        mut read: impl FnMut(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, StoreError> {
        let rows = self.rows(sql, params, |row| Ok(read(row)))?;
        let mut readable = Vec::with_capacity(rows.len());
        for row in rows {
            match row.map_err(StoreError::from) {
                Ok(row) => readable.push(row),
                Err(error @ StoreError::Value { .. }) => self.unreadable.note(error.to_string()),
                Err(error) => return Err(error),
            }
        }
        Ok(readable)
    }

    /// The one row that a scan finds, where it can be read.
    fn scan_one<T>(
        &self,
        sql: &str,
        params: impl rusqlite::Params,
        read: impl FnMut(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Option<T>, StoreError> {
        Ok(self.scan(sql, params, read)?.into_iter().next())
    }

    /// What scans could not read and nobody has been told yet.
    pub fn take_unreadable(&self) -> Vec<String> {
        self.unreadable.fresh.take()
    }

    /// Removes what is older than its keeping time, at most `limit` rows in all, so that no commit grows long and no lane
    /// waits; called once a second, so many a day as ever come. Rows are left to gather for some minutes, lest each second
    /// writes for one of them. Returns how many rows went.
    pub fn prune(
        &self,
        records_before: Timestamp,
        seen_before: Timestamp,
        limit: u32,
    ) -> Result<u32, StoreError> {
        let records = records_before.as_millisecond();
        let mut gone: u32 = 0;
        for (sql, before) in [
            (parking_record::PRUNE, records),
            (command::PRUNE, records),
            (booking::PRUNE, records),
            (control_list::PRUNE, records),
            (mission::PRUNE, records),
            (staff_command::PRUNE, records),
            (image::PRUNE, records),
            (tail::PRUNE, records),
            (vehicle_class::PRUNE, records),
            (coupon::PRUNE, records),
            (visitor_pass::PRUNE, records),
            (trail::PRUNE, records),
            (put_aside::PRUNE, records),
            (store_loss::PRUNE, records),
            (stock::PRUNE, records),
            (seen::PRUNE, seen_before.as_millisecond()),
        ] {
            let left = limit.saturating_sub(gone);
            if left > 0 && self.remove(sql, (before - GATHERED, 1))? == 1 {
                gone += 1 + self.remove(sql, (before, left - 1))?;
            }
        }
        let day = records_before.to_string();
        let left = limit.saturating_sub(gone);
        gone += self.remove(share::PRUNE, (day.get(..10).unwrap_or_default(), left))?;
        Ok(gone)
    }

    fn remove(&self, sql: &str, params: impl rusqlite::Params) -> Result<u32, StoreError> {
        Ok(u32::try_from(self.execute(sql, params)?).unwrap_or(u32::MAX))
    }

    /// Rows written, changed and removed on this connection so far: the same before and after means that
    /// nothing was.
    pub fn writes(&self) -> u64 {
        self.inner.total_changes()
    }
}

impl Unreadable {
    fn note(&self, error: String) {
        if self.known.borrow_mut().insert(error.clone()) {
            self.fresh.borrow_mut().push(error);
        }
    }
}

/// In debug builds: notes what a statement has cost.
#[cfg(debug_assertions)]
fn count_steps(sql: &str, statement: &rusqlite::Statement<'_>) {
    let steps = statement.reset_status(rusqlite::StatementStatus::VmStep);
    ASKED.with_borrow_mut(|asked| {
        if let Some(asked) = asked.get_mut(sql) {
            asked.steps = asked.steps.saturating_add(u64::try_from(steps).unwrap_or_default());
        }
    });
}

#[cfg(not(debug_assertions))]
#[inline]
fn count_steps(_: &str, _: &rusqlite::Statement<'_>) {}

fn millis(column: i64) -> Timestamp {
    Timestamp::from_millisecond(column).unwrap_or(Timestamp::UNIX_EPOCH)
}

#[cfg(all(test, debug_assertions))]
mod tests {
    use super::*;

    /// What hangs on rows that grow and goes with the stay.
    const WHILE_INSIDE: [&str; 2] = ["vehicle_lock", "entry_picture"];

    #[test]
    fn what_hangs_on_a_table_that_grows_is_known_to_grow_with_it() {
        let folder = tempfile::tempdir().unwrap();
        let (store, _) =
            Store::open(&folder.path().join("lotgate.db"), Timestamp::UNIX_EPOCH).unwrap();
        let sql = "SELECT tables.name, parents.\"table\" FROM sqlite_schema AS tables
                   JOIN pragma_foreign_key_list(tables.name) AS parents WHERE type = 'table'";
        let mut hanging = store.connection.prepare(sql).unwrap();
        let pairs = hanging.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        let pairs: Vec<(String, String)> = pairs.map(Result::unwrap).collect();
        assert!(pairs.iter().any(|(table, _)| table == "lease_use"), "{pairs:?}");
        let is_known = |table: &str| GROWING.contains(&table) || WHILE_INSIDE.contains(&table);
        for (table, parent) in &pairs {
            assert!(!GROWING.contains(&parent.as_str()) || is_known(table), "{table} on {parent}");
        }
    }
}
