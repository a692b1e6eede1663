//! What comes back of databases with pages gone, against what stood in them.

mod any_damage;

use super::Salvaged;
use crate::store::opening::{MIGRATIONS, beside};
use crate::store::salvage::names;
use crate::store::{Copies, Store, mend};
use jiff::Timestamp;
use rusqlite::Connection;
use rusqlite::types::Value;
use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

const NOW: Timestamp = Timestamp::constant(1_800_000_000, 0);
const PAGE: usize = 4096;

/// Rows of every kind: of the first release, with columns of later ones, longer than a page, without row numbers, with
/// inner pages of two levels.
fn fill(path: &Path, rows: u32) -> Store {
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

fn copy(folder: &Path, path: &Path, store: &Store) -> Copies {
    let copies = Copies::new(path, &folder.join("copies"), None, 3);
    let mut unfinished = copies.begin(Timestamp::from_second(1_700_000_000).unwrap()).unwrap();
    let copying = unfinished.from(store).unwrap();
    while !copying.step().unwrap() {}
    drop(copying);
    copies.take(&unfinished.complete().unwrap()).unwrap();
    copies
}

/// What happens after the copy: rows change, go, and come.
const SINCE: &str = "BEGIN;
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
fn lot(folder: &Path, rows: u32) -> (PathBuf, Copies) {
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

type Rows = BTreeMap<String, BTreeSet<Vec<String>>>;

/// All rows of all tables but those that are reckoned and those that mending itself changes.
fn rows(path: &Path) -> Rows {
    let connection = Connection::open(path).unwrap();
    let mut all = Rows::new();
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
    for reckoned in ["occupancy", "outbox_size", "image_size", "counts"] {
        all.remove(reckoned);
    }
    all
}

/// What indexes hold of stays: which, of whom, and since and until when.
fn stays(rows: &Rows) -> BTreeSet<[String; 4]> {
    let of = |row: &Vec<String>| [0, 1, 5, 8].map(|column| row[column].clone());
    rows["parking_record"].iter().map(of).collect()
}

/// The pages of a table or an index, root first, of a kind and a level.
fn pages(path: &Path, of: &str, kind: &str, level: Option<usize>) -> Vec<usize> {
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
type Damage = fn(&Path) -> Vec<usize>;

/// How many rows stand in a page.
fn rows_of(path: &Path, page: usize) -> u64 {
    let connection = Connection::open(path).unwrap();
    let sql = "SELECT ncell FROM dbstat WHERE pageno = ?1";
    let rows: i64 =
        connection.query_row(sql, [i64::try_from(page).unwrap()], |row| row.get(0)).unwrap();
    u64::try_from(rows).unwrap()
}

#[derive(Debug, Clone, Copy)]
enum With {
    Random,
    Zeros,
}

fn overwrite(path: &Path, pages: &[usize], with: With) {
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

fn none(path: &Path) -> Copies {
    Copies::new(path, &path.with_file_name("none"), None, 0)
}

fn assert_sound(path: &Path) {
    let health = Store::open_reading(path).unwrap().examine().unwrap();
    assert_eq!(health.faults, Vec::<String>::new());
}

/// As it is mended with its copy, or without one.
fn mended(path: &Path, copies: &Copies, with_copy: bool) -> (Rows, Salvaged) {
    let none = none(path);
    let mended = mend(if with_copy { copies } else { &none }, NOW).unwrap();
    assert_sound(path);
    (rows(path), Salvaged { taken: mended.taken, unread: mended.unread })
}

/// For each way to damage it: a fresh database, damaged.
fn each_way(
    damage: impl Fn(&Path) -> Vec<usize>,
    look: impl Fn(&str, &Rows, &Rows, Salvaged, bool),
) {
    for (with, with_copy) in
        [(With::Random, true), (With::Zeros, true), (With::Random, false), (With::Zeros, false)]
    {
        let folder = tempfile::tempdir().unwrap();
        let (path, copies) = lot(folder.path(), 1200);
        let before = rows(&path);
        overwrite(&path, &damage(&path), with);
        let (after, salvaged) = mended(&path, &copies, with_copy);
        let how = format!("{with:?}, copy: {with_copy}, {salvaged:?}");
        look(&how, &before, &after, salvaged, with_copy);
    }
}

fn assert_same(how: &str, before: &Rows, after: &Rows) {
    for (table, wanted) in before {
        let got = &after[table];
        let missing: Vec<_> = wanted.difference(got).take(2).collect();
        let added: Vec<_> = got.difference(wanted).take(2).collect();
        assert!(missing.is_empty() && added.is_empty(), "{how}: {table} {missing:?} {added:?}");
    }
}

#[test]
fn the_root_of_a_table_that_is_gone_costs_none_of_its_rows() {
    for of in ["parking_record", "charge", "outbox", "trail"] {
        each_way(
            |path| {
                let inner = pages(path, of, "internal", Some(0));
                assert_eq!(inner.len(), 1, "{of}");
                inner
            },
            |how, before, after, salvaged, _| {
                assert_same(&format!("{of} {how}"), before, after);
                assert_eq!(salvaged.unread, 0, "{of} {how}");
            },
        );
    }
}

#[test]
fn inner_pages_of_deep_tables_and_several_roots_at_once_cost_no_row() {
    let deep: [(&str, Damage); 3] = [
        ("two of the first level", |path| {
            let inner = pages(path, "outbox", "internal", Some(1));
            assert!(inner.len() > 1, "three levels");
            inner[..2].to_vec()
        }),
        ("root and one of the first level", |path| {
            [
                &pages(path, "outbox", "internal", Some(0))[..],
                &pages(path, "outbox", "internal", Some(1))[..1],
            ]
            .concat()
        }),
        ("three roots", |path| {
            ["parking_record", "charge", "outbox"]
                .map(|of| pages(path, of, "internal", Some(0))[0])
                .to_vec()
        }),
    ];
    for (name, damage) in deep {
        each_way(damage, |how, before, after, salvaged, with_copy| {
            assert_same(&format!("{name} {how}"), before, after);
            // That a page to which nothing led held no rows is known by the copy alone.
            let unsure = !with_copy && name.starts_with("root");
            assert!(salvaged.unread <= if unsure { 10 } else { 0 }, "{name} {how}");
        });
    }
}

#[test]
fn of_a_table_without_row_numbers_only_what_stood_in_the_bad_page_itself_is_missing() {
    for of in ["seen", "staff_command"] {
        for level in [0, 1] {
            if of == "staff_command" && level == 1 {
                continue;
            }
            each_way(
                |path| pages(path, of, "internal", Some(level))[..1].to_vec(),
                |how, before, after, salvaged, with_copy| {
                    let how = format!("{of} {level} {how}");
                    let (mut before, mut after) = (before.clone(), after.clone());
                    let (wanted, got) = (before.remove(of).unwrap(), after.remove(of).unwrap());
                    assert_same(&how, &before, &after);
                    let missing = wanted.difference(&got).count();
                    let added = got.difference(&wanted).count();
                    assert!(
                        missing <= 100 && added <= if with_copy { 60 } else { 0 },
                        "{how} {missing} {added}"
                    );
                    let missing = u64::try_from(missing).unwrap();
                    assert!((1..200).contains(&salvaged.unread), "{how} {missing}");
                    assert!(salvaged.unread >= missing, "{how} {missing}");
                },
            );
        }
    }
}

#[test]
fn what_a_file_lacks_at_its_end_is_counted_and_the_copys() {
    for part in [0, 2, 9] {
        for with_copy in [true, false] {
            let folder = tempfile::tempdir().unwrap();
            let (path, copies) = lot(folder.path(), 1200);
            let before = rows(&path);
            let mut bytes = std::fs::read(&path).unwrap();
            bytes.truncate(bytes.len() / PAGE * part / 10 * PAGE);
            std::fs::write(&path, bytes).unwrap();
            let (after, salvaged) = mended(&path, &copies, with_copy);
            let missing = |table: &String| before[table].difference(&after[table]).count();
            let missing: usize = before.keys().map(missing).sum();
            let missing = u64::try_from(missing).unwrap();
            let how = format!("{part} {with_copy} {missing} {salvaged:?}");
            // Of an empty file nobody knows how much stood in it.
            let known = part > 0 || with_copy;
            assert!(salvaged.unread >= if known { missing / 2 } else { 1 }, "{how}");
            assert!(salvaged.unread > if with_copy { 300 } else { 0 }, "{how}");
        }
    }
}

#[test]
fn what_may_be_an_indexs_is_no_tables_where_the_copy_does_not_say_so() {
    each_way(
        |path| {
            let root = |of| pages(path, of, "internal", Some(0))[0];
            vec![root("seen"), root("sqlite_autoindex_charge_1")]
        },
        |how, before, after, salvaged, with_copy| {
            let (had, has) = (&before["seen"], &after["seen"]);
            let known = has.intersection(had).count();
            assert!(if with_copy { known > 1100 } else { known == 0 }, "{how} {known}");
            let of_an_index =
                has.iter().any(|row| row[0].contains("(\"c") || row[0].contains("(\"d"));
            assert!(!of_an_index, "{how}");
            assert!(salvaged.unread >= u64::try_from(had.len() - known).unwrap(), "{how}");
            assert_eq!(before["charge"], after["charge"], "{how}");
        },
    );
}

#[test]
fn leaves_that_are_gone_are_counted_about_as_they_were() {
    for (of, leaves) in [("parking_record", 1), ("outbox", 5), ("seen", 5), ("trail", 1)] {
        let stood = Cell::new(0);
        each_way(
            |path| {
                let all = pages(path, of, "leaf", None);
                let bad: Vec<_> = all.into_iter().skip(3).step_by(3).take(leaves).collect();
                stood.set(bad.iter().map(|page| rows_of(path, *page)).sum());
                bad
            },
            |how, before, after, salvaged, _| {
                // A row that the copy has, or of which an index holds a part, is no row that was read.
                let (stood, about) = (stood.get(), salvaged.unread);
                assert!(
                    (stood..=3 * stood).contains(&(2 * about)),
                    "{leaves} of {of} {how} {stood}"
                );
                for (table, rows) in before {
                    assert!(table == of || *rows == after[table], "{leaves} of {of} {how} {table}");
                }
            },
        );
    }
}

#[test]
fn where_the_first_page_is_gone_all_is_as_it_was_by_the_copys_schema() {
    each_way(
        |_| vec![1],
        |how, before, after, salvaged, with_copy| {
            if with_copy {
                assert_same(how, before, after);
                assert_eq!(salvaged.unread, 0, "{how}");
                return;
            }
            // Without one rows are of the one table that has such rows.
            for table in ["parking_record", "charge", "outbox", "trail"] {
                assert_eq!(before[table], after[table], "{table} {how}");
            }
            assert!(salvaged.unread > 0, "{how}");
        },
    );
}

#[test]
fn the_first_page_and_a_root_at_once_lose_no_row_that_a_leaf_holds() {
    each_way(
        |path| vec![1, pages(path, "parking_record", "internal", Some(0))[0]],
        |how, before, after, _, _| {
            assert!(before["parking_record"].is_subset(&after["parking_record"]), "{how}");
        },
    );
}

#[test]
fn what_stands_in_the_log_alone_counts() {
    let folder = tempfile::tempdir().unwrap();
    let other = folder.path().join("live");
    std::fs::create_dir(&other).unwrap();
    let live = other.join("lotgate.db");
    let store = fill(&live, 1200);
    let path = folder.path().join("lotgate.db");
    let copies = copy(folder.path(), &path, &store);
    store.connection.execute_batch(SINCE).unwrap();
    // As it is when the process is killed.
    for suffix in ["", "-wal"] {
        std::fs::copy(beside(&live, suffix), beside(&path, suffix)).unwrap();
    }
    let before = rows(&live);
    let log = std::fs::read(beside(&path, "-wal")).unwrap();
    assert!(log.len() > 100_000, "{}", log.len());
    let in_log: BTreeSet<usize> = log[32..]
        .chunks_exact(PAGE + 24)
        .map(|frame| usize::try_from(u32::from_be_bytes(frame[..4].try_into().unwrap())).unwrap())
        .collect();
    let inner: Vec<usize> = ["outbox", "parking_record", "charge", "trail"]
        .into_iter()
        .flat_map(|of| pages(&live, of, "internal", None))
        .filter(|page| !in_log.contains(page))
        .collect();
    assert!(!inner.is_empty());
    overwrite(&path, &inner, With::Random);
    let (after, salvaged) = mended(&path, &copies, true);
    assert_same(&format!("{salvaged:?}"), &before, &after);
}

#[test]
fn of_rows_that_are_gone_with_their_page_there_is_what_indexes_hold_and_all_are_counted() {
    for with_copy in [true, false] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lotgate.db");
        let store = fill(&path, 12);
        let copies = copy(folder.path(), &path, &store);
        store.connection.execute_batch(
            "INSERT INTO parking_record (id, plate_no, enter_time) VALUES ('a', 'A', 1), ('b', 'B', 1);
             UPDATE parking_record SET leave_time = 77 WHERE id = 'new3';
             INSERT INTO trail (at, act, by, reason, what) VALUES (1, 'a', 'b', 'c', 'd'), (1, 'a', 'b', 'c', 'd');
             PRAGMA wal_checkpoint(TRUNCATE);",
        ).unwrap();
        drop(store);
        let before = rows(&path);
        let roots = ["parking_record", "trail"].map(|of| pages(&path, of, "leaf", Some(0))[0]);
        overwrite(&path, &roots, With::Random);
        let (after, salvaged) = mended(&path, &copies, with_copy);
        // Its indexes know who stands inside since when, and who has left when.
        assert_eq!(stays(&after), stays(&before), "{with_copy}");
        // 26 stays are known by an index, 14 lines of the trail by how far its numbers came.
        assert_eq!(salvaged.unread, 26 + 14, "{with_copy}");
    }
}
