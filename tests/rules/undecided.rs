//! Reads that lay in a broker while the gateway was away.

use crate::prelude::*;
use lotgate::model::event::Arrival;
use lotgate::model::input::Answer;

fn lay(lot: &mut Lot, camera: &str, plate: &str, sent: Option<Timestamp>) -> Outcome {
    let arrival = Arrival::BeforeMarker { broker: "lot".to_owned() };
    let read = lot.sight(camera, plate, ReadMoment::Live);
    lot.device(DeviceEvent::PlateRead(Box::new(PlateRead { arrival, sent, ..read })))
}

fn marker(lot: &mut Lot, away: Option<i64>) -> Outcome {
    let away = away.map(SignedDuration::from_secs);
    lot.device(DeviceEvent::MarkerBack { broker: "lot".to_owned(), away, decided: 0 })
}

#[test]
fn nothing_is_decided_before_the_marker_is_back() {
    let mut lot = Lot::new();
    let out = lay(&mut lot, ENTRY, PLATE, None);
    assert_eq!((out.actuations.len(), lot.reports(5004).len()), (0, 0));
    assert_eq!(marker(&mut lot, Some(3)).actuations.len(), 1);
    assert_eq!(lot.reports(5004).len(), 1);
}

#[test]
fn after_a_short_absence_the_last_read_of_each_lane_stands_there_and_the_others_have_passed() {
    let mut lot = Lot::new();
    lay(&mut lot, ENTRY, "粤B11111", None);
    lay(&mut lot, ENTRY, "粤C22222", None);
    lay(&mut lot, EXIT, "粤B11111", None);
    let out = marker(&mut lot, Some(20));
    assert_eq!(lot.reports(5004).len(), 2, "both came in");
    let lanes: Vec<_> = out.actuations.iter().map(|one| one.lane_id.clone()).collect();
    assert_eq!(lanes, [lot.rules.lanes[0].id.clone(), lot.rules.lanes[1].id.clone()]);
    assert_eq!(lot.reports(5005).len(), 1);
}

#[test]
fn of_two_plates_alike_the_first_is_the_last_ones_car_only_where_no_other_car_was_read_between_them()
 {
    for (plates, cars) in
        [(&["粤B00111", "粤B00171"][..], 1), (&["粤B00111", "粤C22222", "粤B00171"], 3)]
    {
        let mut lot = Lot::new();
        for plate in plates {
            lay(&mut lot, ENTRY, plate, None);
        }
        marker(&mut lot, Some(20));
        assert_eq!(lot.reports(5004).len(), cars, "{plates:?}");
    }
}

#[test]
fn after_a_long_absence_nobody_stands_there_and_each_read_is_kept_in_its_own_time() {
    for away in [Some(7200), None] {
        let mut lot = Lot::new();
        // Without a known absence only a clock that was right tells.
        lot.device(DeviceEvent::Clock { device_id: ENTRY.into(), right: true });
        let then = lot.now - SignedDuration::from_mins(90);
        lay(&mut lot, ENTRY, PLATE, Some(then));
        assert_eq!(marker(&mut lot, away).actuations.len(), 0);
        assert_eq!(lot.reports(5004).pop().unwrap()["enterTime"], local(then));
    }
}

#[test]
fn after_a_long_absence_who_was_read_just_now_by_a_right_clock_stands_there() {
    for (right, first, ago, opened) in
        [(true, 7, 5, 1), (true, 40, 5, 1), (true, 42, 40, 0), (false, 7, 5, 0)]
    {
        let mut lot = Lot::new();
        lot.device(DeviceEvent::Clock { device_id: ENTRY.into(), right });
        let read = |ago| Some(lot.now - SignedDuration::from_secs(ago));
        let (long_ago, then, again) = (read(600), read(first), read(ago));
        lay(&mut lot, ENTRY, "粤C22222", long_ago);
        lay(&mut lot, ENTRY, PLATE, then);
        lay(&mut lot, ENTRY, PLATE, again);
        let seen = format!("clock right: {right}, {first} and {ago} s ago");
        assert_eq!(marker(&mut lot, Some(70)).actuations.len(), opened, "{seen}");
        assert_eq!(lot.reports(5004).len(), 2, "{seen}");
    }
}

#[test]
fn after_a_long_absence_who_stands_at_the_exit_since_half_a_minute_leaves_once_and_pays() {
    let mut lot = Lot::new();
    lot.enter(PLATE);
    lot.pass_time(61);
    lot.device(DeviceEvent::Clock { device_id: EXIT.into(), right: true });
    let read = |ago| Some(lot.now - SignedDuration::from_secs(ago));
    let (first, again) = (read(40), read(5));
    lay(&mut lot, EXIT, PLATE, first);
    lay(&mut lot, EXIT, PLATE, again);
    assert_eq!(marker(&mut lot, Some(70)).actuations.len(), 0, "held for its money");
    assert!(lot.reports(5005).is_empty());
}

#[test]
fn a_moment_that_cannot_be_is_the_one_it_came() {
    let mut lot = Lot::new();
    let then = lot.now - SignedDuration::from_hours(24 * 365);
    lay(&mut lot, ENTRY, PLATE, Some(then));
    marker(&mut lot, Some(7200));
    assert_eq!(lot.reports(5004).pop().unwrap()["enterTime"], local(lot.now));
}

#[test]
fn a_read_whose_marker_never_comes_is_late_in_the_end() {
    let mut lot = Lot::new();
    lay(&mut lot, ENTRY, PLATE, None);
    let came = lot.now;
    lot.now += SignedDuration::from_secs(61);
    assert_eq!(lot.tick().actuations.len(), 0);
    assert_eq!(lot.reports(5004).pop().unwrap()["enterTime"], local(came));
    assert_eq!(marker(&mut lot, Some(3)).actuations.len(), 0);
}

#[test]
fn without_a_marker_the_cameras_clock_decides() {
    for (right, opened) in [(true, 0), (false, 1)] {
        let mut lot = Lot::new();
        lot.device(DeviceEvent::Clock { device_id: ENTRY.into(), right });
        let then = lot.now - SignedDuration::from_mins(90);
        lay(&mut lot, ENTRY, PLATE, Some(then));
        let missing = DeviceEvent::MarkerMissing { broker: "lot".to_owned() };
        assert_eq!(lot.device(missing).actuations.len(), opened, "clock right: {right}");
    }
}

#[test]
fn a_fresh_read_is_late_only_if_its_moment_falls_into_its_cameras_silence() {
    let minutes = |n| SignedDuration::from_mins(n);
    for (silence, opened) in [(None, true), (Some((100, 80)), false), (Some((60, 50)), true)] {
        let mut lot = Lot::new();
        let read = PlateRead {
            sent: Some(lot.now - minutes(90)),
            silence: silence.map(|(from, to)| (lot.now - minutes(from), lot.now - minutes(to))),
            ..lot.sight(ENTRY, PLATE, ReadMoment::Live)
        };
        assert_eq!(lot.take_read(read), opened, "{silence:?}");
    }
}

#[test]
fn what_waited_long_is_decided_in_portions_and_others_have_their_turn_between() {
    let mut lot = Lot::new();
    let plate = |car: usize| format!("粤B{car:05}");
    for car in 0..2000 {
        lay(&mut lot, ENTRY, &plate(car), None);
    }
    let back = |decided| {
        Input::Device(DeviceEvent::MarkerBack { broker: "lot".to_owned(), away: None, decided })
    };
    let (mut rounds, mut decided) = (0, 0);
    while let Answer::GoesOn(so_far) = lot.apply(&back(decided)).0 {
        (rounds, decided) = (rounds + 1, so_far);
        assert_eq!(lot.reports(5004).len(), so_far);
    }
    assert_eq!((rounds, decided), (2, 1024));
    let entered: Vec<_> = lot
        .reports(5004)
        .iter()
        .map(|one| one["parkCarInfo"]["plateNo"].as_str().unwrap().to_owned())
        .collect();
    assert!(entered == (0..2000).map(plate).collect::<Vec<_>>());
}
