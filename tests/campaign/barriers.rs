//! What somebody at the lanes has seen, held against what was written down: whether the barrier moved for each car that
//! stood there, and whether the database and the platform's books say the same; who is inside, by what the barriers
//! did; and what was paid. It knows no network and no process.

use crate::books::{Books, Record};
use crate::findings::Harm;
use crate::model::{Coming, Model, Way, fee};
use lotgate::sim::platform::ledger::{Ledger, fen};
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, SystemTime};

/// How far a moment of the books may be from what was seen: they have whole seconds for late reads.
const ABOUT: Duration = Duration::from_secs(3);
/// How long after its decision a barrier may move. A process that stands still between its commit and its command does so
/// for 6.5 s, a broker that was killed with the command in it is there again after 2.5 s and its camera a moment later;
/// whoever is let pass is read again every 2 s until the barrier moves.
const MOVES_WITHIN: Duration = Duration::from_secs(15);

/// A barrier's drive was told to open, and its device has heard it.
#[derive(Debug, Clone)]
pub struct Pulse {
    /// Whose.
    pub way: Way,
    /// When.
    pub at: SystemTime,
    /// The command: the same once more is no opening of its own.
    pub command: String,
}

/// What somebody at the lanes has seen.
#[derive(Debug, Default)]
pub struct Seen {
    /// Every movement of a barrier, in order.
    pub pulses: Vec<Pulse>,
    /// Reads that were acknowledged.
    pub acknowledged: BTreeSet<String>,
}

/// Something that does not agree, with the coming it is of.
pub type Disagreement = (Harm, Option<usize>, String);

/// Holds what was seen against the books.
pub fn judge(model: &Model, seen: &Seen, books: &Books, ledger: &Ledger) -> Vec<Disagreement> {
    let moved = moved_for(model, seen);
    let booked = booked(model, books);
    let mut found = passages(model, &moved, &booked);
    found.extend(openings(model, &moved, &booked, books));
    found.extend(reads(model, seen, books));
    found.extend(inside(model, &moved, books, ledger));
    found.extend(money(model, books, ledger));
    found
}

/// When the barrier moved for whom: for whoever stood there, the last who had come.
fn moved_for(model: &Model, seen: &Seen) -> BTreeMap<Option<usize>, Vec<SystemTime>> {
    let mut moved: BTreeMap<_, Vec<_>> = BTreeMap::new();
    let mut commands = BTreeSet::new();
    for pulse in &seen.pulses {
        // ARCHITECTURE.md, invariant 3: after a kill a command goes out once more that nobody has told of. It is of
        // whom it was of before; that it comes only then is looked at when it comes (`Lot::account`).
        if !commands.insert(&pulse.command) {
            continue;
        }
        let came = |coming: &Coming| coming.way == pulse.way && coming.came <= pulse.at;
        // Nobody stands there who was told of late.
        let stood = model.comings.iter().rposition(|one| came(one) && one.late.is_none());
        moved.entry(stood).or_default().push(pulse.at);
    }
    moved
}

/// A passage that was written down.
struct Booked<'a> {
    /// Whose coming it must be of; none where nobody came there then.
    coming: Option<usize>,
    way: Way,
    at: SystemTime,
    record: &'a Record,
}

fn booked<'a>(model: &Model, books: &'a Books) -> Vec<Booked<'a>> {
    let mut booked = Vec::new();
    for record in &books.records {
        let mut passes = |way, at| {
            // The last that had come by then. Who comes twice is away for longer than this between.
            let is_it = |one: &Coming| {
                one.way == way && one.plate == record.plate && begins(one) <= at + ABOUT
            };
            let coming = model.comings.iter().rposition(is_it);
            booked.push(Booked { coming, way, at, record });
        };
        passes(Way::In, record.entered);
        if let Some(left) = record.left {
            passes(Way::Out, left);
        }
    }
    booked
}

fn begins(coming: &Coming) -> SystemTime {
    coming.late.unwrap_or(coming.came)
}

/// Whether a barrier that moved then did for a passage at that moment: soon after it, or soon after a later read of the car,
/// which stood there since.
fn fits(coming: &Coming, at: SystemTime, pulse: SystemTime) -> bool {
    let soon_after = |moment: SystemTime| moment <= pulse + ABOUT && pulse <= moment + MOVES_WITHIN;
    let first = coming.reads.first().map(|read| read.at);
    let mut reads = coming.reads.iter().filter_map(|read| Some(coming.came + (read.at - first?)));
    soon_after(at) || (at + ABOUT >= coming.came && at <= pulse + ABOUT && reads.any(soon_after))
}

/// Each passage that was written down: its barrier has moved for that coming, about then.
fn passages(
    model: &Model,
    moved: &BTreeMap<Option<usize>, Vec<SystemTime>>,
    booked: &[Booked<'_>],
) -> Vec<Disagreement> {
    let mut found = Vec::new();
    let mut once = BTreeSet::new();
    for Booked { coming, way, at, record } in booked {
        let what = format!("{way:?} at {at:?} by {record:?}");
        let Some(coming) = *coming else {
            found.push((Harm::Wrong, None, format!("booked, and nobody came: {what}")));
            continue;
        };
        let about = format!("{what} of {:?}", model.comings[coming]);
        if !once.insert(coming) {
            found.push((Harm::Doubled, Some(coming), format!("booked twice: {about}")));
        }
        // Its camera opened for it, or a person, while nobody was told: it says only that it has passed.
        if model.comings[coming].late.is_some() {
            continue;
        }
        let moved = moved.get(&Some(coming)).map(Vec::as_slice).unwrap_or_default();
        if moved.is_empty() {
            let what = format!("booked, and its barrier never moved: {about}");
            found.push((Harm::Wrong, Some(coming), what));
        } else if !moved.iter().any(|pulse| fits(&model.comings[coming], *at, *pulse)) {
            let what = format!("booked when its barrier did not move but at {moved:?}: {about}");
            found.push((Harm::Wrong, Some(coming), what));
        }
    }
    found
}

/// Each movement of a barrier: somebody stood there, and his passage or a word of it is written down.
fn openings(
    model: &Model,
    moved: &BTreeMap<Option<usize>, Vec<SystemTime>>,
    booked: &[Booked<'_>],
    books: &Books,
) -> Vec<Disagreement> {
    let mut found = Vec::new();
    for (coming, at) in moved {
        let Some(coming) = *coming else {
            found.push((Harm::Wrong, None, format!("opened at {at:?}, and nobody stood there")));
            continue;
        };
        let is_booked = booked.iter().any(|one| one.coming == Some(coming));
        // Of the last car at each lane nobody may know yet whether it has gone: it is kept as let pass.
        let is_kept = books.passing.contains(&model.comings[coming].plate);
        if !is_booked && !is_kept {
            let what =
                format!("opened at {at:?}, and nothing is booked: {:?}", model.comings[coming]);
            found.push((Harm::Wrong, Some(coming), what));
        }
    }
    found
}

/// Each read that was acknowledged has been taken: noted with what it came to, in one commit.
fn reads(model: &Model, seen: &Seen, books: &Books) -> Vec<Disagreement> {
    let mut found = Vec::new();
    for (index, coming) in model.comings.iter().enumerate() {
        for read in &coming.reads {
            if seen.acknowledged.contains(&read.id) && !books.taken.contains(&read.id) {
                let what =
                    format!("{} was acknowledged and is not written down: {coming:?}", read.id);
                found.push((Harm::Lost, Some(index), what));
            }
        }
    }
    found
}

/// Who is inside, by what the barriers did, by the database, and by what the platform was told.
fn inside(
    model: &Model,
    moved: &BTreeMap<Option<usize>, Vec<SystemTime>>,
    books: &Books,
    ledger: &Ledger,
) -> Vec<Disagreement> {
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    for (index, coming) in model.comings.iter().enumerate() {
        match coming.way {
            Way::In if coming.late.is_some() || moved.contains_key(&Some(index)) => {
                seen.insert(&coming.plate, index);
            }
            Way::Out if moved.contains_key(&Some(index)) => {
                seen.remove(coming.plate.as_str());
            }
            _ => {}
        }
    }
    let open = books.records.iter().filter(|record| record.left.is_none());
    let stored: BTreeSet<_> = open.map(|record| record.plate.as_str()).collect();
    let told = ledger.stays.values().filter(|stay| stay.is_open());
    let told: BTreeSet<_> = told.filter_map(|stay| stay.plate()).collect();
    let all: BTreeSet<_> =
        seen.keys().copied().chain(stored.iter().copied()).chain(told.iter().copied()).collect();
    let differs = all.into_iter().filter_map(|plate| {
        let by = (seen.contains_key(plate), stored.contains(plate), told.contains(plate));
        let agree = by == (true, true, true);
        let what = format!("{plate} is inside by its barriers, the database, the reports: {by:?}");
        (!agree).then(|| (Harm::Wrong, seen.get(plate).copied(), what))
    });
    differs.collect()
}

/// What was owed and what was paid: by who stood there, by the database, and by what the platform was told.
fn money(model: &Model, books: &Books, ledger: &Ledger) -> Vec<Disagreement> {
    let mut found = Vec::new();
    for (plate, stays) in &model.stays {
        let records = books.records.iter().filter(|record| record.plate == *plate);
        for (stay, record) in stays.iter().zip(records) {
            let paid: BTreeMap<_, _> =
                stay.paid.iter().map(|paid| (paid.id.clone(), paid.amount)).collect();
            let mut wrong = |what: String| {
                found.push((Harm::Wrong, Some(stay.in_by), format!("{what}: {record:?}")));
            };
            if paid != record.charges {
                wrong(format!("paid {paid:?}, not what is stored"));
            }
            let Some(left) = record.left else { continue };
            let stayed = left.duration_since(record.entered).unwrap_or_default();
            let due = if stay.free { 0 } else { fee(stayed) };
            // Reports have whole seconds: at the very end of an hour they may say one less.
            let told = ledger
                .stays
                .get(&record.id)
                .map(|told| (fen(&told.newest["receivables"]), fen(&told.newest["received"])));
            if record.due != due || told != Some((record.due, record.received)) {
                wrong(format!("due {due} fen, told {told:?}"));
            }
            let sum: i64 = paid.values().sum();
            if record.received != sum {
                wrong(format!("paid {sum} fen in all"));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Kind, Paid};
    use serde_json::json;

    const PLATE: &str = "粤B00001";

    /// One car that has come to the entry ten minutes ago and been read, its barrier, the database and the reports as
    /// each test wants them.
    struct History {
        model: Model,
        seen: Seen,
        books: Books,
        ledger: Ledger,
        coming: usize,
        came: SystemTime,
    }

    impl History {
        fn of_one_read() -> Self {
            let came = SystemTime::now() - Duration::from_secs(600);
            let mut model = Model::default();
            let coming = model.comes(PLATE, Way::In, None);
            model.comings[coming].came = came;
            model.is_read(coming, "read-1".to_owned());
            let seen =
                Seen { acknowledged: BTreeSet::from(["read-1".to_owned()]), ..Seen::default() };
            let books = Books { taken: seen.acknowledged.clone(), ..Books::default() };
            Self { model, seen, books, ledger: Ledger::default(), coming, came }
        }

        fn after(&self, seconds: u64) -> SystemTime {
            self.came + Duration::from_secs(seconds)
        }

        fn barrier_moves(&mut self, way: Way, seconds: u64) {
            let (at, command) = (self.after(seconds), format!("open-{way:?}-{seconds}"));
            self.seen.pulses.push(Pulse { way, at, command });
        }

        fn entry_is_booked(&mut self) {
            self.books.records.push(Record {
                id: "record".to_owned(),
                plate: PLATE.to_owned(),
                entered: self.after(1),
                left: None,
                due: 0,
                received: 0,
                charges: BTreeMap::new(),
            });
            self.ledger.take(5004, &self.report());
        }

        fn report(&self) -> serde_json::Value {
            let record = &self.books.records[0];
            let yuan = |fen: i64| json!(fen / 100);
            json!({ "id": "record", "enterTime": "2026-01-01 00:00:00",
                "leaveTime": record.left.map_or("", |_| "2026-01-01 00:05:00"),
                "receivables": yuan(record.due), "received": yuan(record.received),
                "parkCarInfo": { "plateNo": PLATE } })
        }

        /// A car that came in and is inside, and nothing wrong with it.
        fn inside() -> Self {
            let mut history = Self::of_one_read();
            history.barrier_moves(Way::In, 1);
            history.entry_is_booked();
            history.model.is_in(history.coming, Kind::Visitor);
            history
        }

        /// It wants out, and is read there.
        fn comes_to_the_exit(&mut self) -> usize {
            let coming = self.model.comes(PLATE, Way::Out, None);
            self.model.comings[coming].came = self.after(300);
            coming
        }

        fn exit_is_booked(&mut self, due: i64, received: i64) {
            let left = self.after(301);
            let record = &mut self.books.records[0];
            (record.left, record.due, record.received) = (Some(left), due, received);
            self.ledger.take(5005, &self.report());
        }

        fn said(&self) -> Vec<String> {
            let found = judge(&self.model, &self.seen, &self.books, &self.ledger);
            found.into_iter().map(|(harm, _, what)| format!("{harm:?}: {what}")).collect()
        }

        #[track_caller]
        fn is_said(&self, words: &[&str]) {
            let said = self.said();
            for word in words {
                assert!(said.iter().any(|one| one.contains(word)), "not {word}: {said:?}");
            }
        }
    }

    #[test]
    fn a_car_that_came_in_paid_and_went_out_is_no_disagreement() {
        let mut history = History::inside();
        assert_eq!(history.said(), [""; 0]);
        history.model.has_paid(PLATE, Paid { id: "charge".to_owned(), amount: 1000 });
        history.books.records[0].charges.insert("charge".to_owned(), 1000);
        let coming = history.comes_to_the_exit();
        history.barrier_moves(Way::Out, 302);
        history.exit_is_booked(1000, 1000);
        history.model.is_out(coming);
        assert_eq!(history.said(), [""; 0]);
    }

    /// What a full disk and `when_it_fails = hold` once led to.
    #[test]
    fn a_car_that_was_held_and_turned_back_and_is_booked_as_passed_is_a_ghost() {
        let mut history = History::of_one_read();
        history.model.turns_back(history.coming);
        assert_eq!(history.said(), [""; 0]);
        history.entry_is_booked();
        history.is_said(&["its barrier never moved", "(false, true, true)"]);
    }

    /// The same at the exit, where it is money, too.
    #[test]
    fn a_car_that_was_held_at_the_exit_and_is_booked_as_gone_for_nothing_is_seen() {
        let mut history = History::inside();
        let coming = history.comes_to_the_exit();
        history.model.turns_back(coming);
        assert_eq!(history.said(), [""; 0]);
        history.exit_is_booked(0, 0);
        history.is_said(&["its barrier never moved", "(true, false, false)", "due 1000 fen"]);
    }

    #[test]
    fn a_car_that_was_read_again_just_before_its_barrier_moved_has_stood_there_since() {
        let mut history = History::of_one_read();
        history.model.is_read(history.coming, "read-2".to_owned());
        history.seen.acknowledged.insert("read-2".to_owned());
        history.books.taken.insert("read-2".to_owned());
        history.model.comings[history.coming].reads[1].at += Duration::from_secs(37);
        history.barrier_moves(Way::In, 38);
        history.entry_is_booked();
        history.model.is_in(history.coming, Kind::Visitor);
        assert_eq!(history.said(), [""; 0]);
    }

    #[test]
    fn a_passage_of_a_car_whose_barrier_moved_only_long_after_is_seen() {
        let mut history = History::of_one_read();
        history.barrier_moves(Way::In, 40);
        history.entry_is_booked();
        history.model.is_in(history.coming, Kind::Visitor);
        history.is_said(&["booked when its barrier did not move"]);
    }

    #[test]
    fn a_barrier_that_moved_and_left_no_passage_is_seen_unless_its_car_is_kept_as_let_pass() {
        let mut history = History::of_one_read();
        history.barrier_moves(Way::In, 1);
        history.is_said(&["nothing is booked", "(true, false, false)"]);
        history.books.passing.insert(PLATE.to_owned());
        assert!(!history.said().iter().any(|one| one.contains("nothing is booked")));
    }

    #[test]
    fn a_barrier_that_moved_before_anybody_came_is_seen_and_the_same_command_again_is_not() {
        let mut history = History::inside();
        let again = history.seen.pulses[0].clone();
        history.seen.pulses.push(Pulse { at: history.after(2), ..again });
        assert_eq!(history.said(), [""; 0]);
        history.barrier_moves(Way::Out, 1);
        history.is_said(&["nobody stood there"]);
    }

    #[test]
    fn a_read_that_was_acknowledged_and_is_written_down_nowhere_is_lost() {
        let mut history = History::of_one_read();
        history.books.taken.clear();
        history.is_said(&["Lost: read-1 was acknowledged"]);
    }

    #[test]
    fn money_that_was_paid_and_is_not_stored_or_not_told_is_seen() {
        let mut history = History::inside();
        history.model.has_paid(PLATE, Paid { id: "charge".to_owned(), amount: 1000 });
        history.is_said(&["not what is stored"]);
        history.books.records[0].charges.insert("charge".to_owned(), 1000);
        let coming = history.comes_to_the_exit();
        history.barrier_moves(Way::Out, 302);
        history.exit_is_booked(1000, 1000);
        history.model.is_out(coming);
        assert_eq!(history.said(), [""; 0]);
        history.books.records[0].received = 0;
        history.is_said(&["told Some((1000, 1000))", "paid 1000 fen in all"]);
    }

    #[test]
    fn who_is_inside_by_the_reports_and_nowhere_else_is_seen() {
        let mut history = History::inside();
        let coming = history.comes_to_the_exit();
        history.barrier_moves(Way::Out, 302);
        history.model.is_out(coming);
        history.books.records[0].left = Some(history.after(301));
        history.is_said(&["(false, false, true)"]);
    }
}
