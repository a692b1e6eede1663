//! A damaged database is put together anew beside it: from its newest good copy, and whatever can be read of it since. Then
//! it is moved aside (the newest few of those are kept), and the new one takes its place. What could not be read fails safe.

use super::backup::{CopyError, failed, is_readable, settle};
use super::broken_log::{Flat, LogFault};
use super::copies::{Complete, Copies, Copying, Unfinished, begun_at};
use super::files::{UNDERNEATH, beside, discard, place_aside, restored_at};
use super::opening::{aside_of, begin_pages, configure, migrate};
use super::place::{forget_older, is_there, take_place};
use super::progress::{missing, reached, reached_in};
use super::raw::LogFrames;
use super::salvage::{Salvaged, take_over};
use super::sound_numbers::RECKONED;
use super::tables::names;
use super::{Store, StoreError, store_loss};
use crate::model::without_store::Mended;
use crate::private_files;
use jiff::Timestamp;
use rusqlite::Connection;
use rusqlite::config::DbConfig;
use std::io;
use std::path::{Path, PathBuf};

/// What is being put together.
const MENDING: &str = ".mending";

/// Money whose stay cannot be read is not lost with it: a stay of no plate, over, stands for that.
const STAYS_OF_MONEY: &str = "INSERT INTO parking_record (id, plate_no, enter_time, leave_time, record_type)
    SELECT record_id, '', min(at), max(at), 1 FROM
        (SELECT record_id, pay_time AS at FROM charge UNION ALL SELECT record_id, refunded FROM refund)
    WHERE record_id NOT IN (SELECT id FROM parking_record) GROUP BY record_id";

/// Where nobody knows what is missing, no number is given again that may have been given.
const FAR_BEHIND: &str = "UPDATE sqlite_sequence SET seq = seq + 1000000";

/// What is not to be believed until a person has said so, where something could not be read; `?1` is now. What may let
/// somebody in, or charge somebody twice, has a line here.
const FAIL_SAFE: [&str; 1] = ["UPDATE charge SET restored = ?1"];

/// Puts a database together anew that is damaged in these words. Nobody may have it open for writing. Whoever opens what has come
/// of it tells that it was mended.
pub fn mend(copies: &Copies, words: &str, now: Timestamp) -> Result<Mended, CopyError> {
    let part = beside(copies.database(), MENDING);
    discard(&part);
    let mended = mend_in(&part, copies, words, now);
    if mended.is_err() {
        // The disk may be full of it.
        discard(&part);
    }
    mended
}

fn mend_in(part: &Path, copies: &Copies, words: &str, now: Timestamp) -> Result<Mended, CopyError> {
    let database = copies.database();
    let newest = copies.list(now).into_iter().find(|copy| is_readable(copy));
    // What a person has restored is not undone by a copy of before, but where nothing else is left.
    let restored = restored_at(database);
    let is_of_it = |copy: &PathBuf| restored.is_none_or(|at| begun_at(copy) > Some(at));
    let mut copy = newest.as_ref().filter(|copy| is_of_it(copy));
    let mut new = begin(part, database, copy)?;
    let mut salvaged = salvage(database, &new, copy.map(PathBuf::as_path))?;
    if salvaged.0.taken == 0 && copy.is_none() && newest.is_some() {
        copy = newest.as_ref();
        drop(new);
        discard(part);
        new = begin(part, database, copy)?;
        salvaged = salvage(database, &new, copy.map(PathBuf::as_path))?;
    }
    let (Salvaged { taken, mut unread }, unknown) = salvaged;
    if unknown > 0 {
        unread = unread.saturating_add(unknown);
        new.execute(FAR_BEHIND, []).map_err(StoreError::from)?;
    }
    make_whole(&new)?;
    if unread > 0 {
        let now = now.as_millisecond();
        for sql in FAIL_SAFE {
            new.execute(sql, [now]).map_err(StoreError::from)?;
        }
    }
    let aside = aside_of(database, now);
    let shown = is_there(database).then(|| aside.display().to_string());
    let copied = copy.and_then(|copy| begun_at(copy));
    let mended = Mended { aside: shown, copied, taken, unread };
    store_loss::leave_word(&new, words, (now, now), Some(&mended)).map_err(StoreError::from)?;
    finish(new)?;
    take_place(database, part, &aside)?;
    forget_older(database, &aside);
    Ok(mended)
}

/// What takes over what can be read: a copy, or nothing yet.
fn begin(part: &Path, database: &Path, copy: Option<&PathBuf>) -> Result<Connection, CopyError> {
    let size = |path: &Path| std::fs::metadata(path).map_or(0, |meta| meta.len());
    needs_room(part, size(database).max(copy.map_or(0, |copy| size(copy))))?;
    private_files::write(part, b"").map_err(failed(part))?;
    if let Some(copy) = copy {
        std::fs::copy(copy, part).map_err(failed(part))?;
        // It took its source's rights with it.
        private_files::tighten(part).map_err(failed(part))?;
    }
    let mut new = Connection::open(part).map_err(StoreError::from)?;
    prepare(&mut new)?;
    Ok(new)
}

/// Takes over what can be read of the damaged one, and how many places of its log are not known any more: SQLite does not
/// tell of those. Of a file, its log and a copy of different times the newest counts.
fn salvage(
    database: &Path,
    new: &Connection,
    copy: Option<&Path>,
) -> Result<(Salvaged, u64), CopyError> {
    let (mut flat, mut unknown) = match LogFault::of(database).map_err(failed(database))? {
        Some(LogFault::Broken(log)) => {
            let flat = flat(database, Some(&log))?;
            let unknown = flat.unknown;
            (Some(flat), unknown)
        }
        Some(LogFault::Cut(_)) => (None, 1),
        None => (None, 0),
    };
    let with_log = reached_in(flat.as_ref().map_or(database, Flat::path));
    if let Some(missing) = missing(database, with_log) {
        unknown = unknown.max(missing);
        let file = self::flat(database, None)?;
        let alone = reached_in(file.path());
        if Some(reached(new).map_err(StoreError::from)?) > alone.max(with_log) {
            return Ok((Salvaged::default(), unknown));
        }
        if alone > with_log {
            flat = Some(file);
        }
    }
    let from = flat.as_ref().map_or(database, Flat::path);
    Ok((take_over(from, new, copy)?, unknown))
}

fn flat(database: &Path, log: Option<&LogFrames>) -> Result<Flat, CopyError> {
    needs_room(database, std::fs::metadata(database).map_or(0, |meta| meta.len()))?;
    Flat::of(database, log).map_err(failed(database))
}

/// Begins to write all that an open database holds to where it should be: somebody has deleted its file, or put another in
/// its place.
pub(super) fn begin_to_write_out(store: &Store) -> Result<Unfinished, CopyError> {
    let part = beside(&store.path, MENDING);
    discard(&part);
    let connection = &store.connection;
    let number = |name: &str| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    let pages = number("page_count").map_err(StoreError::from)?;
    let size = pages.saturating_mul(number("page_size").map_err(StoreError::from)?);
    needs_room(&part, u64::try_from(size).unwrap_or(0))?;
    Unfinished::begin(part, store.path.clone())
}

/// Puts what was written out where the database should be; what stands there is moved aside to the returned name.
pub(super) fn put_in_place(
    store: &Store,
    complete: &Complete,
    now: Timestamp,
) -> Result<Option<PathBuf>, CopyError> {
    let aside = aside_of(&store.path, now);
    let there = store.path.exists();
    take_place(&store.path, complete.part(), &aside).inspect_err(|_| discard(complete.part()))?;
    forget_older(&store.path, &aside);
    Ok(there.then_some(aside))
}

/// Gives what was written out a place beside another database that stands where it should be; returns its name.
pub(super) fn put_beside(
    store: &Store,
    complete: &Complete,
    now: Timestamp,
) -> Result<PathBuf, CopyError> {
    let place = place_aside(&store.path, UNDERNEATH, now);
    settle(complete.part(), &place).inspect_err(|_| discard(complete.part()))?;
    Ok(place)
}

/// All an open database holds, at once: for whoever goes on no longer.
pub(super) fn written_out(store: &Store) -> Result<Complete, CopyError> {
    let mut unfinished = begin_to_write_out(store)?;
    let part = unfinished.part().to_owned();
    let copied = unfinished.from(store).and_then(|copying: Copying<'_>| {
        while !copying.step()? {}
        Ok(())
    });
    let complete = copied.and_then(|()| unfinished.complete());
    Ok(complete.inspect_err(|_| discard(&part))?)
}

/// A full disk is not made fuller by what does not fit on it.
fn needs_room(part: &Path, bytes: u64) -> Result<(), CopyError> {
    let folder = part.parent().filter(|folder| !folder.as_os_str().is_empty());
    let free = rustix::fs::statvfs(folder.unwrap_or(Path::new(".")))
        .map(|disk| disk.f_bavail.saturating_mul(disk.f_frsize));
    match free {
        Ok(free) if free < bytes => Err(failed(part)(io::ErrorKind::StorageFull.into())),
        // Where it cannot be seen, writing tells.
        _ => Ok(()),
    }
}

/// The newest schema; nothing is synced, checked or triggered while rows come in any order.
fn prepare(new: &mut Connection) -> Result<(), StoreError> {
    configure(new)?;
    begin_pages(new)?;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Reader;
    use crate::store::opening::ASIDE;
    use crate::store::place::{READY, finish_place, moved_aside};
    use std::path::PathBuf;

    const WORDS: &str = "malformed";
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
        let at = usize::try_from(page - 1).unwrap() * 1024;
        let mut bytes = std::fs::read(path).unwrap();
        bytes[at..at + 1024].fill(0x5a);
        std::fs::write(path, bytes).unwrap();
    }

    fn number(path: &Path, sql: &str) -> i64 {
        Connection::open(path).unwrap().query_row(sql, [], |row| row.get(0)).unwrap()
    }

    fn assert_sound(path: &Path) {
        let health = Reader::open(path).unwrap().examine().unwrap();
        assert_eq!(health.faults, Vec::<String>::new());
        let used = number(path, "SELECT used FROM tally");
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
            let mended = mend(&copies, WORDS, NOW).unwrap();
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
        // Nor does an index say any more whose stays they were.
        damage(&path, "parking_record_inside");
        damage(&path, "parking_record");
        let copies = Copies::new(&path, &folder.path().join("none"), None, 0);
        let mended = mend(&copies, WORDS, NOW).unwrap();
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
        let mended = mend(&copies, WORDS, NOW).unwrap();
        assert_eq!(mended.taken, 0);
        assert!((16_000..17_000).contains(&mended.unread), "{mended:?}");
        assert_sound(&path);
        assert_eq!(number(&path, "SELECT count(*) FROM parking_record"), 4000);
        assert_eq!(number(&path, "SELECT count(*) FROM charge WHERE restored IS NULL"), 0);
        // A process that ended before the last step left it to the next.
        std::fs::rename(&path, beside(&path, READY)).unwrap();
        finish_place(&path).unwrap();
        assert_sound(&path);
    }

    #[test]
    fn the_log_of_a_damaged_database_is_not_taken_for_that_of_the_one_in_its_place() {
        let folder = tempfile::tempdir().unwrap();
        let (path, _) = lot(folder.path());
        let others = folder.path().join("others");
        std::fs::create_dir(&others).unwrap();
        let (good, _) = lot(&others);
        // It was moved aside, and the process ended before its log was.
        let connection = Connection::open(&path).unwrap();
        connection.execute_batch("PRAGMA journal_mode = WAL; DELETE FROM charge;").unwrap();
        let log = std::fs::read(beside(&path, "-wal")).unwrap();
        assert!(!log.is_empty());
        drop(connection);
        let aside = beside(&path, &format!("{ASIDE}77"));
        std::fs::rename(&path, &aside).unwrap();
        std::fs::write(beside(&path, "-wal"), &log).unwrap();
        std::fs::rename(&good, beside(&path, READY)).unwrap();
        finish_place(&path).unwrap();
        assert!(!beside(&path, "-wal").exists());
        assert_eq!(std::fs::read(beside(&aside, "-wal")).unwrap(), log, "nothing is lost");
        assert_eq!(number(&path, "SELECT count(*) FROM charge"), 4000);
        assert_sound(&path);
    }

    #[test]
    fn a_table_that_a_later_schema_brings_is_nothing_lost_and_one_that_is_gone_is() {
        let folder = tempfile::tempdir().unwrap();
        let (path, _) = lot(folder.path());
        let none = Copies::new(&path, &folder.path().join("none"), None, 0);
        Connection::open(&path).unwrap().execute_batch("DROP TABLE mission").unwrap();
        assert_eq!(mend(&none, WORDS, NOW).unwrap().unread, 1);
        let sql = "DROP TABLE mission; PRAGMA user_version = 3;";
        Connection::open(&path).unwrap().execute_batch(sql).unwrap();
        assert_eq!(mend(&none, WORDS, NOW).unwrap().unread, 0);
    }

    #[test]
    fn of_damaged_databases_the_newest_two_stay_and_what_could_not_be_mended_leaves_nothing() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let (path, copies) = lot(folder.path());
        let copy = copies.list(NOW).remove(0);
        // Whoever brought the copy gave it other rights.
        std::fs::set_permissions(&copy, std::fs::Permissions::from_mode(0o644)).unwrap();
        for second in 0..4 {
            let now = Timestamp::from_second(1_800_000_000 + second).unwrap();
            mend(&copies, WORDS, now).unwrap();
            let mode = std::fs::metadata(&path).unwrap().permissions().mode() & 0o777;
            assert_eq!(mode, 0o600);
        }
        let kept: Vec<_> =
            moved_aside(&path).iter().map(|path| path.display().to_string()).collect();
        assert_eq!(kept.len(), 2);
        assert!(kept[0].ends_with("02") && kept[1].ends_with("03"), "{kept:?}");
        // Where the damaged one has to go there is something else.
        std::fs::create_dir(beside(&path, READY)).unwrap();
        assert!(mend(&copies, WORDS, NOW).is_err());
        assert!(!beside(&path, MENDING).exists());
        let room = needs_room(&path, u64::MAX);
        assert!(matches!(room, Err(CopyError::File { .. })), "{room:?}");
    }

    #[test]
    fn what_is_written_while_a_database_is_written_out_is_in_it() {
        let folder = tempfile::tempdir().unwrap();
        let (path, _) = lot(folder.path());
        let (store, _) = Store::open(&path, NOW).unwrap();
        std::fs::remove_file(&path).unwrap();
        let mut unfinished = begin_to_write_out(&store).unwrap();
        let copying = unfinished.from(&store).unwrap();
        assert!(!copying.is_nearly_done());
        let mut steps = 0;
        loop {
            let done = copying.step().unwrap();
            if done {
                break;
            }
            steps += 1;
            let sql = "INSERT INTO seen (message, at) VALUES ('since' || ?1, 1)";
            store.connection.execute(sql, [steps]).unwrap();
        }
        drop(copying);
        assert!(steps > 0, "more than one step");
        let complete = unfinished.complete().unwrap();
        assert_eq!(put_in_place(&store, &complete, NOW).unwrap(), None);
        assert_sound(&path);
        let since = number(&path, "SELECT count(*) FROM seen WHERE message LIKE 'since%'");
        assert_eq!(since, steps);
    }
}
