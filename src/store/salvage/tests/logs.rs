//! Damage of the log beside a database: SQLite says nothing of it and drops what stands behind.

use super::lots::{AllRows, NOW, PAGE, assert_sound, none, put_into_large_pages, rows, rows_of};
use crate::store::files::beside;
use crate::store::{
    Copies, FaultKind, Keeper, Look, Standing, Store, look_again, mend, moved_aside,
};
use proptest::prelude::*;
use rusqlite::Connection;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

const FRAME: usize = PAGE + 24;
/// Commits that the log holds.
const COMMITS: i64 = 24;

/// What was on the disk when a gateway was killed, with much in its log.
struct Killed {
    folder: tempfile::TempDir,
    log: Vec<u8>,
    index: Vec<u8>,
}

impl Killed {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("live.db");
        let (store, _) = Store::open(&path, NOW).unwrap();
        put_into_large_pages(&store);
        let connection = &store.connection;
        connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE);").unwrap();
        // Of an earlier time, and more: its frames stand behind.
        connection.execute_batch("INSERT INTO seen (message, at) VALUES ('m', 0)").unwrap();
        for number in 0..400 {
            connection.execute("UPDATE seen SET at = ?1", [number]).unwrap();
        }
        connection.execute_batch("PRAGMA wal_checkpoint(RESTART);").unwrap();
        for number in 1..=COMMITS {
            let step = connection.unchecked_transaction().unwrap();
            let sql = "INSERT INTO parking_record (id, plate_no, enter_time) VALUES ('r' || ?1, 'P' || ?1, ?1)";
            step.execute(sql, [number]).unwrap();
            let sql = "INSERT INTO charge (id, record_id, pay_time, receivables, discount, received, pay_type, pay_from)
                       VALUES ('c' || ?1, 'r' || ?1, ?1, '5', '0', '5', 1, 'x')";
            step.execute(sql, [number]).unwrap();
            let sql = "INSERT INTO outbox (class, code, subject, key, body, created)
                       VALUES (2, 5004, 's' || ?1, 'k', hex(randomblob(400)), ?1)";
            step.execute(sql, [number]).unwrap();
            step.commit().unwrap();
        }
        let read = |suffix| std::fs::read(beside(&path, suffix)).unwrap();
        std::fs::write(folder.path().join("base.db"), read("")).unwrap();
        let (log, index) = (read("-wal"), read("-shm"));
        drop(store);
        Self { folder, log, index }
    }

    /// The database with this log, as a start finds it.
    fn with(&self, log: &[u8]) -> PathBuf {
        let path = self.folder.path().join("lotgate.db");
        for suffix in ["", ".lock", ".log-cut"] {
            let _ = std::fs::remove_file(beside(&path, suffix));
        }
        std::fs::copy(self.folder.path().join("base.db"), &path).unwrap();
        std::fs::write(beside(&path, "-wal"), log).unwrap();
        std::fs::write(beside(&path, "-shm"), &self.index).unwrap();
        path
    }

    /// The places of the frames of its own time, and which are commits.
    fn frames(&self) -> Vec<(usize, bool)> {
        let salts = &self.log[16..24];
        (32..self.log.len())
            .step_by(FRAME)
            .take_while(|at| &self.log[at + 8..at + 16] == salts)
            .map(|at| (at, self.log[at + 4..at + 8] != [0; 4]))
            .collect()
    }

    /// The page of the frame at that place, where no later frame has it.
    fn page_written_last_in(&self, at: usize) -> Option<usize> {
        let page = |(at, _): &(usize, bool)| {
            usize::try_from(u32::from_be_bytes(self.log[*at..at + 4].try_into().unwrap())).unwrap()
        };
        let frames = self.frames();
        let index = at.checked_sub(32)? / FRAME;
        let number = page(&frames[index]);
        frames[index + 1..].iter().all(|later| page(later) != number).then_some(number)
    }

    /// Turns a bit of the log over, and looks what comes of it: it is told, and nothing is lost but what stood in that frame's
    /// page and was not written again.
    fn with_a_turned_bit(&self, whole: &AllRows, bit: usize) {
        let mut log = self.log.clone();
        log[bit / 8] ^= 1 << (bit % 8);
        let path = self.with(&log);
        let faults = examined(&path);
        assert!(faults.iter().any(|fault| fault.contains("(-wal)")), "{bit} {faults:?}");
        assert!(start(&path).is_some(), "{bit}");
        let mended = mend(&none(&path), "malformed", NOW).unwrap();
        assert!(!beside(&path, ".mending-from").exists());
        assert_eq!(start(&path), None);
        assert_sound(&path);
        let after = rows(&path);
        let lost = whole.iter().flat_map(|(table, rows)| {
            let lost = rows.difference(&after[table]);
            lost.map(move |row| (table, row))
        });
        let lost: Vec<_> = lost.collect();
        // In the upper bits of a word its sum does not always tell which it was, and in the last frame's sum nobody knows whether
        // it is that or what it is of.
        let last = self.frames().last().map_or(0, |(at, _)| *at);
        let nobody_knows =
            bit / 8 >= 32 && bit % 32 > 20 || (last + 16..last + 24).contains(&(bit / 8));
        let page = self.page_written_last_in(bit / 8).filter(|_| nobody_knows);
        let at_most =
            page.map_or(0, |page| usize::try_from(rows_of(&self.with(&self.log), page)).unwrap());
        let tables: Vec<_> = lost.iter().map(|(table, _)| *table).collect();
        assert!(lost.len() <= at_most, "{bit}: {tables:?} {mended:?}");
        assert!(lost.is_empty() || mended.unread > 0, "{bit}: {tables:?} {mended:?}");
        if page.is_none() {
            // It is said that something may be missing where nobody knows.
            assert!(mended.unread == 0 || nobody_knows, "{bit} {mended:?}");
            assert!(after == *whole, "{bit} {mended:?}");
        }
    }
}

/// Opens it as the gateway does; the words of what is wrong.
fn start(path: &Path) -> Option<String> {
    match Keeper::new(path).open() {
        Ok(_) => None,
        Err(error) => {
            let fault = error.fault().unwrap();
            assert_eq!(fault.kind, FaultKind::Damaged, "{error}");
            Some(fault.words)
        }
    }
}

/// What the doctor says of one at rest.
fn examined(path: &Path) -> Vec<String> {
    Store::open_reading(path).unwrap().examine().unwrap().faults
}

fn count(path: &Path, sql: &str) -> i64 {
    Connection::open(path).unwrap().query_row(sql, [], |row| row.get(0)).unwrap()
}

const STAYS: &str = "SELECT count(*) FROM parking_record WHERE plate_no <> ''";
const CHARGES: &str = "SELECT count(*) FROM charge";

#[test]
fn a_sound_log_is_taken_as_it_is() {
    let killed = Killed::new();
    let path = killed.with(&killed.log);
    assert_eq!(examined(&path), Vec::<String>::new());
    assert_eq!(start(&path), None);
    assert_eq!(count(&path, STAYS), COMMITS);
    assert!(killed.frames().len() * FRAME + 32 < killed.log.len(), "older frames stand behind");
}

#[test]
fn a_bit_that_is_turned_over_anywhere_in_the_log_is_told_and_costs_no_more_than_its_page() {
    let killed = Killed::new();
    let whole = rows(&killed.with(&killed.log));
    let frames = killed.frames();
    let commits: Vec<_> = frames.iter().filter(|(_, is_commit)| *is_commit).collect();
    let last_but_one = commits[commits.len() - 2].0;
    let (last, middle) = (frames[frames.len() - 1].0, frames[frames.len() / 2].0);
    let of_beginning = [0, 5, 9, 14, 18, 22, 26, 31];
    let of_frames = [32, middle, last_but_one, last]
        .into_iter()
        .flat_map(|frame| [3, 6, 9, 17, 22, 24, 1027, FRAME - 1].map(|within| frame + within));
    for at in of_beginning.into_iter().chain(of_frames) {
        for bit in [0, 7] {
            killed.with_a_turned_bit(&whole, at * 8 + bit);
        }
    }
}

#[test]
fn of_a_frame_that_is_lost_only_the_rows_go_that_stood_in_it_alone() {
    let killed = Killed::new();
    let frames = killed.frames();
    for (nth, index) in [0, 1, 2, frames.len() / 2].into_iter().enumerate() {
        for with_header in [false, true] {
            let mut log = killed.log.clone();
            let at = frames[index].0;
            let from = if with_header { at } else { at + 24 };
            for (place, byte) in log[from..at + FRAME].iter_mut().enumerate() {
                *byte = u8::try_from((place * 7 + nth) % 251).unwrap();
            }
            let path = killed.with(&log);
            assert!(start(&path).is_some(), "{index}");
            mend(&none(&path), "malformed", NOW).unwrap();
            assert_sound(&path);
            // Their pages were written again with each commit since.
            let is = (count(&path, STAYS), count(&path, CHARGES));
            assert_eq!(is, (COMMITS, COMMITS), "{index} {with_header}");
        }
    }
}

#[test]
fn what_a_power_cut_leaves_of_the_last_transaction_is_no_damage() {
    let killed = Killed::new();
    let frames = killed.frames();
    let commits = frames.iter().enumerate().filter(|(_, (_, is_commit))| *is_commit);
    let commits: Vec<usize> = commits.map(|(index, _)| index).collect();
    let first = commits[commits.len() - 2] + 1;
    let halves = (frames.len() - first) * 2;
    assert!((6..60).contains(&halves), "several frames: {halves}");
    let mut random = fastrand::Rng::with_seed(7);
    for _ in 0..60 {
        // Any part of it has reached the disk; elsewhere there is what was there before.
        let mut log = killed.log.clone();
        let reached: Vec<bool> = (0..halves).map(|_| random.bool()).collect();
        for (half, _) in reached.iter().enumerate().filter(|(_, reached)| !**reached) {
            let at = frames[first + half / 2].0 + (half % 2) * (FRAME / 2);
            let behind = log.len() - FRAME / 2;
            log.copy_within(behind.., at);
        }
        let path = killed.with(&log);
        // What knows of it is gone with the power.
        std::fs::remove_file(beside(&path, "-shm")).unwrap();
        assert_eq!(start(&path), None, "{reached:?}");
        let whole = i64::from(reached.iter().all(|reached| *reached));
        assert_eq!(count(&path, STAYS), COMMITS - 1 + whole);
    }
}

#[test]
fn what_commits_left_that_failed_is_no_damage() {
    let killed = Killed::new();
    let frames = killed.frames();
    let commits = frames.iter().enumerate().filter(|(_, (_, is_commit))| *is_commit);
    let commits: Vec<usize> = commits.map(|(index, _)| index).collect();
    let [.., earlier, before, last] = commits.as_slice() else { panic!("three commits") };
    // One that could not be synced, and was overwritten by a shorter one that could: of the first its end is there, with the
    // salts of the log and sums of its own.
    let mut log = killed.log.clone();
    let long = (last - before).min(before - earlier);
    assert!(long > 3, "{long}");
    let (from, to) = (frames[before - long + 1].0, frames[before + 1].0);
    let end = to + long * FRAME;
    assert!(end < log.len());
    log.copy_within(from..from + long * FRAME, to);
    let path = killed.with(&log);
    std::fs::remove_file(beside(&path, "-shm")).unwrap();
    assert_eq!(start(&path), None);
    assert_eq!(count(&path, STAYS), COMMITS - 1);
}

#[test]
fn a_log_whose_end_is_missing_is_told_after_a_kill_and_numbers_are_not_given_again() {
    let killed = Killed::new();
    let frames = killed.frames();
    let half = frames[frames.len() / 2].0 + 1000;
    for with_look in [false, true] {
        let path = killed.with(&killed.log[..half]);
        if with_look {
            // Somebody looks before it is started: that changes the index, and is told all the same.
            for _ in 0..2 {
                assert!(examined(&path).iter().any(|fault| fault.contains("end of its log")));
            }
        }
        assert!(start(&path).is_some_and(|words| words.contains("end of its log")));
        let mended = mend(&none(&path), "malformed", NOW).unwrap();
        assert!(mended.unread > 0, "something is missing, nobody knows what");
        assert_eq!(start(&path), None);
        assert!(count(&path, STAYS) >= COMMITS / 2 - 2);
        let given = "SELECT seq FROM sqlite_sequence WHERE name = 'outbox'";
        assert!(count(&path, given) > 1_000_000);
        assert!(!beside(&path, ".log-cut").exists());
    }
}

#[test]
fn a_log_whose_database_is_gone_or_empty_is_kept_and_all_it_holds_is_taken() {
    let killed = Killed::new();
    for is_gone in [false, true] {
        let path = killed.with(&killed.log);
        let whole = rows(&path);
        for with_copy in [true, false] {
            let path = killed.with(&killed.log);
            let copies = killed.folder.path().join("copies");
            std::fs::create_dir_all(&copies).unwrap();
            // What the log goes on from, as a copy has it.
            let base = killed.folder.path().join("base.db");
            std::fs::copy(base, copies.join("lotgate.db.20231114T221320Z")).unwrap();
            let copies = if with_copy { Copies::new(&path, &copies, None, 3) } else { none(&path) };
            if is_gone {
                std::fs::remove_file(&path).unwrap();
            } else {
                std::fs::write(&path, b"").unwrap();
            }
            // Whoever looks leaves it.
            let looked = Store::open_reading(&path).err().unwrap();
            assert_eq!(looked.fault().unwrap().kind, FaultKind::Damaged, "{looked}");
            assert!(look_again(&path).is_err());
            assert_eq!(std::fs::read(beside(&path, "-wal")).unwrap(), killed.log);
            assert!(start(&path).is_some_and(|words| words.contains("gone or empty")));
            assert_eq!(std::fs::read(beside(&path, "-wal")).unwrap(), killed.log);
            let mended = mend(&copies, "malformed", NOW).unwrap();
            assert_eq!(mended.copied.is_some(), with_copy);
            let aside = PathBuf::from(mended.aside.unwrap());
            assert_eq!(std::fs::read(beside(&aside, "-wal")).unwrap(), killed.log);
            assert!(moved_aside(&path).contains(&aside));
            assert!(mended.unread > 0, "nobody knows what else was in it");
            assert_eq!(start(&path), None);
            assert_sound(&path);
            let after = rows(&path);
            for table in ["parking_record", "charge", "outbox"] {
                assert!(after[table] == whole[table], "{table} {with_copy} {is_gone}");
            }
            std::fs::remove_file(&aside).ok();
        }
    }
}

#[test]
fn a_log_that_is_being_written_is_no_damaged_one_for_whoever_looks_meanwhile() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("lotgate.db");
    let (store, _) = Store::open(&path, NOW).unwrap();
    put_into_large_pages(&store);
    // It is begun anew again and again.
    store.connection.pragma_update(None, "wal_autocheckpoint", 40).unwrap();
    store.connection.pragma_update(None, "synchronous", "OFF").unwrap();
    let (ended, looked) = (AtomicBool::new(false), AtomicU32::new(0));
    std::thread::scope(|threads| {
        let looking = threads.spawn(|| {
            while !ended.load(Ordering::Relaxed) {
                assert_eq!(Store::open_reading(&path).unwrap().fault(), None);
                looked.fetch_add(1, Ordering::Relaxed);
            }
        });
        let keeper = Keeper::of(&store);
        for number in 0.. {
            // On a machine that is busy each look takes long.
            if number >= 4000 && (looking.is_finished() || looked.load(Ordering::Relaxed) > 20) {
                break;
            }
            let sql = "INSERT INTO outbox (class, code, subject, key, body, created)
                       VALUES (2, 5004, ?1, 'k', hex(randomblob(4000)), 1)";
            store.connection.execute(sql, [number]).unwrap();
            store.note_progress();
            assert_eq!(keeper.standing(), Standing::There);
        }
        ended.store(true, Ordering::Relaxed);
    });
}

#[test]
fn a_log_that_is_none_is_told() {
    let killed = Killed::new();
    let garbage: Vec<u8> =
        (0..killed.log.len()).map(|at| u8::try_from(at * 31 % 251).unwrap()).collect();
    let path = killed.with(&garbage);
    assert!(start(&path).is_some());
    assert!(mend(&none(&path), "malformed", NOW).unwrap().unread > 0);
    assert_eq!(start(&path), None);
    // One that was never written, as a power cut leaves it.
    let path = killed.with(&vec![0; 32 + 3 * FRAME]);
    assert_eq!(start(&path), None);
}

#[test]
fn a_copy_of_a_database_at_rest_whose_log_is_damaged_is_refused() {
    let killed = Killed::new();
    let mut log = killed.log.clone();
    log[32 + FRAME + 100] ^= 1;
    let path = killed.with(&log);
    let file = killed.folder.path().join("copy.db");
    let refused = crate::store::back_up(&path, &file).unwrap_err();
    assert!(refused.to_string().contains("(-wal)"), "{refused}");
    assert!(!file.exists());
    // And while somebody writes it.
    let path = killed.with(&killed.log);
    let (store, _) = Store::open(&path, NOW).unwrap();
    std::fs::write(beside(&path, "-wal"), &log).unwrap();
    let refused = crate::store::back_up(&path, &file).unwrap_err();
    assert!(refused.to_string().contains("(-wal)"), "{refused}");
    assert!(examined(&path).iter().any(|fault| fault.contains("(-wal)")));
    let copies = Copies::new(&path, &killed.folder.path().join("copies"), None, 3);
    let mut unfinished = copies.begin(NOW).unwrap();
    {
        let copying = unfinished.from(&store).unwrap();
        while !copying.step().unwrap() {}
    }
    let refused = copies.take(&unfinished.complete().unwrap()).unwrap_err();
    assert!(refused.to_string().contains("(-wal)"), "{refused}");
    assert!(!copies.are_there());
    let mut look = Look::new(&path);
    let found = loop {
        match look.step() {
            Ok(done) => assert!(!done, "the log is looked at, too"),
            Err(error) => break error,
        }
    };
    assert_eq!(found.fault().unwrap().kind, FaultKind::Damaged, "{found}");
    // One of another time is written over it.
    let mut keeper = Keeper::of(&store);
    assert_eq!(keeper.standing(), Standing::There);
    let mut log = killed.log.clone();
    log[20] ^= 1;
    std::fs::write(beside(&path, "-wal"), &log).unwrap();
    assert_eq!(keeper.standing(), Standing::Cut);
    keeper.forget();
    store.leave_as_it_is();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, max_shrink_iters: 20, ..ProptestConfig::default() })]

    /// One bit, anywhere in what the log holds.
    #[test]
    fn whichever_bit_is_turned_over_it_is_told_and_what_was_committed_is_there(
        bit in any::<prop::sample::Index>(),
    ) {
        thread_local! {
            static KILLED: Killed = Killed::new();
        }
        KILLED.with(|killed| {
            let whole = rows(&killed.with(&killed.log));
            let bytes = 32 + killed.frames().len() * FRAME;
            killed.with_a_turned_bit(&whole, bit.index(bytes * 8));
        });
    }

    /// And anywhere behind: frames of an earlier time.
    #[test]
    fn a_bit_that_is_turned_over_behind_what_the_log_holds_is_nothing(
        place in any::<prop::sample::Index>(),
    ) {
        thread_local! {
            static KILLED: Killed = Killed::new();
        }
        KILLED.with(|killed| {
            let from = 32 + killed.frames().len() * FRAME;
            let at = from + place.index(killed.log.len() - from);
            let mut log = killed.log.clone();
            log[at] ^= 1 << (at % 8);
            assert_eq!(start(&killed.with(&log)), None);
        });
    }

    /// Several bits and whole stretches: an end in order, and no stay that never was.
    #[test]
    fn whatever_is_wrong_with_a_log_no_row_comes_back_that_was_never_there(
        wrong in prop::collection::vec((any::<prop::sample::Index>(), 1_usize..5000, any::<u8>()), 1..6),
    ) {
        thread_local! {
            static KILLED: Killed = Killed::new();
        }
        KILLED.with(|killed| {
            let mut log = killed.log.clone();
            for (at, long, byte) in wrong {
                let at = at.index(log.len());
                let end = log.len().min(at + long);
                log[at..end].fill(byte);
            }
            let path = killed.with(&log);
            if start(&path).is_some() {
                mend(&none(&path), "malformed", NOW).unwrap();
            }
            assert_sound(&path);
            let made_up = "SELECT count(*) FROM parking_record
                           WHERE plate_no <> '' AND plate_no <> 'P' || enter_time";
            assert_eq!(count(&path, made_up), 0);
            assert!(count(&path, STAYS) <= COMMITS);
        });
    }
}
