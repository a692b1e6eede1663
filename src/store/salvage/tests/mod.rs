//! What comes back of databases with pages gone, against what stood in them.

mod any_damage;
mod logs;
mod lots;

use super::Salvaged;
use crate::store::files::beside;
use lots::{
    AllRows, Damage, PAGE, SINCE, With, copy, fill, lot, mended, overwrite, pages, rows, rows_of,
    stays,
};
use std::cell::Cell;
use std::collections::BTreeSet;
use std::path::Path;

/// For each way to damage it: a fresh database, damaged.
fn each_way(
    damage: impl Fn(&Path) -> Vec<usize>,
    look: impl Fn(&str, &AllRows, &AllRows, Salvaged, bool),
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

fn assert_same(how: &str, before: &AllRows, after: &AllRows) {
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
fn how_large_pages_are_is_seen_by_them_where_the_first_is_gone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("lotgate.db");
    let store = fill(&path, 300);
    let small = "PRAGMA journal_mode = DELETE; PRAGMA page_size = 1024; VACUUM;";
    store.connection.execute_batch(small).unwrap();
    drop(store);
    let before = rows(&path);
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[..1024].fill(0x5a);
    std::fs::write(&path, bytes).unwrap();
    let (after, _) = mended(&path, &lots::none(&path), false);
    for table in ["parking_record", "charge", "outbox", "trail"] {
        assert_eq!(before[table], after[table], "{table}");
    }
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
