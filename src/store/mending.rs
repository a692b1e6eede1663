//! A damaged database is put together anew beside it: from its newest good copy, and whatever can be read of it since. Then
//! it is moved aside, never deleted, and the new one takes its place. What could not be read fails safe.

use super::backup::{CopyError, failed};
use super::copies::{Copies, begun_at};
use super::opening::{MIGRATIONS, beside, configure, migrate, move_aside, sync_folder};
use super::salvage::{Salvaged, names, take_over};
use super::{Store, StoreError};
use crate::model::without_store::Mended;
use jiff::Timestamp;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};
use std::fs::File;
use std::path::{Path, PathBuf};

/// What is being put together, and what is ready to take the database's place.
const MENDING: &str = ".mending";
const MENDED: &str = ".mended";

/// What is reckoned from others is reckoned anew: triggers kept it, and they rested.
const RECKONED: [&str; 3] = [
    "UPDATE occupancy SET used = (SELECT count(*) FROM parking_record WHERE leave_time IS NULL)",
    "UPDATE outbox_size SET pending = (SELECT count(*) FROM outbox WHERE state = 'pending'),
     dead = (SELECT count(*) FROM outbox WHERE state = 'dead'),
     bytes = (SELECT coalesce(sum(length(body)), 0) FROM outbox)",
    "UPDATE image_size SET bytes = (SELECT coalesce(sum(bytes), 0) FROM image)",
];

/// Money whose stay cannot be read is not lost with it: a stay of no plate, over, stands for that.
const STAYS_OF_MONEY: &str = "INSERT INTO parking_record (id, plate_no, enter_time, leave_time, record_type)
    SELECT record_id, '', min(at), max(at), 1 FROM
        (SELECT record_id, pay_time AS at FROM charge UNION ALL SELECT record_id, refunded FROM refund)
    WHERE record_id NOT IN (SELECT id FROM parking_record) GROUP BY record_id";

/// What is not to be believed until a person has said so, where something could not be read; `?1` is now. What may let
/// somebody in, or charge somebody twice, has a line here.
const FAIL_SAFE: [&str; 1] = ["UPDATE charge SET restored = ?1"];

/// Puts a damaged database together anew. Nobody may have it open for writing.
pub fn mend(copies: &Copies, now: Timestamp) -> Result<Mended, CopyError> {
    let database = copies.database();
    let part = beside(database, MENDING);
    for suffix in ["", "-journal", "-wal", "-shm"] {
        let _ = std::fs::remove_file(beside(&part, suffix));
    }
    let copy = copies.list().into_iter().find(|copy| is_good(copy));
    if let Some(copy) = &copy {
        std::fs::copy(copy, &part).map_err(failed(&part))?;
    }
    let mut new = Connection::open(&part).map_err(StoreError::from)?;
    prepare(&mut new)?;
    let Salvaged { taken, unread } = match read_only(database) {
        Ok(old) => take_over(&old, &new)?,
        Err(_) => Salvaged { taken: 0, unread: 1 },
    };
    make_whole(&new)?;
    if unread > 0 {
        let now = now.as_millisecond();
        for sql in FAIL_SAFE {
            new.execute(sql, [now]).map_err(StoreError::from)?;
        }
    }
    finish(new)?;
    let aside = take_place(database, &part, now)?;
    let aside = aside.map(|aside| aside.display().to_string());
    Ok(Mended { aside, copied: copy.as_deref().and_then(begun_at), taken, unread })
}

/// Writes all that an open database holds to where it should be: somebody has deleted its file, or put another in its
/// place, which is moved aside.
pub(super) fn write_out(store: &Store, now: Timestamp) -> Result<Option<PathBuf>, CopyError> {
    let part = beside(&store.path, MENDING);
    for suffix in ["", "-journal", "-wal", "-shm"] {
        let _ = std::fs::remove_file(beside(&part, suffix));
    }
    let mut new = Connection::open(&part).map_err(StoreError::from)?;
    {
        let backup = rusqlite::backup::Backup::new(&store.connection, &mut new);
        let backup = backup.map_err(StoreError::from)?;
        let pause = std::time::Duration::ZERO;
        backup.run_to_completion(1000, pause, None).map_err(StoreError::from)?;
    }
    finish(new)?;
    take_place(&store.path, &part, now)
}

/// Ends what a process that ended in between has begun.
pub(super) fn finish_place(database: &Path) {
    let ready = beside(database, MENDED);
    if !database.exists() && ready.exists() {
        // What cannot be renamed is told by the opening that follows.
        let _ = std::fs::rename(ready, database);
    }
}

fn is_good(copy: &Path) -> bool {
    let look = || -> rusqlite::Result<bool> {
        let connection = Connection::open_with_flags(copy, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        let version: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
        let known =
            usize::try_from(version).is_ok_and(|version| (1..=MIGRATIONS.len()).contains(&version));
        let answer: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
        Ok(known && answer == "ok")
    };
    look().unwrap_or(false)
}

fn read_only(database: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open_with_flags(database, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    connection.pragma_update(None, "cell_size_check", true)?;
    // Fails where not even the schema can be read.
    connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
    Ok(connection)
}

/// The newest schema; nothing is synced, checked or triggered while rows come in any order.
fn prepare(new: &mut Connection) -> Result<(), StoreError> {
    configure(new)?;
    new.pragma_update(None, "journal_mode", "MEMORY")?;
    new.pragma_update(None, "synchronous", "OFF")?;
    migrate(new)?;
    new.pragma_update(None, "foreign_keys", false)?;
    new.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false)?;
    new.pragma_update(None, "cache_size", -16_384)?;
    Ok(())
}

/// Rows whose other half is gone go, too, but for money; what is reckoned is reckoned anew.
fn make_whole(new: &Connection) -> Result<(), StoreError> {
    let step = new.unchecked_transaction()?;
    step.execute(STAYS_OF_MONEY, [])?;
    let keys = "SELECT \"from\", \"table\", \"to\" FROM pragma_foreign_key_list(?1)";
    let tables = names(&step)?;
    let mut gone = 1;
    while gone > 0 {
        gone = 0;
        for table in &tables {
            let mut statement = step.prepare_cached(keys)?;
            let found = statement.query_map([table], |row| {
                Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?, row.get::<_, String>(2)?))
            })?;
            for key in found.collect::<rusqlite::Result<Vec<_>>>()? {
                let (from, parent, to) = key;
                let sql = format!(
                    "DELETE FROM \"{table}\" WHERE \"{from}\" IS NOT NULL
                     AND \"{from}\" NOT IN (SELECT \"{to}\" FROM \"{parent}\")"
                );
                gone += step.execute(&sql, [])?;
            }
        }
    }
    for sql in RECKONED {
        step.execute(sql, [])?;
    }
    Ok(step.commit()?)
}

/// Whole, in one file, and on the disk.
fn finish(new: Connection) -> Result<(), StoreError> {
    let answer: String = new.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    if answer != "ok" {
        new.execute_batch("REINDEX")?;
    }
    new.pragma_update(None, "journal_mode", "DELETE")?;
    new.close().map_err(|(_, error)| error)?;
    Ok(())
}

/// Puts a finished file in the database's place; what was there is moved aside.
fn take_place(database: &Path, part: &Path, now: Timestamp) -> Result<Option<PathBuf>, CopyError> {
    File::open(part).and_then(|file| file.sync_all()).map_err(failed(part))?;
    let ready = beside(database, MENDED);
    std::fs::rename(part, &ready).map_err(failed(&ready))?;
    let there = database.exists();
    let aside = move_aside(database, now)?;
    std::fs::rename(&ready, database).map_err(failed(database))?;
    sync_folder(database).map_err(failed(database))?;
    Ok(there.then_some(aside))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Reader;
    use std::path::PathBuf;

    const NOW: Timestamp = Timestamp::constant(1_800_000_000, 0);

    /// 4,000 cars inside that have paid, as many reports and messages; with a copy of all that.
    fn lot(folder: &Path) -> (PathBuf, Copies) {
        let path = folder.join("lotgate.db");
        let (store, _) = Store::open(&path, Timestamp::UNIX_EPOCH).unwrap();
        let fill = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 4000)";
        store.connection.execute_batch(&format!(
            "{fill} INSERT INTO parking_record (id, plate_no, enter_time)
                 SELECT 'r' || i, 'P' || i, i FROM n;
             {fill} INSERT INTO charge (id, record_id, pay_time, receivables, discount, received, pay_type, pay_from)
                 SELECT 'c' || i, 'r' || i, i, '5', '0', '5', 1, 'x' FROM n;
             {fill} INSERT INTO outbox (class, code, subject, key, body, created)
                 SELECT 2, 5004, 's' || i, 'k', hex(randomblob(40)), i FROM n;
             {fill} INSERT INTO seen (message, at) SELECT 'm' || i, i FROM n;
             INSERT INTO all_up VALUES (1, 'x', 'y', 1);"
        )).unwrap();
        let copies = Copies::new(&path, &folder.join("copies"), None, 3);
        let mut unfinished = copies.begin(Timestamp::from_second(1_700_000_000).unwrap()).unwrap();
        {
            let copying = unfinished.from(&store).unwrap();
            while !copying.step().unwrap() {}
        }
        copies.take(&unfinished.complete().unwrap()).unwrap();
        (path, copies)
    }

    /// What happened since the copy.
    fn since(path: &Path) {
        let connection = Connection::open(path).unwrap();
        configure(&connection).unwrap();
        connection.execute_batch(
            "UPDATE parking_record SET leave_time = 9000 WHERE id IN ('r1', 'r3999');
             INSERT INTO parking_record (id, plate_no, enter_time) VALUES ('new', 'NEW', 9001);
             INSERT INTO charge (id, record_id, pay_time, receivables, discount, received, pay_type, pay_from)
                 VALUES ('cnew', 'new', 9002, '5', '0', '5', 1, 'x');
             DELETE FROM outbox WHERE seq <= 100;
             INSERT INTO outbox (class, code, subject, key, body, created) VALUES (2, 5005, 's', 'k', 'b', 9003);
             DELETE FROM seen WHERE at = 1;
             INSERT INTO seen (message, at) VALUES ('mnew', 9004);
             DELETE FROM all_up;
             PRAGMA wal_checkpoint(TRUNCATE);"
        ).unwrap();
    }

    /// Writes garbage over one leaf in the middle of a table or an index.
    fn damage(path: &Path, of: &str) {
        let connection = Connection::open(path).unwrap();
        let sql = "SELECT pageno FROM dbstat WHERE name = ?1 AND pagetype = 'leaf' ORDER BY path LIMIT 1 OFFSET 5";
        let page: i64 = connection.query_row(sql, [of], |row| row.get(0)).unwrap();
        drop(connection);
        let at = usize::try_from(page - 1).unwrap() * 4096;
        let mut bytes = std::fs::read(path).unwrap();
        bytes[at..at + 4096].fill(0x5a);
        std::fs::write(path, bytes).unwrap();
    }

    fn number(path: &Path, sql: &str) -> i64 {
        Connection::open(path).unwrap().query_row(sql, [], |row| row.get(0)).unwrap()
    }

    fn assert_sound(path: &Path) {
        let health = Reader::open(path).unwrap().examine().unwrap();
        assert_eq!(health.faults, Vec::<String>::new());
        let used = number(path, "SELECT used FROM occupancy");
        assert_eq!(
            used,
            number(path, "SELECT count(*) FROM parking_record WHERE leave_time IS NULL")
        );
    }

    #[test]
    fn what_can_be_read_since_the_copy_is_taken_over_and_the_rest_is_the_copys_and_fails_safe() {
        for of in [
            "parking_record",
            "charge",
            "outbox",
            "seen",
            "parking_record_left",
            "sqlite_autoindex_charge_1",
        ] {
            let folder = tempfile::tempdir().unwrap();
            let (path, copies) = lot(folder.path());
            since(&path);
            if of != "parking_record_left" {
                damage(&path, of);
            }
            let mended = mend(&copies, NOW).unwrap();
            assert_eq!(mended.copied.map(Timestamp::as_second), Some(1_700_000_000), "{of}");
            assert!(Path::new(mended.aside.as_deref().unwrap()).exists());
            assert_sound(&path);
            let table = ["parking_record", "charge", "outbox", "seen"].contains(&of);
            assert_eq!(mended.unread > 0, table, "{of}: {mended:?}");
            assert!(mended.taken >= 5, "{of}: {mended:?}");
            // Nobody is missing, and whoever left has left.
            assert_eq!(number(&path, "SELECT count(*) FROM parking_record"), 4001, "{of}");
            assert_eq!(
                number(&path, "SELECT count(*) FROM parking_record WHERE leave_time = 9000"),
                2,
                "{of}"
            );
            assert_eq!(number(&path, "SELECT count(*) FROM charge"), 4001, "{of}");
            assert_eq!(number(&path, "SELECT count(*) FROM outbox"), 3901, "{of}");
            assert_eq!(number(&path, "SELECT count(*) FROM all_up"), 0, "what had ended has");
            assert_eq!(
                number(&path, "SELECT count(*) FROM seen WHERE message = 'mnew'"),
                1,
                "{of}"
            );
            assert_eq!(
                number(&path, "SELECT seq FROM sqlite_sequence WHERE name = 'outbox'"),
                4001
            );
            let unsure = number(&path, "SELECT count(*) FROM charge WHERE restored IS NOT NULL");
            assert_eq!(unsure, if table { 4001 } else { 0 }, "{of}");
        }
    }

    #[test]
    fn without_a_copy_all_is_taken_but_for_the_bad_page_and_money_keeps_a_stay() {
        let folder = tempfile::tempdir().unwrap();
        let (path, _) = lot(folder.path());
        since(&path);
        damage(&path, "parking_record");
        let copies = Copies::new(&path, &folder.path().join("none"), None, 0);
        let mended = mend(&copies, NOW).unwrap();
        assert_eq!(mended.copied, None);
        assert_sound(&path);
        let known = number(&path, "SELECT count(*) FROM parking_record WHERE plate_no <> ''");
        assert!((3800..4001).contains(&known), "{known} {mended:?}");
        assert_eq!(number(&path, "SELECT count(*) FROM charge"), 4001, "money is not lost");
        assert_eq!(number(&path, "SELECT count(*) FROM parking_record"), 4001);
    }

    #[test]
    fn of_a_file_that_is_none_of_ours_nothing_is_taken_and_all_is_the_copys() {
        let folder = tempfile::tempdir().unwrap();
        let (path, copies) = lot(folder.path());
        for suffix in ["-wal", "-shm"] {
            let _ = std::fs::remove_file(beside(&path, suffix));
        }
        std::fs::write(&path, vec![0x5a; 100_000]).unwrap();
        let mended = mend(&copies, NOW).unwrap();
        assert_eq!((mended.taken, mended.unread), (0, 1));
        assert_sound(&path);
        assert_eq!(number(&path, "SELECT count(*) FROM parking_record"), 4000);
        assert_eq!(number(&path, "SELECT count(*) FROM charge WHERE restored IS NULL"), 0);
        // A process that ended before the last step left it to the next.
        std::fs::rename(&path, beside(&path, MENDED)).unwrap();
        finish_place(&path);
        assert_sound(&path);
    }
}
