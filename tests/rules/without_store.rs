//! What a lot does that can write nothing down, and what is made of it when it can.

use crate::prelude::*;
use lotgate::lot::{Remembered, WithoutStore};
use lotgate::model::event::Arrival;
use lotgate::model::outcome::Actuation;
use lotgate::model::staff::StaffCommand;
use lotgate::model::without_store::{ByItself, Note, Noted, WhenItFails};

const ENTRY_LANE: &str = "90731c48a7ea4c27bd4d57ff0e13d001";

/// A lot without a store, which knows nothing of the time before.
fn away() -> WithoutStore {
    WithoutStore::new(Remembered::default(), Vec::new())
}

fn read(lot: &mut Lot, plate: &str) -> Input {
    let read = lot.sight(ENTRY, plate, ReadMoment::Live);
    Input::Device(DeviceEvent::PlateRead(Box::new(read)))
}

fn opens(out: &Outcome) -> usize {
    let is_opening = |one: &&Actuation| matches!(one.act, Act::Open { .. });
    out.actuations.iter().filter(is_opening).count()
}

#[test]
fn when_no_more_reads_can_be_kept_lanes_open_all_the_same_and_nobody_has_to_send_them_again() {
    let mut lot = Lot::with(|rules| rules.when_it_fails.entry = ByItself::Open);
    let mut away = away();
    for number in 0..9000_u64 {
        let input = read(&mut lot, &format!("粤B{number:05}"));
        let done = away.decide(&lot.rules, input, lot.now);
        let (_, out) = done.unwrap();
        assert_eq!(opens(&out), 1, "{number}");
        lot.now += SignedDuration::from_secs(5);
    }
    let kept = u64::try_from(away.notes().len()).unwrap();
    assert_eq!((away.dropped(), kept), (9000 - kept, 8192));
}

/// Everything that was kept is written down.
fn write_down(lot: &mut Lot, away: &mut WithoutStore) {
    for note in away.to_write_down(&lot.rules, lot.now) {
        lot.apply(&Input::Noted(Box::new(note)));
    }
}

/// A car that a lane lets pass, and the next ones by themselves, each a minute later; the first arm's answer finds no store. What
/// was reported of comings and goings, and whether it is inside.
fn passes_as_the_store_goes(mut lot: Lot, cameras: &[&str]) -> (usize, usize, bool) {
    const PLATE: &str = "粤B00001";
    lot.deaf = true;
    let first = lot.sight(cameras[0], PLATE, ReadMoment::Live);
    let out = lot.device(DeviceEvent::PlateRead(Box::new(first)));
    let Actuation { id, lane_id, act, .. } = out.actuations.into_iter().next().unwrap();
    lot.deaf = false;
    let mut away = away();
    lot.now += SignedDuration::from_millis(300);
    let result = Ok(std::time::Duration::from_millis(300));
    let answered = DeviceEvent::BarrierAnswered { actuation: id, lane_id, act, result };
    away.decide(&lot.rules, Input::Device(answered), lot.now).unwrap();
    for camera in &cameras[1..] {
        lot.now += SignedDuration::from_mins(1);
        let next = lot.sight(camera, PLATE, ReadMoment::Live);
        let next = Input::Device(DeviceEvent::PlateRead(Box::new(next)));
        assert_eq!(opens(&away.decide(&lot.rules, next, lot.now).unwrap().1), 1);
    }
    lot.now += SignedDuration::from_mins(1);
    write_down(&mut lot, &mut away);
    let lost = lot.now;
    lot.apply(&store_back(lost, None));
    let inside = lot.look(|tx| tx.open_record_of(PLATE).unwrap()).is_some();
    (lot.reports(5004).len(), lot.reports(5005).len(), inside)
}

#[test]
fn an_arm_that_went_up_as_the_store_went_did_so_before_all_that_was_kept() {
    let open = WhenItFails { entry: ByItself::Open, exit: ByItself::Open };
    let lot = || Lot::with(|rules| rules.when_it_fails = open);
    assert_eq!(passes_as_the_store_goes(lot(), &[ENTRY, EXIT]), (1, 1, false));
    for seconds in [2, 120] {
        let inside = || {
            let mut lot = lot();
            assert!(lot.enter("粤B00001"));
            lot.now += SignedDuration::from_secs(seconds);
            lot
        };
        let once = passes_as_the_store_goes(inside(), &[EXIT, ENTRY]);
        assert_eq!(once, (2, 1, true), "{seconds}");
        let twice = passes_as_the_store_goes(inside(), &[EXIT, ENTRY, EXIT]);
        assert_eq!(twice, (2, 2, false), "{seconds}");
    }
}

#[test]
fn who_was_held_and_let_pass_by_nobody_has_not_passed() {
    let mut lot = Lot::new();
    lot.enter("粤B00001");
    let mut away = away();
    let turned_away = read(&mut lot, "粤B00002");
    let owes = lot.sight(EXIT, "粤B00001", ReadMoment::Live);
    for input in [turned_away.clone(), Input::Device(DeviceEvent::PlateRead(Box::new(owes)))] {
        let (_, out) = away.decide(&lot.rules, input, lot.now).unwrap();
        assert_eq!(opens(&out), 0);
    }
    lot.now += SignedDuration::from_hours(1);
    write_down(&mut lot, &mut away);
    assert_eq!((lot.reports(5004).len(), lot.reports(5005).len()), (1, 0));
    assert!(lot.look(|tx| tx.open_record_of("粤B00001").unwrap()).is_some());
    assert!(lot.look(|tx| tx.open_record_of("粤B00002").unwrap()).is_none());
    // Its camera sends it once more: it is known, and opens nothing.
    lot.apply(&turned_away);
    assert_eq!(lot.reports(5004).len(), 1);
}

/// A read that comes before its broker's marker is written down, and the marker comes.
fn lay_in_a_broker(lot: &mut Lot, plate: &str, absence: SignedDuration) -> usize {
    let mut away = away();
    let arrival = Arrival::BeforeMarker { broker: "lot".to_owned() };
    let lay = PlateRead { arrival, ..lot.sight(ENTRY, plate, ReadMoment::Live) };
    let lay = Input::Device(DeviceEvent::PlateRead(Box::new(lay)));
    let (_, out) = away.decide(&lot.rules, lay, lot.now).unwrap();
    assert_eq!(opens(&out), 0);
    lot.now += SignedDuration::from_secs(1);
    write_down(lot, &mut away);
    assert!(lot.look(|tx| tx.open_record_of(plate).unwrap()).is_none(), "nobody knows yet");
    let marker =
        DeviceEvent::MarkerBack { broker: "lot".to_owned(), away: Some(absence), decided: 0 };
    opens(&lot.device(marker))
}

#[test]
fn a_read_that_came_before_its_brokers_marker_is_no_passage_until_the_marker_has_told() {
    let mut lot = Lot::new();
    // It stands there still: its barrier opens for it.
    assert_eq!(lay_in_a_broker(&mut lot, "粤B00001", SignedDuration::from_secs(2)), 1);
    assert!(lot.look(|tx| tx.open_record_of("粤B00001").unwrap()).is_some());
    // It has long gone in, let through by people.
    assert_eq!(lay_in_a_broker(&mut lot, "粤B00002", SignedDuration::from_hours(1)), 0);
    assert!(lot.look(|tx| tx.open_record_of("粤B00002").unwrap()).is_some());
}

fn board() -> (Contact, Contact) {
    let wire = |input| Contact { device_id: BOARD.into(), input, inverted: false };
    (wire(0), wire(1))
}

/// The entry has a button and a limit switch.
fn with_board() -> Lot {
    let mut lot = Lot::with(|rules| {
        let (button, up) = board();
        (rules.lanes[0].button, rules.lanes[0].barrier_up) = (Some(button), Some(up));
    });
    lot.device(DeviceEvent::Online(BOARD.into()));
    for input in 0..2 {
        let device_id = BOARD.into();
        lot.device(DeviceEvent::Contact { device_id, input, closed: false, just_now: false });
    }
    lot
}

#[test]
fn what_people_opened_while_nothing_could_be_written_is_no_fault_of_a_barrier_afterwards() {
    let lane_id = || Id::from(ENTRY_LANE);
    for what in [Noted::Button { lane_id: lane_id() }, Noted::FireAlarm] {
        let mut lot = with_board();
        let opened = lot.now;
        lot.now += SignedDuration::from_secs(3);
        let mut told = Vec::new();
        let note = Note { at: opened, what };
        told.extend(lot.apply(&Input::Noted(Box::new(note))).1.happenings);
        told.extend(lot.apply(&store_back(opened, None)).1.happenings);
        for _ in 0..30 {
            lot.now += SignedDuration::from_secs(1);
            told.extend(lot.tick().happenings);
        }
        let fault = told.iter().find(|one| matches!(one, Happening::BarrierFault { .. }));
        assert_eq!(fault, None);
        assert_eq!(lot.look(|tx| tx.actuations().unwrap()), []);
        assert!(!lot.look(|tx| tx.lane_condition(ENTRY_LANE).unwrap()).barrier_faulty);
    }
}

#[test]
fn an_arm_that_was_awaited_when_the_store_went_is_awaited_no_more_when_it_is_back() {
    let mut lot = with_board();
    assert!(lot.enter(PLATE));
    let went = lot.now;
    lot.now += SignedDuration::from_mins(5);
    lot.apply(&store_back(went, None));
    let told = lot.tick().happenings;
    assert!(!told.iter().any(|one| matches!(one, Happening::BarrierFault { .. })), "{told:?}");
}

#[test]
fn a_note_that_a_killed_process_had_written_down_already_is_written_once() {
    let mut lot = with_board();
    let note = |at, what| Input::Noted(Box::new(Note { at, what }));
    let (alarm, button) = (lot.now, lot.now - SignedDuration::from_secs(9));
    let opened = note(button, Noted::Button { lane_id: ENTRY_LANE.into() });
    for _ in 0..2 {
        lot.apply(&opened);
        lot.apply(&note(alarm, Noted::FireAlarm));
    }
    let events = lot.reports(2002).len();
    let end = StaffAction::EndRaiseAll { reason: "演习结束".to_owned() };
    lot.staff("1", end);
    let ended = lot.reports(2002).len();
    assert_eq!(ended, events + 1);
    lot.apply(&note(alarm, Noted::FireAlarm));
    assert_eq!(lot.look(|tx| tx.all_up().unwrap()), None, "it was ended since");
    assert_eq!(lot.reports(2002).len(), ended);
}

/// The button goes down and up once more.
fn press(lot: &Lot, away: &mut WithoutStore) -> Outcome {
    let mut out = Outcome::default();
    for closed in [false, true] {
        let device_id = BOARD.into();
        let event = DeviceEvent::Contact { device_id, input: 0, closed, just_now: true };
        out = away.decide(&lot.rules, Input::Device(event), lot.now).unwrap().1;
    }
    out
}

#[test]
fn a_button_that_bounces_opens_each_time_and_is_noted_once_while_the_arm_goes_up() {
    let mut lot = with_board();
    let mut away = away();
    for _ in 0..40 {
        assert_eq!(opens(&press(&lot, &mut away)), 1);
        lot.now += SignedDuration::from_millis(500);
    }
    assert_eq!(away.notes().len(), 3, "20 s, of which each 8 are one opening");
    // For the next car it is another.
    let input = read(&mut lot, PLATE);
    away.decide(&lot.rules, input, lot.now).unwrap();
    press(&lot, &mut away);
    assert_eq!(away.notes().len(), 5);
}

#[test]
fn however_often_people_open_lanes_notes_have_an_end_and_all_barriers_are_noted_for_ever() {
    let mut lot = with_board();
    let mut away = away();
    let staff = |away: &mut WithoutStore, lot: &Lot, number: usize, action| {
        let (id, operator) = (Id::from(format!("{number:032}").as_str()), "张三".to_owned());
        let command = StaffCommand { id, said: None, operator, action };
        away.decide(&lot.rules, Input::Staff(command), lot.now).unwrap().1
    };
    for number in 0..20_000 {
        let (lane_id, reason) = (ENTRY_LANE.into(), "磁盘已满".to_owned());
        let action = StaffAction::OpenLane { lane_id, reason, record_id: None };
        assert_eq!(opens(&staff(&mut away, &lot, number, action)), 1);
        lot.now += SignedDuration::from_secs(1);
    }
    assert_eq!((away.notes().len(), away.dropped()), (16_384, 20_000 - 16_384));
    staff(&mut away, &lot, 20_000, StaffAction::RaiseAll { reason: "火警".to_owned() });
    assert_eq!(away.notes().len(), 16_385);
    let begun = std::time::Instant::now();
    let notes = away.to_write_down(&lot.rules, lot.now);
    assert_eq!(notes.len(), 16_385);
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
}
