//! The database's file: how it is opened, brought up to date, and moved aside when it is damaged.
//! For [`super::Store`]; it knows no table.

use super::files::{beside, folder_of, place_aside};
use super::writer_claim::LOCK;
use super::{StoreError, broken_log, progress, shared_memory, sound_numbers};
use crate::private_files;
use jiff::Timestamp;
use rusqlite::Connection;
use rusqlite::config::DbConfig;
use rustix::fs::{Access, StatVfsMountFlags, access};
use rustix::io::Errno;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Schema versions in order; never edited once released.
pub(super) const MIGRATIONS: &[&str] = &[
    include_str!("schema/1.sql"),
    include_str!("schema/2.sql"),
    include_str!("schema/3.sql"),
    include_str!("schema/4.sql"),
    include_str!("schema/5.sql"),
    include_str!("schema/6.sql"),
    include_str!("schema/7.sql"),
    include_str!("schema/8.sql"),
    include_str!("schema/9.sql"),
    include_str!("schema/10.sql"),
    include_str!("schema/11.sql"),
    include_str!("schema/12.sql"),
    include_str!("schema/13.sql"),
    include_str!("schema/14.sql"),
    include_str!("schema/15.sql"),
    include_str!("schema/16.sql"),
    include_str!("schema/17.sql"),
    include_str!("schema/18.sql"),
    include_str!("schema/19.sql"),
];

/// What the name of a damaged database ends in, before the second it was moved aside.
pub(super) const ASIDE: &str = ".damaged-";

/// Databases up to this size are checked before the start; larger ones would delay the first decision.
const CHECKED_AT_START: u64 = 32 * 1024 * 1024;

/// Before this version what was deleted was not overwritten.
const OVERWRITTEN_SINCE: usize = 8;

/// Bytes of a page. Each that a commit touches is written whole, so that small ones cost the medium half; what stands in
/// a row seldom needs more.
const PAGE: i64 = 1024;

/// Before this version pages were larger.
const PAGED_SINCE: usize = 17;

/// Bytes of the log after which SQLite brings it into the database.
pub(super) const USUAL_LOG: u64 = 4 * 1024 * 1024;

/// Whoever else holds the database is waited for so long.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);

/// Makes the database's file for its owner alone, and tightens what is there: SQLite gives its other files the same rights.
pub(super) fn keep_private(path: &Path) -> Result<(), StoreError> {
    let failed = |error| StoreError::Lock { path: path.to_owned(), error };
    if !path.exists() {
        let mut options = File::options();
        private_files::open(options.write(true).create(true).truncate(false), path)
            .map_err(failed)?;
        private_files::give_to_owner_of(folder_of(path), path).map_err(failed)?;
    }
    private_files::tighten_folder(folder_of(path)).map_err(failed)?;
    for suffix in ["", "-wal", "-shm", LOCK] {
        private_files::tighten(&beside(path, suffix)).map_err(failed)?;
    }
    Ok(())
}

/// An error on a medium that takes nothing.
pub(super) fn refuse_read_only(path: &Path) -> Result<(), StoreError> {
    let disk = rustix::fs::statvfs(folder_of(path));
    let is_read_only = disk.is_ok_and(|disk| disk.f_flag.contains(StatVfsMountFlags::RDONLY));
    // A part of a disk may be, which only whoever would write is told. Opening the file here would let go of others' locks.
    let refuses = |path: &Path| access(path, Access::WRITE_OK) == Err(Errno::ROFS);
    if is_read_only || refuses(path) || refuses(folder_of(path)) {
        let code = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_READONLY);
        return Err(StoreError::Sqlite(rusqlite::Error::SqliteFailure(code, None)));
    }
    Ok(())
}

pub(super) fn connect(path: &Path) -> Result<Connection, StoreError> {
    refuse_read_only(path)?;
    shared_memory::refuse_without_room(path)?;
    broken_log::refuse(path)?;
    keep_private(path)?;
    let mut connection = Connection::open(path)?;
    // Of one that is found to be damaged nothing is changed.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    configure(&connection)?;
    begin_pages(&connection)?;
    // What is deleted is overwritten: plates and money stand in it.
    connection.pragma_update(None, "secure_delete", true)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    shared_memory::take_room(path);
    let size = std::fs::metadata(path).map_or(0, |meta| meta.len());
    if size <= CHECKED_AT_START {
        check(&connection)?;
    }
    progress::refuse_older(&connection, path)?;
    if version(&connection)? < MIGRATIONS.len() {
        // What a table was has its numbers with it.
        progress::forget(path);
    }
    let found = migrate(&mut connection)?;
    if (1..PAGED_SINCE).contains(&found) && size <= CHECKED_AT_START {
        put_into_pages(&connection, found)?;
    }
    sound_numbers::bring_back(&connection)?;
    keep_usual_log(&connection)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false)?;
    Ok(connection)
}

pub(super) fn configure(connection: &Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(PATIENCE)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    connection.pragma_update(None, "cache_size", -4096)?;
    // Without this guarantee SQLite plans a statement anew for every value it is bound to wherever a
    // partial index might depend on the value; that costs more than all the rest of a commit.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    // More than there are statements, for the same reason.
    connection.set_prepared_statement_cache_capacity(256);
    Ok(())
}

/// One that is yet to be made has pages of our size.
pub(super) fn begin_pages(connection: &Connection) -> rusqlite::Result<()> {
    connection.pragma_update(None, "page_size", PAGE)
}

/// One of an earlier version gets pages of our size; and pages that were freed before anything was overwritten hold what
/// stood in them. Without room for it, or while somebody reads, it stays as it is.
fn put_into_pages(connection: &Connection, found: usize) -> rusqlite::Result<()> {
    let set = |name, value: &str| connection.pragma_update(None, name, value);
    let is_alone = set("journal_mode", "DELETE").is_ok();
    if is_alone || found < OVERWRITTEN_SINCE {
        let _ = begin_pages(connection).and_then(|()| connection.execute_batch("VACUUM"));
    }
    set("journal_mode", "WAL")?;
    // What cannot be brought into the database now is later.
    let _ = connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)");
    Ok(())
}

/// The log grows as long as ever, whatever the size of its pages: one that is written over seldom costs less.
fn keep_usual_log(connection: &Connection) -> rusqlite::Result<()> {
    let page: i64 = connection.pragma_query_value(None, "page_size", |row| row.get(0))?;
    let pages = i64::try_from(USUAL_LOG).unwrap_or(i64::MAX) / page.max(512);
    connection.pragma_update(None, "wal_autocheckpoint", pages)
}

fn check(connection: &Connection) -> rusqlite::Result<()> {
    let answer: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    if answer == "ok" {
        return Ok(());
    }
    let code = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CORRUPT);
    Err(rusqlite::Error::SqliteFailure(code, Some(answer)))
}

fn version(connection: &Connection) -> rusqlite::Result<usize> {
    connection.pragma_query_value(None, "user_version", |row| {
        row.get::<_, i64>(0).map(|version| usize::try_from(version).unwrap_or(usize::MAX))
    })
}

/// Brings the schema up to date; returns the version that was found.
pub(super) fn migrate(connection: &mut Connection) -> Result<usize, StoreError> {
    let found = version(connection)?;
    if found > MIGRATIONS.len() {
        return Err(StoreError::TooNew { found, known: MIGRATIONS.len() });
    }
    for (index, sql) in MIGRATIONS.iter().enumerate().skip(found) {
        let step = connection.transaction()?;
        step.execute_batch(sql)?;
        step.pragma_update(None, "user_version", i64::try_from(index + 1).unwrap_or(i64::MAX))?;
        step.commit()?;
    }
    Ok(found)
}

pub(super) fn is_damage(error: &rusqlite::Error) -> bool {
    use rusqlite::ErrorCode::{DatabaseCorrupt, NotADatabase};
    matches!(error.sqlite_error_code(), Some(DatabaseCorrupt | NotADatabase))
}

/// Where one that is moved aside now goes.
pub(super) fn aside_of(path: &Path, now: Timestamp) -> PathBuf {
    place_aside(path, ASIDE, now)
}

pub(super) fn move_aside(path: &Path, aside: &Path) -> Result<(), StoreError> {
    for part in ["", "-wal", "-shm"] {
        let (from, to) = (beside(path, part), beside(aside, part));
        if from.exists() {
            std::fs::rename(&from, &to).map_err(|error| StoreError::Move { path: from, error })?;
        }
    }
    Ok(())
}

/// Makes a new name in a file's folder last.
pub(super) fn sync_folder(file: &Path) -> std::io::Result<()> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new("."))).and_then(|folder| folder.sync_all())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{Health, Store};

    #[test]
    fn a_damaged_database_is_moved_aside_and_never_deleted() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lotgate.db");
        std::fs::write(&path, vec![0x5a; 8192]).unwrap();
        let (store, aside) = Store::open(&path, Timestamp::from_second(77).unwrap()).unwrap();
        drop(store);
        let aside = aside.expect("a damaged file is reported");
        assert_eq!(std::fs::read(aside).unwrap(), vec![0x5a; 8192]);
        assert_eq!(Store::open(&path, Timestamp::UNIX_EPOCH).unwrap().1, None);
    }

    #[test]
    fn a_database_of_a_newer_program_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lotgate.db");
        let (store, _) = Store::open(&path, Timestamp::UNIX_EPOCH).unwrap();
        store.connection.pragma_update(None, "user_version", 99).unwrap();
        drop(store);
        let again = Store::open(&path, Timestamp::UNIX_EPOCH);
        assert!(matches!(again, Err(StoreError::TooNew { found: 99, .. })));
    }

    #[test]
    fn the_database_and_all_beside_it_are_their_owners_alone_and_those_of_before_become_so() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lot/lotgate.db");
        let inner = path.parent().unwrap();
        std::fs::create_dir(inner).unwrap();
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let open_to_all = |path: &Path, mode| {
            std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
        };
        for _ in 0..2 {
            let (mut store, _) = Store::open(&path, Timestamp::UNIX_EPOCH).unwrap();
            let tx = store.begin().unwrap();
            tx.set_device_online("d", true, Timestamp::UNIX_EPOCH).unwrap();
            tx.commit().unwrap();
            for suffix in ["", "-wal", "-shm", LOCK] {
                assert_eq!(mode(&beside(&path, suffix)), 0o600, "{suffix}");
            }
            assert_eq!(mode(inner), 0o700);
            // As an older program left it.
            for suffix in ["", LOCK] {
                open_to_all(&beside(&path, suffix), 0o644);
            }
            open_to_all(inner, 0o755);
        }
    }

    #[test]
    fn what_is_deleted_is_in_no_file_any_more_nor_what_an_older_program_deleted() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lotgate.db");
        let old = Connection::open(&path).unwrap();
        old.execute_batch(MIGRATIONS[0]).unwrap();
        old.execute_batch(
            "INSERT INTO contract VALUES ('DELETED-BEFORE', 1, 1); DELETE FROM contract;
             PRAGMA user_version = 1;",
        )
        .unwrap();
        drop(old);
        let (store, _) = Store::open(&path, Timestamp::UNIX_EPOCH).unwrap();
        let sql = "INSERT INTO contract VALUES ('DELETED-SINCE', 1, 1); DELETE FROM contract;
                   PRAGMA wal_checkpoint(TRUNCATE);";
        store.connection.execute_batch(sql).unwrap();
        let bytes = std::fs::read(&path).unwrap();
        for deleted in ["DELETED-BEFORE", "DELETED-SINCE"] {
            let there = bytes.windows(deleted.len()).any(|some| some == deleted.as_bytes());
            assert!(!there, "{deleted}");
        }
    }

    #[test]
    fn a_database_has_one_writer_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lotgate.db");
        assert!(!Store::in_use(&path));
        let (store, _) = Store::open(&path, Timestamp::UNIX_EPOCH).unwrap();
        assert!(Store::in_use(&path));
        let second = Store::open(&path, Timestamp::UNIX_EPOCH);
        assert!(matches!(second, Err(StoreError::InUse { .. })));
        drop(store);
        assert!(!Store::in_use(&path));
        assert!(Store::open(&path, Timestamp::UNIX_EPOCH).is_ok());
    }

    #[test]
    fn a_database_of_the_first_release_is_brought_up_to_date_with_all_it_holds() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lotgate.db");
        let first = Connection::open(&path).unwrap();
        first.execute_batch(MIGRATIONS[0]).unwrap();
        first
            .execute_batch(
                "INSERT INTO parking_record (id, plate_no, enter_time) VALUES ('r', '粤B12345', 1);
                 INSERT INTO device (id, online) VALUES ('d', 1);
                 PRAGMA user_version = 1;",
            )
            .unwrap();
        drop(first);
        let (mut store, aside) = Store::open(&path, Timestamp::UNIX_EPOCH).unwrap();
        assert_eq!(aside, None);
        let tx = store.begin().unwrap();
        assert_eq!(tx.used_spaces().unwrap(), 1);
        assert_eq!(tx.device_online("d").unwrap(), Some(true));
        tx.commit().unwrap();
        let health = Store::open_reading(&path).unwrap().examine().unwrap();
        let newest = MIGRATIONS.len();
        assert_eq!(health, Health { faults: Vec::new(), version: newest, newest });
    }

    #[test]
    fn what_the_last_release_wrote_is_read_and_means_what_it_meant() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lotgate.db");
        let last = Connection::open(&path).unwrap();
        last.execute_batch(MIGRATIONS[0]).unwrap();
        last.execute_batch(MIGRATIONS[1]).unwrap();
        let hour = 3_600_000;
        last.execute_batch(&format!(
            "INSERT INTO parking_record (id, plate_no, enter_time, receivables, received)
                 VALUES ('inside', '粤B00001', 1, '0', '0');
             INSERT INTO parking_record (id, plate_no, enter_time, leave_time, receivables, received)
                 VALUES ('owes', '粤B00002', 1, {hour}, '10', '4.5'),
                        ('paid', '粤B00003', 1, {hour}, '10', '10.00');
             INSERT INTO charge (id, record_id, order_no, pay_time, receivables, discount, received,
                 pay_type, pay_from) VALUES ('c', 'inside', 'O1', 5, '10', '0', '10', 1, '线下');
             INSERT INTO parking_order (order_no, record_id, form) VALUES ('O1', 'inside', 'x');
             INSERT INTO booking (book_code, plate_no, book_time, over_time, keep_until, book_money,
                 space_no, state) VALUES ('YD1', '粤B00004', 1, {hour}, {hour}, '5', 'A1', 'held');
             INSERT INTO space (space_no, state) VALUES ('A1', 0);
             INSERT INTO waiting (lane_id, plate_no, device_id, reason, since, last_read)
                 VALUES ('l', '粤B00001', 'd', 'payment-due', 1, 1);
             INSERT INTO passing (lane_id, plate_no, device_id, images, decided_at, on_loop)
                 VALUES ('m', '粤B00005', 'd', '[]', 1, 0);
             INSERT INTO share (id, plate_no, start_date, end_date, start_time, end_time,
                 buffer_minutes, week_days) VALUES ('s', '粤B00006', '2026-01-01', '2026-12-31',
                 '09:00:00', '19:00:00', 0, 127);
             PRAGMA user_version = 2;"
        ))
        .unwrap();
        drop(last);
        let (mut store, aside) = Store::open(&path, Timestamp::UNIX_EPOCH).unwrap();
        assert_eq!(aside, None);
        let tx = store.begin().unwrap();
        // Nobody knows what an order told before bound to.
        assert_eq!(tx.order("O1").unwrap().unwrap().terms, None);
        assert_eq!(tx.charges_of(&"inside".into()).unwrap()[0].settled_fee, None);
        let unsettled = tx.unsettled_records(0, 10).unwrap();
        assert_eq!(unsettled.iter().map(|one| one.id.as_str()).collect::<Vec<_>>(), ["owes"]);
        assert_eq!(tx.reserved_spaces().unwrap(), 1);
        // 5001 had said booked where the table said free: it is said once more.
        let free = crate::standard::codes::SpaceState::Free;
        assert!(tx.set_space_reported("A1", free, free, "").unwrap());
        assert_eq!(tx.space_state("A1", "sensor").unwrap(), Some(free), "whoever told it");
        assert_eq!(tx.waiting_in("l").unwrap().unwrap().car.car_color, None);
        assert_eq!(tx.passing_in("m").unwrap().unwrap().car.car_logo, None);
        assert_eq!(tx.shares_of("粤B00006").unwrap()[0].id, "s");
    }

    #[test]
    fn the_changelog_tells_which_version_the_database_becomes() {
        let changelog = include_str!("../../CHANGELOG.md");
        let (_, unreleased) = changelog.split_once("\n## Unreleased\n").unwrap();
        let unreleased = unreleased.split("\n## ").next().unwrap_or_default();
        let told = format!("The database becomes version {} at", MIGRATIONS.len());
        assert!(unreleased.contains(&told), "{told}");
    }

    #[test]
    fn of_leases_of_the_last_release_stays_that_are_over_were_free_within_their_days() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lotgate.db");
        let last = Connection::open(&path).unwrap();
        for sql in &MIGRATIONS[..5] {
            last.execute_batch(sql).unwrap();
        }
        let at = |local: &str| {
            let zone = jiff::tz::TimeZone::get("Asia/Shanghai").unwrap();
            let local: jiff::civil::DateTime = local.parse().unwrap();
            zone.to_timestamp(local).unwrap()
        };
        let lease = |key: &str, end: &str| {
            let sql = "INSERT INTO lease (lease_key, body, spaces, begin_date, end_date, moment)
                VALUES (?1, '{}', 1, '2026-03-01', ?2, 1)";
            last.execute(sql, (key, end)).unwrap();
        };
        lease("粤B00001", "2026-03-31");
        lease("粤B00002", "9999-12-31");
        let stay = |id: &str, key: &str, enter: &str, leave: Option<&str>| {
            let sql =
                "INSERT INTO parking_record (id, plate_no, enter_time, leave_time, receivables,
                received, lease_key) VALUES (?1, ?1, ?2, ?3, '0', '0', ?4)";
            let leave = leave.map(|leave| at(leave).as_millisecond());
            last.execute(sql, (id, at(enter).as_millisecond(), leave, key)).unwrap();
        };
        stay("both", "粤B00001", "2026-02-28T22:00", Some("2026-04-01T10:00"));
        stay("within", "粤B00001", "2026-03-05T08:00", Some("2026-03-05T09:00"));
        stay("after", "粤B00001", "2026-04-05T08:00", Some("2026-04-05T09:00"));
        stay("for ever", "粤B00002", "2026-03-05T08:00", Some("2026-03-05T09:00"));
        stay("ended", "粤B00003", "2026-03-05T08:00", Some("2026-03-05T09:00"));
        stay("inside", "粤B00001", "2026-02-28T22:00", None);
        last.execute_batch("PRAGMA user_version = 5").unwrap();
        drop(last);
        let (mut store, _) = Store::open(&path, Timestamp::UNIX_EPOCH).unwrap();
        let tx = store.begin().unwrap();
        for (id, wanted) in [
            ("both", vec![("2026-03-01T00:00", Some("2026-04-01T00:00"))]),
            ("within", vec![("2026-03-05T08:00", Some("2026-03-05T09:00"))]),
            ("after", vec![]),
            ("for ever", vec![("2026-03-05T08:00", Some("2026-03-05T09:00"))]),
            ("ended", vec![]),
            ("inside", vec![("2026-02-28T22:00", None)]),
        ] {
            let uses = tx.lease_uses_of(&id.into()).unwrap();
            let uses: Vec<_> = uses.iter().map(|used| (used.since, used.until)).collect();
            let moments = |(since, until): (&str, Option<&str>)| (at(since), until.map(at));
            assert_eq!(uses, wanted.into_iter().map(moments).collect::<Vec<_>>(), "{id}");
        }
    }

    #[test]
    fn released_steps_of_the_schema_are_never_edited() {
        use sha1::Digest as _;
        let digests = [
            "9891e73b9ab86fd8d4180499ed6222042f40d220",
            "d583e552d523d1e8b4dea06c73b9bbf955cf1ae4",
            "cc02643b74ae2735ba1a2be857e47d811b01f539",
            "519e18f8c99ac0249af0ebf4d51e1159aefd166b",
            "2b5a0db663ab4b96ca7a4faa844b2615ea28b0e7",
            "4461d7c7c8ede6a17ed1fdaa72ba590ed35630e0",
            "57ec2c0cbf2ddfb0101879844eabe73190853796",
            "96f98200e08b6a200d42d5aa4ea37017463795b6",
            "a2c0adfb8d2dcc69f0f2a5db4c4b97bdaff62cf2",
            "cec061078f77c342579c5455e15bb1f3dcefea04",
            "fba8734a5c511cde8a07badb9234621877a621c8",
            "5caa1e903e8041013534669d6b64942bd415bd4c",
            "e4cffc092b7e22481f262d907422d58e340b00ff",
            "284bd51062254fc75acecfaccef7929f62921c5a",
            "268d22c0ba103dc39bb4dbaa8fa6ce88188eb512",
            "02c15aaa422c421c80cf0fadcbf28809af027e51",
            "dc331e2c52e51204c21a641ba7407f8a9a9708b8",
            "feacfbd7c92f68edf3f7e8d5f4068d25ff038f02",
            "05260b2f488f32cb6c09d4f86101d7f9e467701c",
        ];
        // The step of the coming release changes here with its file.
        assert_eq!(MIGRATIONS.len(), digests.len());
        for (sql, digest) in MIGRATIONS.iter().zip(digests) {
            let bytes = sha1::Sha1::digest(sql);
            let hex = bytes.iter().fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"));
            assert_eq!(hex, digest);
        }
    }
}
