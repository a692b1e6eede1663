//! The engine's mailbox and commits, over a real database: what stands together, what falls alone.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]
#![allow(dead_code, reason = "the lot is shared with the rules' tests")]

#[path = "rules/lot.rs"]
mod lot;

use jiff::{SignedDuration, Timestamp};
use lot::{ENTRY, EXIT, at, rules};
use lotgate::engine::{self, Clock, Effects, EngineHandle, First, Joining, Refused, Retention};
use lotgate::lot::{ContractRule, Rules};
use lotgate::model::barrier::BarrierFault;
use lotgate::model::event::{DeviceEvent, PlateRead};
use lotgate::model::happening::{Happening, HoldReason};
use lotgate::model::input::{Answer, Input};
use lotgate::model::outcome::{Actuation, DeviceCommand};
use lotgate::model::without_store::{Note, Noted, ReadFate};
use lotgate::standard::money::MoneyStyle;
use lotgate::standard::report::Report;
use lotgate::store::{Copies, Store};
use lotgate::teller::Teller;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, mpsc as std_mpsc};
use std::time::Duration;
use tempfile::TempDir;
use tokio::sync::{Notify, broadcast, mpsc, oneshot};

type Pending = oneshot::Receiver<Result<Answer, Refused>>;

/// An engine that stands still, so that what is handed over meanwhile commits together.
struct Bench {
    folder: TempDir,
    engine: EngineHandle,
    go_on: std_mpsc::Sender<()>,
    commands: mpsc::Receiver<DeviceCommand>,
    happenings: broadcast::Receiver<Happening>,
}

impl Bench {
    /// `change` is done to the database before the engine has it.
    fn new(rules: Rules, change: &str) -> Self {
        Self::after(rules, change, &[])
    }

    /// The same, and the process before this one has left what it could not write down.
    fn after(rules: Rules, change: &str, left: &[Note]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lotgate.db");
        drop(Store::open(&path, Timestamp::UNIX_EPOCH).unwrap());
        rusqlite::Connection::open(&path).unwrap().execute_batch(change).unwrap();
        let notes = folder.path().join("notes");
        let lines = left.iter().map(|note| serde_json::to_string(note).unwrap() + "\n");
        std::fs::write(&notes, lines.collect::<String>()).unwrap();
        let first =
            First::open(Copies::new(&path, std::path::Path::new(""), None, 0), None).unwrap();
        // What waits for its commit does so until something takes it along.
        let long = Duration::from_secs(3600);
        let joining = Joining { within: long, noted_within: long };
        let first = first.with_journal(Some(notes)).joining(joining);
        let (go_on, wait) = std_mpsc::channel();
        let wait = Mutex::new(wait);
        // The first look at the clock waits; whoever let go is gone by the second.
        let clock: Clock = Arc::new(move || {
            let _ = wait.lock().unwrap().recv();
            at("2026-03-02T08:00")
        });
        let (device_commands, commands) = mpsc::channel(16);
        let teller = Teller::default();
        let happenings = teller.listen();
        let effects = Effects {
            device_commands,
            publications: mpsc::channel(16).0,
            questions: mpsc::channel(16).0,
            reports: Arc::new(Notify::new()),
            teller,
            images: std::path::PathBuf::new(),
        };
        let kept = SignedDuration::from_hours(24);
        let retention = Retention { records: kept, messages: kept };
        let (engine, _) = engine::start(first, rules, retention, clock, effects).unwrap();
        Self { folder, engine, go_on, commands, happenings }
    }

    fn database(&self) -> PathBuf {
        self.folder.path().join("lotgate.db")
    }

    async fn read(&self, message: &str, plate: &str) -> Pending {
        self.engine
            .post(Input::Device(DeviceEvent::PlateRead(Box::new(read(message, plate)))))
            .await
            .unwrap()
    }

    /// An input that the engine takes at once and stands still with.
    async fn stand_still(&self) -> Pending {
        self.engine.post(Input::Tick { free_disk: None }).await.unwrap()
    }

    fn let_go(&mut self) {
        let (closed, _) = std_mpsc::channel();
        drop(std::mem::replace(&mut self.go_on, closed));
    }

    /// The plates of cars inside, and of those that were let pass.
    fn inside(&self) -> Vec<String> {
        let mut reader = Store::open_reading(&self.database()).unwrap();
        let snapshot = reader.snapshot().unwrap();
        let records = snapshot.open_records_like("粤").unwrap();
        let inside = records.iter().map(|record| record.plate_text().to_owned());
        let let_pass = snapshot.all_passing().unwrap().into_iter();
        let let_pass = let_pass.filter(|one| one.record_id.is_none());
        inside.chain(let_pass.map(|one| one.car.plate_no.to_string())).collect()
    }

    fn happened(&mut self) -> Vec<Happening> {
        std::iter::from_fn(|| self.happenings.try_recv().ok()).collect()
    }
}

fn read(message: &str, plate: &str) -> PlateRead {
    PlateRead::of(ENTRY.into(), message.to_owned(), Some(plate.parse().unwrap()))
}

/// `b`, as it is kept.
const ONE_MESSAGE_CANNOT_BE_NOTED: &str = "CREATE TRIGGER refuse BEFORE INSERT ON seen
    WHEN NEW.message = 'e9d71f5ee7c92d6d' BEGIN SELECT RAISE(ABORT, 'not this one'); END;";

#[tokio::test]
async fn of_three_inputs_in_one_commit_the_one_that_fails_falls_alone() {
    let mut bench = Bench::new(rules(), ONE_MESSAGE_CANNOT_BE_NOTED);
    let still = bench.stand_still().await;
    let (first, second, third) = (
        bench.read("a", "粤B00001").await,
        bench.read("b", "粤B00002").await,
        bench.read("c", "粤B00003").await,
    );
    bench.let_go();
    assert!(matches!(still.await.unwrap(), Ok(Answer::Done)));
    assert!(matches!(first.await.unwrap(), Ok(Answer::Done)));
    let refused = second.await.unwrap();
    assert!(
        matches!(&refused, Err(Refused::Failed(words)) if words.contains("not this one")),
        "{refused:?}"
    );
    assert!(matches!(third.await.unwrap(), Ok(Answer::Done)));
    assert_eq!(bench.inside(), ["粤B00001", "粤B00003"]);
    let opened = |command: DeviceCommand| matches!(command, DeviceCommand::Barrier(_));
    assert!(bench.commands.try_recv().is_ok_and(opened));
    // The second car's is for whoever stands there now.
    let withdrawn = |command: DeviceCommand| matches!(command, DeviceCommand::Withdraw(_));
    assert!(bench.commands.try_recv().is_ok_and(withdrawn));
    assert!(bench.commands.try_recv().is_ok_and(opened));
    assert!(bench.commands.try_recv().is_err(), "nothing for the one that failed, nothing twice");
    let happened = bench.happened();
    let told: Vec<_> = happened
        .iter()
        .filter_map(|one| match one {
            Happening::PlateRead { plate, .. } => Some(plate.as_str()),
            Happening::CommitFailed { .. } => Some("failed"),
            _ => None,
        })
        .collect();
    assert_eq!(told, ["failed", "粤B00001", "粤B00003"]);
}

/// What is put aside: its plate, or what it says.
fn put_aside(bench: &Bench) -> Vec<String> {
    let mut reader = Store::open_reading(&bench.database()).unwrap();
    let kept = reader.snapshot().unwrap().all_put_aside(i64::MAX, 9).unwrap().into_iter();
    kept.map(|one| one.what.plate_no.unwrap_or(one.what.said)).collect()
}

#[tokio::test]
async fn a_car_whose_own_stay_cannot_be_read_is_for_people_and_stops_nobody() {
    let mut bench = Bench::new(rules(), "");
    bench.let_go();
    for (message, plate) in [("a", "粤B00001"), ("b", "粤B00002")] {
        assert!(matches!(bench.read(message, plate).await.await.unwrap(), Ok(Answer::Done)));
    }
    let spoil = rusqlite::Connection::open(bench.database()).unwrap();
    spoil
        .execute_batch(
            "DELETE FROM passing;
             UPDATE parking_record SET received = 'much' WHERE plate_no = '粤B00001';",
        )
        .unwrap();
    // It would be the same each time it is delivered again.
    assert!(matches!(bench.read("c", "粤B00001").await.await.unwrap(), Ok(Answer::Done)));
    assert_eq!(put_aside(&bench), ["粤B00001"]);
    let told = |one: &Happening| matches!(one, Happening::PutAside { .. });
    assert!(bench.happened().iter().any(told));
    assert!(matches!(bench.read("d", "粤B00003").await.await.unwrap(), Ok(Answer::Done)));
}

#[tokio::test]
async fn a_row_that_time_cannot_pass_for_is_put_aside_after_three_tries_and_time_goes_on() {
    let spoil = "INSERT INTO booking VALUES
                     ('YD1', '粤B00001', 0, 1, 1772409000000, '0', NULL, 'held', 'YD1'),
                     ('YD2', '粤B00002', 0, 1, 1772409000000, '0', NULL, 'held', 'YD2');
                 CREATE TRIGGER refuse BEFORE INSERT ON booking WHEN NEW.book_code = 'YD1'
                     BEGIN SELECT RAISE(ABORT, 'not this one'); END;";
    let mut bench = Bench::new(rules(), spoil);
    bench.let_go();
    let mut refused = 0;
    while let Err(error) = bench.stand_still().await.await.unwrap() {
        refused += 1;
        assert!(refused < 9, "{error}");
    }
    assert_eq!(put_aside(&bench), ["booking YD1"], "{refused}");
    let expired = |one: &Happening| matches!(one, Happening::BookingExpired { .. });
    assert_eq!(bench.happened().into_iter().filter(expired).count(), 1, "the other one's");
    assert!(matches!(bench.stand_still().await.await.unwrap(), Ok(Answer::Done)));
}

#[tokio::test]
async fn while_nothing_can_be_written_everything_is_refused_and_then_done_as_if_new() {
    let refuse = "CREATE TRIGGER refuse BEFORE INSERT ON passing
                  BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END;";
    let mut bench = Bench::new(rules(), refuse);
    bench.let_go();
    let refused = bench.read("a", "粤B00001").await.await.unwrap();
    assert!(matches!(refused, Err(Refused::Failed(_))));
    assert!(bench.commands.try_recv().is_err(), "no barrier moves before its commit");
    assert!(bench.inside().is_empty());
    let mend = rusqlite::Connection::open(bench.database()).unwrap();
    mend.execute_batch("DROP TRIGGER refuse").unwrap();
    // The broker delivers again what was not acknowledged.
    assert!(matches!(bench.read("a", "粤B00001").await.await.unwrap(), Ok(Answer::Done)));
    assert_eq!(bench.inside(), ["粤B00001"]);
    assert!(bench.commands.try_recv().is_ok());
}

#[tokio::test]
async fn new_rules_hold_for_what_comes_behind_them_and_not_for_what_came_before() {
    let full = Rules { total_spaces: 0, ..rules() };
    let mut bench = Bench::new(full, "");
    let still = bench.stand_still().await;
    let before = bench.read("a", "粤B00001").await;
    let engine = bench.engine.clone();
    let changed = tokio::spawn(async move { engine.set_rules(rules()).await });
    // Handed over when the mailbox has it; the engine stands still, so it cannot be answered yet.
    tokio::task::yield_now().await;
    let behind = bench.read("b", "粤B00002").await;
    bench.let_go();
    for pending in [still, before, behind] {
        assert!(matches!(pending.await.unwrap(), Ok(Answer::Done)));
    }
    changed.await.unwrap().unwrap();
    let happened = bench.happened();
    let held = |one: &Happening| matches!(one, Happening::Held { plate, reason: HoldReason::Full, .. } if plate == "粤B00001");
    assert!(happened.iter().any(held), "{happened:?}");
    assert_eq!(bench.inside(), ["粤B00001", "粤B00002"], "and whom the new ones help is let in");
}

#[tokio::test]
async fn new_rules_that_cannot_be_noted_do_not_hold() {
    let refuse = "CREATE TRIGGER refuse BEFORE INSERT ON outbox WHEN NEW.code = 3002
                  BEGIN SELECT RAISE(ABORT, 'not now'); END;";
    let mut bench = Bench::new(Rules { total_spaces: 0, ..rules() }, refuse);
    bench.let_go();
    let entrance = serde_json::json!({ "state": 1, "entranceExitInfo": {
        "id": "90731c48a7ea4c27bd4d57ff0e13d001", "name": "东入口",
        "parkCode": lot::PARK_CODE, "type": 1,
    } });
    let report = Report::new(3002, &entrance, MoneyStyle::Shortest).unwrap();
    let new = Rules { base_data: vec![report], ..rules() };
    assert!(matches!(bench.engine.set_rules(new).await, Err(Refused::Failed(_))));
    assert!(matches!(bench.read("a", "粤B00001").await.await.unwrap(), Ok(Answer::Done)));
    assert!(bench.inside().is_empty(), "still full by the old rules");
}

#[tokio::test]
async fn what_was_kept_and_cannot_be_written_down_by_itself_is_put_aside_and_the_rest_is_there() {
    let plates = [("a", "粤B00001"), ("b", "粤B00002"), ("c", "粤B00003")];
    let left = plates.map(|(message, plate)| {
        let read = Box::new(read(message, plate));
        let what = Noted::Read { read, fate: ReadFate::LetPass };
        Note { at: at("2026-03-02T07:50"), what }
    });
    let mut bench = Bench::after(rules(), ONE_MESSAGE_CANNOT_BE_NOTED, &left);
    bench.let_go();
    let still = bench.stand_still().await;
    assert!(matches!(still.await.unwrap(), Ok(Answer::Done)));
    let mut away = bench.engine.store_away();
    away.wait_for(Option::is_none).await.unwrap();
    assert_eq!(bench.inside(), ["粤B00001", "粤B00003"]);
    let mut reader = Store::open_reading(&bench.database()).unwrap();
    let kept = reader.snapshot().unwrap().all_put_aside(i64::MAX, 9).unwrap();
    assert_eq!(kept.len(), 1);
    assert_eq!(kept[0].what.plate_no.as_deref(), Some("粤B00002"));
    assert!(kept[0].what.body.is_some(), "it can be taken up again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_is_replaced_by_a_damaged_one_is_written_out_again_and_not_mended_whoever_sees_it_first()
 {
    let mut bench = Bench::new(rules(), "");
    bench.let_go();
    let first = bench.read("a", "粤B00001").await;
    assert!(matches!(first.await.unwrap(), Ok(Answer::Done)));
    let log = bench.folder.path().join("lotgate.db-wal");
    let mut bytes = std::fs::read(&log).unwrap();
    let half = bytes.len() / 2;
    bytes[half..].fill(0);
    let part = bench.folder.path().join("part");
    std::fs::write(&part, bytes).unwrap();
    std::fs::rename(&part, &log).unwrap();
    let stop = tokio_util::sync::CancellationToken::new();
    let looking = engine::keep_looking(bench.engine.clone(), bench.database(), stop.clone());
    let looking = tokio::spawn(looking);
    let engine = bench.engine.clone();
    let ticks = tokio::spawn(async move {
        while engine.submit(Input::Tick { free_disk: None }).await.is_ok() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    });
    let code = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CORRUPT);
    let damage = rusqlite::Error::SqliteFailure(code, None).into();
    bench.engine.cannot_read(&damage);
    let displaced = loop {
        match bench.happenings.recv().await.unwrap() {
            Happening::DatabaseDisplaced { .. } => break true,
            Happening::DatabaseMended { .. } => break false,
            _ => {}
        }
    };
    assert!(displaced, "nothing of what is open is damaged");
    let back = |one: &Happening| matches!(one, Happening::StoreBack { .. });
    while !back(&bench.happenings.recv().await.unwrap()) {}
    let second = bench.read("b", "粤B00002").await;
    assert!(matches!(second.await.unwrap(), Ok(Answer::Done)));
    assert_eq!(bench.inside(), ["粤B00001", "粤B00002"]);
    stop.cancel();
    ticks.abort();
    looking.await.unwrap();
}

impl Bench {
    /// The opening that is commanded next.
    async fn opens(&mut self) -> Actuation {
        loop {
            if let DeviceCommand::Barrier(actuation) = self.commands.recv().await.unwrap() {
                return actuation;
            }
        }
    }

    /// What a barrier's device answers, on which nobody waits.
    async fn answers(&self, actuation: &Actuation, result: Result<(), BarrierFault>) -> Pending {
        let event = DeviceEvent::BarrierAnswered {
            actuation: actuation.id.clone(),
            lane_id: actuation.lane_id.clone(),
            act: actuation.act,
            result: result.map(|()| Duration::from_millis(5)),
        };
        self.engine.post_unhurried(Input::Device(event)).await.unwrap()
    }

    async fn reads(&self, camera: &str, message: &str, plate: &str) {
        let read = PlateRead { device_id: camera.into(), ..read(message, plate) };
        let input = Input::Device(DeviceEvent::PlateRead(Box::new(read)));
        assert!(matches!(self.engine.submit(input).await, Ok(Answer::Done)));
    }

    /// The plates of stays that have begun.
    fn stays(&self) -> Vec<String> {
        let mut reader = Store::open_reading(&self.database()).unwrap();
        let records = reader.snapshot().unwrap().open_records_like("粤").unwrap();
        records.iter().map(|record| record.plate_text().to_owned()).collect()
    }
}

#[tokio::test]
async fn what_moves_nothing_is_in_the_next_commit_and_whoever_comes_meanwhile_finds_it_done() {
    let mut bench = Bench::new(Rules { total_spaces: 1, ..rules() }, "");
    bench.let_go();
    bench.reads(ENTRY, "a", "粤B00001").await;
    let opens = bench.opens().await;
    let mut answered = bench.answers(&opens, Ok(())).await;
    // Taken in order: the answer is decided when this one is, and is not committed by itself.
    assert!(answered.try_recv().is_err());
    assert_eq!(bench.stays(), Vec::<String>::new());
    bench.reads(ENTRY, "b", "粤B00002").await;
    assert!(matches!(answered.try_recv(), Ok(Ok(Answer::Done))), "it was taken along");
    assert_eq!(bench.stays(), ["粤B00001"]);
    let happened = bench.happened();
    let full = |one: &Happening| matches!(one, Happening::Held { reason: HoldReason::Full, .. });
    assert!(happened.iter().any(full), "{happened:?}");
}

#[tokio::test]
async fn what_waits_is_committed_when_somebody_hurries_and_when_the_engine_ends() {
    for hurries in [true, false] {
        let mut bench = Bench::new(rules(), "");
        bench.let_go();
        bench.reads(ENTRY, "a", "粤B00001").await;
        let opens = bench.opens().await;
        let answered = bench.answers(&opens, Ok(())).await;
        let Bench { folder, engine, .. } = bench;
        if hurries {
            engine.hurry().await;
        } else {
            drop(engine);
        }
        assert!(matches!(answered.await.unwrap(), Ok(Answer::Done)), "{hurries}");
        drop(folder);
    }
}

#[tokio::test]
async fn an_answer_that_failed_or_was_busy_is_committed_at_once() {
    for fault in [BarrierFault::Busy, BarrierFault::Silent, BarrierFault::Unreachable] {
        let mut bench = Bench::new(rules(), "");
        bench.let_go();
        bench.reads(ENTRY, "a", "粤B00001").await;
        let opens = bench.opens().await;
        let answered = bench.answers(&opens, Err(fault)).await;
        assert!(matches!(answered.await.unwrap(), Ok(Answer::Done)));
    }
}

#[tokio::test]
async fn a_space_that_an_answer_frees_lets_whoever_waits_for_it_in_at_once() {
    let mut bench = Bench::new(Rules { total_spaces: 1, ..rules() }, "");
    bench.let_go();
    bench.reads(ENTRY, "a", "粤B00001").await;
    let entry = bench.opens().await;
    bench.answers(&entry, Ok(())).await;
    bench.reads(ENTRY, "b", "粤B00002").await;
    bench.reads(EXIT, "c", "粤B00001").await;
    let exit = bench.opens().await;
    let answered = bench.answers(&exit, Ok(())).await;
    assert_eq!(bench.opens().await.lane_id, entry.lane_id);
    assert!(matches!(answered.await.unwrap(), Ok(Answer::Done)));
}

#[tokio::test]
async fn a_car_that_waits_for_its_contract_passes_as_soon_as_the_platform_has_answered() {
    // It owes something since long.
    let owes = "INSERT INTO parking_record (id, plate_no, enter_time) VALUES ('r', '粤B00001', 1772380800000)";
    let mut rules = rules();
    rules.lanes[1].contract_rule = ContractRule::LeaveThenCharge;
    let mut bench = Bench::new(rules, owes);
    bench.let_go();
    bench.reads(EXIT, "a", "粤B00001").await;
    let answered = Input::ContractAnswered { record_id: "r".into(), open: true };
    let answered = bench.engine.post_unhurried(answered).await.unwrap();
    assert!(matches!(answered.await.unwrap(), Ok(Answer::Done)));
    let exit = bench.opens().await.lane_id;
    assert_eq!(exit.as_str(), "90731c48a7ea4c27bd4d57ff0e13d002");
}
