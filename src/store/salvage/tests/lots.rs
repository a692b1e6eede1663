//! Databases with rows of every kind, how they are damaged, and what stands in them.

use crate::store::opening::MIGRATIONS;
use crate::store::salvage::{Salvaged, names};
use crate::store::{Copies, Store, mend};
use jiff::Timestamp;
use rusqlite::Connection;
use rusqlite::types::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

pub(super) const NOW: Timestamp = Timestamp::constant(1_800_000_000, 0);
pub(super) const PAGE: usize = 4096;

/// A database of an earlier version that was too large to be written anew.
pub(super) fn put_into_large_pages(store: &Store) {
    let connection = &store.connection;
    connection.pragma_update(None, "journal_mode", "DELETE").unwrap();
    connection.pragma_update(None, "page_size", i64::try_from(PAGE).unwrap()).unwrap();
    connection.execute_batch("VACUUM").unwrap();
    connection.pragma_update(None, "journal_mode", "WAL").unwrap();
    // It stands in the log from here on.
    connection.execute_batch("CREATE TABLE x (a); DROP TABLE x;").unwrap();
}

/// Rows of every kind: of the first release, with columns of later ones, longer than a page, without row numbers, with
/// inner pages of two levels.
pub(super) fn fill(path: &Path, rows: u32) -> Store {
    let first = Connection::open(path).unwrap();
    first.execute_batch(MIGRATIONS[0]).unwrap();
    let n =
        format!("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows})");
    first
        .execute_batch(&format!(
            "BEGIN;
             {n} INSERT INTO parking_record (id, plate_no, enter_time, leave_time)
                 SELECT 'old' || i, 'P' || i, i, i + 5 FROM n;
             {n} INSERT INTO charge (id, record_id, pay_time, receivables, discount, received, pay_type, pay_from)
                 SELECT 'c' || i, 'old' || i, i, '5', '0', '5', 1, 'x' FROM n;
             PRAGMA user_version = 1; COMMIT;"
        ))
        .unwrap();
    drop(first);
    let (store, _) = Store::open(path, Timestamp::UNIX_EPOCH).unwrap();
    put_into_large_pages(&store);
    store
        .connection
        .execute_batch(&format!(
            "BEGIN;
             {n} INSERT INTO parking_record (id, plate_no, enter_time, car_color)
                 SELECT 'new' || i, 'Q' || i, i, 'A' FROM n;
             {n} INSERT INTO outbox (class, code, subject, key, body, created)
                 SELECT 2, 5004, 's' || i, 'k', hex(zeroblob(1000 + (i % 50 = 0) * 3000)), i FROM n;
             {n} INSERT INTO seen (message, at) SELECT printf('%0150d', i * 7919 % 100003), i FROM n;
             {n} INSERT INTO staff_command (id, operator, reply, received)
                 SELECT printf('%08d', i * 7919 % 100003), 'somebody', '{{}}', i FROM n;
             {n} INSERT INTO trail (at, act, by, reason, what) SELECT i, 'a', 'b', 'r', 'w' || i FROM n;
             INSERT INTO all_up VALUES (1, 'x', 'y', 1); COMMIT;
             PRAGMA wal_checkpoint(TRUNCATE);"
        ))
        .unwrap();
    store
}

pub(super) fn copy(folder: &Path, path: &Path, store: &Store) -> Copies {
    let copies = Copies::new(path, &folder.join("copies"), None, 3);
    let mut unfinished = copies.begin(Timestamp::from_second(1_700_000_000).unwrap()).unwrap();
    let copying = unfinished.from(store).unwrap();
    while !copying.step().unwrap() {}
    drop(copying);
    copies.take(&unfinished.complete().unwrap()).unwrap();
    copies
}

/// What happens after the copy: rows change, go, and come.
pub(super) const SINCE: &str = "BEGIN;
    UPDATE parking_record SET leave_time = 9000 WHERE id IN ('new1', 'new40');
    DELETE FROM parking_record WHERE id IN ('old7', 'old8');
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 90)
    INSERT INTO parking_record (id, plate_no, enter_time) SELECT 'since' || i, 'S' || i, i FROM n;
    INSERT INTO charge (id, record_id, pay_time, receivables, discount, received, pay_type, pay_from)
        SELECT 'd' || rowid, id, 9, '5', '0', '5', 1, 'x' FROM parking_record WHERE id LIKE 'since%';
    DELETE FROM outbox WHERE seq < 60;
    INSERT INTO outbox (class, code, subject, key, body, created)
        SELECT 2, 5005, id, 'k', '{}', 1 FROM parking_record WHERE id LIKE 'since%';
    DELETE FROM seen WHERE at < 30;
    INSERT INTO seen SELECT 'm' || id, 5 FROM parking_record WHERE id LIKE 'since%';
    DELETE FROM staff_command WHERE received < 5;
    INSERT INTO staff_command (id, operator, reply, received)
        SELECT id, 'else', '{}', 9 FROM parking_record WHERE id LIKE 'since%';
    DELETE FROM all_up; COMMIT;";

/// A database with a copy, and what happened since in it.
pub(super) fn lot(folder: &Path, rows: u32) -> (PathBuf, Copies) {
    static MADE: Mutex<BTreeMap<u32, [Vec<u8>; 2]>> = Mutex::new(BTreeMap::new());
    let (path, copies) = (folder.join("lotgate.db"), folder.join("copies"));
    let there = MADE.lock().unwrap().get(&rows).cloned();
    let [database, copied] = there.unwrap_or_else(|| {
        let made = tempfile::tempdir().unwrap();
        let path = made.path().join("lotgate.db");
        let store = fill(&path, rows);
        let copies = copy(made.path(), &path, &store);
        store.connection.execute_batch(SINCE).unwrap();
        store.connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
        drop(store);
        [path, copies.list(NOW).remove(0)].map(|path| std::fs::read(path).unwrap())
    });
    std::fs::create_dir(&copies).unwrap();
    std::fs::write(&path, &database).unwrap();
    std::fs::write(copies.join("lotgate.db.20231114T221320Z"), &copied).unwrap();
    MADE.lock().unwrap().insert(rows, [database, copied]);
    let copies = Copies::new(&path, &copies, None, 3);
    assert!(copies.are_there());
    (path, copies)
}

pub(super) type AllRows = BTreeMap<String, BTreeSet<Vec<String>>>;

/// All rows of all tables but those that are reckoned and those that mending itself changes.
pub(super) fn rows(path: &Path) -> AllRows {
    let connection = Connection::open(path).unwrap();
    let mut all = AllRows::new();
    for name in names(&connection).unwrap() {
        let mut statement = connection.prepare(&format!("SELECT * FROM {name}")).unwrap();
        let columns: Vec<String> = statement.column_names().map(str::to_owned).collect();
        let told = |at: usize| columns[at] != "restored";
        let found = statement.query_map([], |row| {
            let of = |at| row.get::<_, Value>(at).map(|value| format!("{value:?}"));
            (0..columns.len()).filter(|at| told(*at)).map(of).collect()
        });
        let found: BTreeSet<_> = found.unwrap().collect::<rusqlite::Result<_>>().unwrap();
        all.insert(name, found);
    }
    for reckoned in ["tally", "store_loss"] {
        all.remove(reckoned);
    }
    all
}

/// What indexes hold of stays: which, of whom, and since and until when.
pub(super) fn stays(rows: &AllRows) -> BTreeSet<[String; 4]> {
    let of = |row: &Vec<String>| [0, 1, 5, 8].map(|column| row[column].clone());
    rows["parking_record"].iter().map(of).collect()
}

/// The pages of a table or an index, root first, of a kind and a level.
pub(super) fn pages(path: &Path, of: &str, kind: &str, level: Option<usize>) -> Vec<usize> {
    let connection = Connection::open(path).unwrap();
    let sql = "SELECT pageno, path FROM dbstat WHERE name = ?1 AND pagetype = ?2 ORDER BY path";
    let mut statement = connection.prepare(sql).unwrap();
    let found = statement
        .query_map([of, kind], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?)))
        .unwrap();
    let found: Vec<_> = found.collect::<rusqlite::Result<_>>().unwrap();
    let deep = |path: &str| path.split('/').filter(|part| !part.is_empty()).count();
    let wanted =
        found.into_iter().filter(|(_, path)| level.is_none_or(|level| deep(path) == level));
    wanted.map(|(page, _)| usize::try_from(page).unwrap()).collect()
}

/// Says which pages are damaged.
pub(super) type Damage = fn(&Path) -> Vec<usize>;

/// How many rows stand in a page.
pub(super) fn rows_of(path: &Path, page: usize) -> u64 {
    let connection = Connection::open(path).unwrap();
    let sql = "SELECT ncell FROM dbstat WHERE pageno = ?1";
    let rows: i64 =
        connection.query_row(sql, [i64::try_from(page).unwrap()], |row| row.get(0)).unwrap();
    u64::try_from(rows).unwrap()
}

#[derive(Debug, Clone, Copy)]
pub(super) enum With {
    Random,
    Zeros,
}

pub(super) fn overwrite(path: &Path, pages: &[usize], with: With) {
    let mut bytes = std::fs::read(path).unwrap();
    let mut random = fastrand::Rng::with_seed(7);
    for page in pages {
        let at = (page - 1) * PAGE;
        match with {
            With::Random => random.fill(&mut bytes[at..at + PAGE]),
            With::Zeros => bytes[at..at + PAGE].fill(0),
        }
    }
    std::fs::write(path, bytes).unwrap();
}

pub(super) fn none(path: &Path) -> Copies {
    Copies::new(path, &path.with_file_name("none"), None, 0)
}

pub(super) fn assert_sound(path: &Path) {
    let health = Store::open_reading(path).unwrap().examine().unwrap();
    assert_eq!(health.faults, Vec::<String>::new());
}

/// As it is mended with its copy, or without one.
pub(super) fn mended(path: &Path, copies: &Copies, with_copy: bool) -> (AllRows, Salvaged) {
    let none = none(path);
    let mended = mend(if with_copy { copies } else { &none }, "malformed", NOW).unwrap();
    assert_sound(path);
    (rows(path), Salvaged { taken: mended.taken, unread: mended.unread })
}
