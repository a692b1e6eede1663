//! What loops, limit switches, buttons, barriers and displays mean for a lane.

use crate::prelude::*;

fn input_of(input: u16) -> Contact {
    Contact { device_id: BOARD.into(), input, inverted: false }
}

/// A lot whose entry has a loop (input 0), a limit switch (1) and a button (2).
fn with_inputs() -> Lot {
    let mut lot = Lot::with(|rules| {
        let entry = &mut rules.lanes[0];
        entry.passing_loop = Some(input_of(0));
        entry.barrier_up = Some(input_of(1));
        entry.button = Some(input_of(2));
        entry.display = Some(DISPLAY.into());
    });
    online(&mut lot, BOARD, true);
    contact(&mut lot, 1, false);
    lot
}

fn contact(lot: &mut Lot, input: u16, closed: bool) -> Outcome {
    lot.device(DeviceEvent::Contact { device_id: BOARD.into(), input, closed, just_now: false })
}

#[test]
fn with_a_loop_the_record_is_made_when_the_car_has_driven_over_it() {
    let mut lot = with_inputs();
    assert!(lot.enter(PLATE), "the barrier opens at once");
    assert_eq!(lot.reports(5004).len(), 0);
    contact(&mut lot, 0, true);
    assert_eq!(lot.reports(5004).len(), 0);
    contact(&mut lot, 0, false);
    assert_eq!(lot.reports(5004).len(), 1);
}

#[test]
fn a_car_that_backs_out_leaves_no_record_and_the_barrier_closes_behind_it() {
    let mut lot = with_inputs();
    assert!(lot.enter(PLATE));
    lot.now += SignedDuration::from_secs(61);
    let out = lot.tick();
    let closes: Vec<_> = out.actuations.iter().map(|one| one.act).collect();
    assert_eq!(closes, [Act::Close { output: 1 }]);
    contact(&mut lot, 0, true);
    contact(&mut lot, 0, false);
    assert_eq!(lot.reports(5004).len(), 0);
    // It comes again and may pass.
    assert!(lot.enter(PLATE));
}

#[test]
fn a_camera_that_sees_the_car_turn_back_says_so_at_once() {
    let mut lot = with_inputs();
    assert!(lot.enter(PLATE));
    let plate = PLATE.parse().unwrap();
    let out = lot.device(DeviceEvent::TurnedBack { device_id: ENTRY.into(), plate: Some(plate) });
    assert_eq!(out.actuations.len(), 1);
    contact(&mut lot, 0, true);
    contact(&mut lot, 0, false);
    assert_eq!(lot.reports(5004).len(), 0);
}

#[test]
fn the_next_car_settles_what_became_of_the_one_before() {
    let mut lot = with_inputs();
    assert!(lot.enter("粤B00001"));
    contact(&mut lot, 0, true);
    // Close behind: the first is on the loop, so it passes.
    assert!(lot.enter("粤B00002"));
    assert_eq!(lot.reports(5004).len(), 1);
    contact(&mut lot, 0, false);
    lot.now += SignedDuration::from_secs(3);
    // The second was never seen on the loop after it was let pass.
    assert!(lot.enter("粤B00003"));
    contact(&mut lot, 0, true);
    contact(&mut lot, 0, false);
    let plates: Vec<_> =
        lot.reports(5004).iter().map(|one| one["parkCarInfo"]["plateNo"].clone()).collect();
    assert_eq!(plates[0], "粤B00001");
    assert_eq!(plates.last().unwrap(), "粤B00003");
}

#[test]
fn a_car_read_again_while_its_arm_is_up_opens_no_second_time() {
    let mut lot = with_inputs();
    assert!(lot.enter(PLATE));
    contact(&mut lot, 1, true);
    assert!(!lot.enter(PLATE));
}

#[test]
fn where_the_loop_is_deaf_records_are_made_at_once() {
    let mut lot = with_inputs();
    online(&mut lot, BOARD, false);
    assert!(lot.enter(PLATE));
    assert_eq!(lot.reports(5004).len(), 1);
}

#[test]
fn a_loop_that_falls_silent_while_a_car_passes_costs_no_record() {
    let mut lot = with_inputs();
    assert!(lot.enter(PLATE));
    online(&mut lot, BOARD, false);
    lot.now += SignedDuration::from_secs(61);
    lot.tick();
    assert_eq!(lot.reports(5004).len(), 1);
}

#[test]
fn an_arm_that_is_not_up_in_time_is_an_event_and_stops_its_lane_until_it_is() {
    let mut lot = with_inputs();
    let faults = |lot: &Lot| {
        let events = lot.reports(2002).into_iter();
        events.filter(|one| one["remark"].as_str().unwrap().contains("道闸")).count()
    };
    assert!(lot.enter(PLATE));
    contact(&mut lot, 1, true);
    lot.now += SignedDuration::from_secs(9);
    lot.tick();
    assert_eq!(faults(&lot), 0);
    contact(&mut lot, 1, false);
    contact(&mut lot, 0, true);
    contact(&mut lot, 0, false);
    assert!(lot.enter("粤B00002"));
    lot.now += SignedDuration::from_secs(9);
    lot.tick();
    assert_eq!(faults(&lot), 1);
    assert_eq!(lot.reports(5011).pop().unwrap()["state"], 4);
    lot.tick();
    assert_eq!(faults(&lot), 1, "once");
    contact(&mut lot, 1, true);
    assert_eq!(lot.reports(5011).pop().unwrap()["state"], 1);
}

#[test]
fn the_button_opens_and_the_camera_takes_a_picture_of_who_came_through() {
    let mut lot = with_inputs();
    // What a button is when it is first heard of is no press.
    let out = contact(&mut lot, 2, true);
    assert!(out.actuations.is_empty());
    contact(&mut lot, 2, false);
    let out = contact(&mut lot, 2, true);
    assert_eq!((out.actuations.len(), out.snapshots.len()), (1, 1));
}

#[test]
fn staff_hold_close_and_release_a_barrier_and_it_stays_held_over_a_restart() {
    let mut lot = Lot::new();
    let lane_id = lot.rules.lanes[0].id.clone();
    let act = |lot: &mut Lot, id: &str, movement| {
        let action = StaffAction::MoveBarrier { lane_id: lane_id.clone(), movement };
        let (answer, out) = lot.staff(id, action);
        (answer, out.actuations.first().map(|one| one.act))
    };
    assert_eq!(act(&mut lot, "1", Movement::HoldOpen).1, Some(Act::Hold { output: 0 }));
    let again = lot.device(DeviceEvent::Reachable(ENTRY.into()));
    assert_eq!(again.actuations[0].act, Act::Hold { output: 0 });
    assert_eq!(act(&mut lot, "2", Movement::Release).1, Some(Act::Release { output: 0 }));
    let again = lot.device(DeviceEvent::Reachable(ENTRY.into()));
    assert!(again.actuations.is_empty());
    let close = act(&mut lot, "3", Movement::Close).1;
    assert_eq!(close, Some(Act::Close { output: 1 }));
    assert_eq!(act(&mut lot, "4", Movement::Stop).0, StaffAnswer::Refused(Refusal::NoSuchOutput));
}

#[test]
fn displays_greet_ask_for_the_fee_and_show_what_is_free() {
    let mut lot = Lot::with(|rules| {
        for lane in &mut rules.lanes {
            lane.display = Some(DISPLAY.into());
        }
    });
    lot.enter(PLATE);
    lot.pass_time(60);
    lot.leave(PLATE);
    let scenes: Vec<Scene> = lot.shows.drain(..).map(|Show { scene, .. }| scene).collect();
    let plate = PLATE.to_owned();
    assert!(scenes.contains(&Scene::Welcome { plate: plate.clone() }), "{scenes:?}");
    assert!(scenes.contains(&Scene::Idle { unused: 3 }), "{scenes:?}");
    let fee = "10".parse().unwrap();
    assert_eq!(scenes.last(), Some(&Scene::Fee { plate: plate.clone(), fee }));
    lot.leave("粤B00009");
    let held = Scene::Held { plate: "粤B00009".to_owned(), reason: HoldReason::NotInside };
    assert_eq!(lot.shows.pop().unwrap().scene, held);
}

#[test]
fn a_relay_that_does_not_answer_is_a_fault_even_where_a_switch_would_tell() {
    let mut lot = with_inputs();
    lot.deaf = true;
    lot.enter(PLATE);
    let open = Act::Open { output: 0 };
    answered(&mut lot, open, Err(BarrierFault::Silent));
    assert_eq!(lot.reports(5011).pop().unwrap()["state"], 4);
    answered(&mut lot, open, Ok(Duration::from_millis(5)));
    assert_eq!(lot.reports(5011).pop().unwrap()["state"], 4, "a click is no proof");
}

// By hand

/// What staff do at a lane whose car is held, and everything that comes of it.
fn open_by_hand(lot: &mut Lot, lane: usize) -> Outcome {
    let lane_id = lot.rules.lanes[lane].id.clone();
    let id = (lot.reads + 100).to_string();
    lot.staff(&id, StaffAction::OpenLane { lane_id, reason: "领导".to_owned(), record_id: None }).1
}

#[test]
fn an_unknown_car_let_out_by_hand_is_told_with_a_record_of_its_own() {
    let mut lot = Lot::new();
    assert!(lot.enter("粤A00001"));
    assert!(!lot.leave("粤B55555"));
    let out = open_by_hand(&mut lot, 1);
    assert_eq!(out.actuations.len(), 1);
    let (entry, exit) = (lot.reports(5004).pop().unwrap(), lot.reports(5005).pop().unwrap());
    assert_eq!(entry["id"], exit["id"]);
    for record in [&entry, &exit] {
        assert_eq!(record["parkCarInfo"]["plateNo"], "粤B55555");
        assert_eq!((&record["recordType"], &record["receivables"]), (&json!(1), &json!(0)));
    }
    assert_eq!((&exit["leaveTime"], entry.get("leaveTime")), (&entry["enterTime"], None));
    assert_eq!(lot.counts(), (1, 0, 3), "as many as stand inside");
    let event = lot.reports(2002).pop().unwrap();
    assert_eq!(event["plateNo"], "粤B55555");
    assert!(event["remark"].as_str().unwrap().contains("张三"), "{event}");
    let told: Vec<_> = out.happenings.iter().collect();
    assert!(matches!(told[0], Happening::OpenedByHand { .. }), "{told:?}");
    let held = HoldReason::NotInside;
    assert!(matches!(told[1], Happening::LetPassByHand { held: one, .. } if *one == held));
    assert!(told.iter().any(|one| matches!(one, Happening::LeftUnknown { .. })), "{told:?}");
    assert!(!told.iter().any(|one| matches!(one, Happening::Held { .. })), "{told:?}");
}

#[test]
fn with_a_loop_an_unknown_car_let_out_by_hand_is_told_when_it_is_through() {
    let mut lot = with_inputs();
    lot.rules.lanes[0].direction = LaneDirection::Exit;
    assert!(!lot.enter("粤B55555"));
    open_by_hand(&mut lot, 0);
    assert_eq!(lot.reports(5004), Vec::<Value>::new());
    contact(&mut lot, 0, true);
    contact(&mut lot, 0, false);
    assert_eq!((lot.reports(5004).len(), lot.reports(5005).len()), (1, 1));
}

#[test]
fn a_listed_car_or_a_locked_one_let_out_by_hand_leaves_with_a_record_and_an_event_that_say_so() {
    for (listed, record_type) in [(true, 1), (false, 2)] {
        let mut lot = Lot::new();
        assert!(lot.enter(PLATE));
        lot.pass_time(5);
        if listed {
            lot.ok(4001, &control("1", 2));
        } else {
            let lock = json!({ "id": "ff8080814d9be81f014d9beb81090001", "parkCode": PARK_CODE,
                "plateNo": PLATE, "featureCode": "f", "lockFlag": 0 });
            lot.ok(6003, &lock);
        }
        assert!(!lot.leave(PLATE));
        let before = lot.reports(2002).len();
        assert_eq!(open_by_hand(&mut lot, 1).actuations.len(), 1);
        assert_eq!(lot.reports(5005).pop().unwrap()["recordType"], record_type);
        assert_eq!(lot.reports(2002).len(), before + 1);
    }
}

// One judgement a car

/// A lane of both directions with a loop under its arm.
fn with_one_gate() -> Lot {
    let mut lot = with_inputs();
    lot.rules.lanes[0].direction = LaneDirection::Both;
    lot
}

fn drive_through(lot: &mut Lot) {
    contact(lot, 0, true);
    lot.now += SignedDuration::from_secs(50);
    contact(lot, 0, false);
}

#[test]
fn through_a_lane_of_both_directions_who_was_let_out_leaves_whatever_happens_meanwhile() {
    let mut lot = with_one_gate();
    assert!(lot.enter(PLATE));
    drive_through(&mut lot);
    lot.pass_time(5);
    lot.shows.clear();
    assert!(lot.enter(PLATE));
    assert!(matches!(lot.shows[0].scene, Scene::Goodbye { .. }), "{:?}", lot.shows);
    end_by_hand_on_the_loop(&mut lot, SignedDuration::ZERO);
    assert_eq!(lot.reports(5004).len(), 1, "no stay begins as it drives away");
    assert_eq!(lot.counts().0, 0);
}

/// Staff end a stay while its car stands on the loop, with a time so long ago; then it drives on.
fn end_by_hand_on_the_loop(lot: &mut Lot, ago: SignedDuration) {
    contact(lot, 0, true);
    lot.now += SignedDuration::from_secs(10);
    let correction = Correction {
        record_id: Some(record_of(lot)),
        leave_time: Some(lot.now - ago),
        ..Correction::default()
    };
    lot.staff("1", StaffAction::Correct(Box::new(correction)));
    contact(lot, 0, false);
}

#[test]
fn a_stay_ended_by_hand_with_an_earlier_time_is_ended_once_as_its_car_drives_away() {
    for direction in [LaneDirection::Both, LaneDirection::Exit] {
        let mut lot = with_one_gate();
        assert!(lot.enter(PLATE));
        drive_through(&mut lot);
        lot.pass_time(10);
        lot.rules.lanes[0].direction = direction;
        assert!(lot.enter(PLATE), "{direction:?}");
        end_by_hand_on_the_loop(&mut lot, SignedDuration::from_mins(2));
        assert_eq!(lot.reports(5004).len(), 1, "{direction:?}");
        assert_eq!((lot.reports(5005).len(), lot.counts().0), (1, 0), "{direction:?}");
    }
}

#[test]
fn correcting_a_misread_plate_does_not_rename_the_car_that_truly_has_it() {
    let mut lot = Lot::with(|rules| rules.lanes[0].passing_loop = Some(input_of(0)));
    // 粤B00002 came in, read as 粤B00001 while the loop was deaf.
    assert!(lot.enter("粤B00001"));
    let misread = record_of(&lot);
    online(&mut lot, BOARD, true);
    lot.pass_time(11);
    // Now the true 粤B00001 stands on the entry's loop.
    assert!(lot.enter("粤B00001"));
    contact(&mut lot, 0, true);
    let correction = Correction {
        record_id: Some(misread),
        plate_no: Some("粤B00002".parse().unwrap()),
        ..Correction::default()
    };
    lot.staff("1", StaffAction::Correct(Box::new(correction)));
    contact(&mut lot, 0, false);
    assert_eq!((lot.counts().0, lot.reports(5005).len()), (2, 0), "two cars, both inside");
    let entered = lot.reports(5004).pop().unwrap();
    assert_eq!(entered["parkCarInfo"]["plateNo"], "粤B00001");
}

#[test]
fn what_a_camera_sends_late_leaves_the_car_that_stands_there_alone() {
    let mut lot = Lot::new();
    lot.ok(4001, &control("1", 3));
    assert!(!lot.enter(PLATE));
    let earlier = lot.now - SignedDuration::from_mins(30);
    lot.read_late(ENTRY, "粤A00001", earlier);
    let delete = json!({ "state": 2, "blackWhiteGraySheet": { "id": format!("{:0>32}", 1) } });
    let (_, out) = lot.command_at(1, 4001, &[delete]);
    assert_eq!(out.actuations.len(), 1, "it still waits, and may pass now");
}

#[test]
fn a_listed_car_whose_reads_come_late_was_let_pass_by_nobody() {
    let mut lot = Lot::new();
    lot.ok(4001, &control("1", 3));
    lot.now += SignedDuration::from_mins(30);
    let earlier = lot.now - SignedDuration::from_mins(20);
    lot.read_late(ENTRY, PLATE, earlier);
    assert_eq!(lot.reports(5004).pop().unwrap()["recordType"], 0);
}

#[test]
fn a_plate_corrected_while_its_car_stands_on_the_loop_leaves_under_its_true_one() {
    let mut lot = with_one_gate();
    assert!(lot.enter("粤B8888B"));
    drive_through(&mut lot);
    lot.pass_time(5);
    assert!(lot.enter("粤B8888B"));
    contact(&mut lot, 0, true);
    let correction = Correction {
        record_id: Some(record_of(&lot)),
        plate_no: Some(PLATE.parse().unwrap()),
        ..Correction::default()
    };
    lot.staff("1", StaffAction::Correct(Box::new(correction)));
    contact(&mut lot, 0, false);
    let left = lot.reports(5005);
    assert_eq!((left.len(), &left[0]["parkCarInfo"]["plateNo"]), (1, &json!(PLATE)));
    assert_eq!(lot.counts().0, 0);
}

#[test]
fn a_car_recorded_at_another_lane_meanwhile_is_not_recorded_again() {
    let mut lot = with_inputs();
    let mut other = lot.rules.lanes[0].clone();
    other.id = "90731c48a7ea4c27bd4d57ff0e13d003".into();
    other.camera = "a1dc1d9fccdc441fb6238fb43faba906".into();
    other.passing_loop = None;
    other.barrier_up = None;
    lot.rules.lanes.push(other);
    assert!(lot.enter(PLATE));
    lot.now += SignedDuration::from_secs(20);
    assert!(lot.read("a1dc1d9fccdc441fb6238fb43faba906", PLATE));
    online(&mut lot, BOARD, false);
    lot.now += SignedDuration::from_secs(60);
    lot.tick();
    assert_eq!((lot.reports(5004).len(), lot.reports(5005).len()), (1, 0));
}

// A barrier's answers

/// The entry's device answers its newest opening, where that is noted, or something else it was asked.
fn answered(lot: &mut Lot, act: Act, result: Result<Duration, BarrierFault>) -> Outcome {
    let lane_id = lot.rules.lanes[0].id.clone();
    let opens = matches!(act, Act::Open { .. });
    let noted = lot.look(|tx| tx.actuations().unwrap()).pop().filter(|_| opens);
    let actuation = noted.map_or_else(|| "x".to_owned(), |noted| noted.id);
    lot.device(DeviceEvent::BarrierAnswered { actuation, lane_id, act, result })
}

#[test]
fn a_close_that_nobody_answers_is_no_barrier_that_did_not_open() {
    let mut lot = Lot::new();
    let close = Act::Close { output: 1 };
    let out = answered(&mut lot, close, Err(BarrierFault::Silent));
    let told = &out.happenings[..];
    assert!(
        matches!(told, [Happening::BarrierNotMoved { movement: Movement::Close, .. }]),
        "{told:?}"
    );
    assert_eq!((lot.reports(2002).len(), lot.reports(5011).len()), (0, 0));
}

#[test]
fn a_close_that_works_does_not_clear_the_fault_of_an_opening() {
    let mut lot = Lot::new();
    lot.deaf = true;
    assert!(lot.enter(PLATE));
    let open = Act::Open { output: 0 };
    answered(&mut lot, open, Err(BarrierFault::Silent));
    let state = |lot: &Lot| lot.reports(5011).pop().unwrap()["state"].clone();
    assert_eq!(state(&lot), 4);
    for act in [Act::Close { output: 1 }, Act::Release { output: 0 }] {
        answered(&mut lot, act, Ok(Duration::from_millis(5)));
        assert_eq!(state(&lot), 4, "{act:?}");
    }
    answered(&mut lot, open, Ok(Duration::from_millis(5)));
    assert_eq!(state(&lot), 1);
    assert_eq!(lot.reports(2002).len(), 1);
}

#[test]
fn a_barrier_that_does_not_stay_open_as_staff_want_it_did_not_open() {
    let mut lot = Lot::new();
    answered(&mut lot, Act::Hold { output: 0 }, Err(BarrierFault::Silent));
    assert_eq!(lot.reports(5011).pop().unwrap()["state"], 4);
}

#[test]
fn an_opening_that_stays_unanswered_is_no_fault_once_another_has_opened() {
    let mut lot = Lot::new();
    lot.deaf = true;
    assert!(lot.enter("粤B00001"));
    let first = lot.look(|tx| tx.actuations().unwrap()).pop().unwrap();
    lot.now += SignedDuration::from_secs(1);
    assert!(lot.enter("粤B00002"));
    let open = Act::Open { output: 0 };
    answered(&mut lot, open, Ok(Duration::from_millis(5)));
    let lane_id = lot.rules.lanes[0].id.clone();
    let result = Err(BarrierFault::Silent);
    let late = DeviceEvent::BarrierAnswered { actuation: first.id, lane_id, act: open, result };
    let told = (lot.reports(2002).len(), lot.reports(5011));
    assert_eq!(lot.device(late).happenings, []);
    assert_eq!((lot.reports(2002).len(), lot.reports(5011)), told);
    assert_eq!(told.1.last().unwrap()["state"], 1);
}

#[test]
fn a_device_that_stays_busy_is_asked_each_second_and_then_told_of() {
    let mut lot = Lot::new();
    lot.deaf = true;
    assert!(lot.enter(PLATE));
    let open = Act::Open { output: 0 };
    for second in 1..=10 {
        answered(&mut lot, open, Err(BarrierFault::Busy));
        lot.now += SignedDuration::from_secs(1);
        assert_eq!(lot.tick().actuations.len(), 1, "after {second} s");
    }
    assert_eq!(lot.reports(5011).len(), 0);
    answered(&mut lot, open, Err(BarrierFault::Busy));
    lot.now += SignedDuration::from_secs(1);
    assert_eq!(lot.tick().actuations.len(), 0);
    assert_eq!(lot.reports(5011).pop().unwrap()["state"], 4);
    assert_eq!(lot.reports(2002).len(), 1);
}

#[test]
fn an_arm_held_open_has_to_be_up_in_time_and_one_that_staff_lower_has_not() {
    let movements = [(Movement::HoldOpen, None, 1), (Movement::HoldOpen, Some(Movement::Close), 0)];
    for (first, second, faults) in movements {
        let mut lot = with_inputs();
        let lane_id = lot.rules.lanes[0].id.clone();
        for (id, movement) in ["1", "2"].iter().zip([Some(first), second].into_iter().flatten()) {
            let lane_id = lane_id.clone();
            lot.staff(id, StaffAction::MoveBarrier { lane_id, movement });
        }
        lot.now += SignedDuration::from_secs(9);
        lot.tick();
        assert_eq!(lot.reports(2002).len(), faults, "{second:?}");
    }
}

// A car stands in one lane

#[test]
fn a_car_that_was_held_elsewhere_before_waits_where_it_was_read_last() {
    let mut lot = Lot::new();
    assert!(lot.enter(PLATE));
    let mut second = lot.rules.lanes[1].clone();
    second.id = "90731c48a7ea4c27bd4d57ff0e13d003".into();
    second.camera = "a1dc1d9fccdc441fb6238fb43faba906".into();
    lot.rules.lanes.push(second);
    lot.pass_time(30);
    assert!(!lot.leave(PLATE));
    lot.now += SignedDuration::from_secs(2);
    assert!(!lot.read("a1dc1d9fccdc441fb6238fb43faba906", PLATE));
    let notice = paid(&lot, "1", 10);
    let (_, out) = lot.command_at(1, 6007, &[notice]);
    let opened: Vec<_> = out.actuations.iter().map(|one| one.lane_id.as_str()).collect();
    assert_eq!(opened, ["90731c48a7ea4c27bd4d57ff0e13d003"], "where it stands now");
}

#[test]
fn a_visitor_who_tried_the_exit_first_comes_in_and_stays() {
    let mut lot = Lot::new();
    assert!(!lot.leave(PLATE), "not inside");
    lot.now += SignedDuration::from_secs(3);
    assert!(lot.enter(PLATE));
    lot.tick();
    assert_eq!((lot.reports(5005).len(), lot.counts().0), (0, 1));
}

#[test]
fn staff_may_close_the_misread_record_with_an_opening_by_hand() {
    let mut lot = Lot::new();
    assert!(lot.enter("粤B88886"));
    let record = record_of(&lot);
    lot.pass_time(5);
    assert!(!lot.leave(PLATE), "not inside");
    let lane_id = lot.rules.lanes[1].id.clone();
    let reason = "误识别".to_owned();
    let (answer, out) =
        lot.staff("1", StaffAction::OpenLane { lane_id, reason, record_id: Some(record.clone()) });
    assert!(matches!(answer, StaffAnswer::Done(_)), "{answer:?}");
    assert_eq!(out.actuations.len(), 1, "once");
    let left = lot.reports(5005).pop().unwrap();
    assert_eq!(left["id"], record.as_str());
    assert_eq!(left["parkCarInfo"]["plateNo"], PLATE, "the better reading");
    assert_eq!(lot.reports(5004).len(), 1, "no record of its own");
    assert_eq!(lot.counts().0, 0);
}

#[test]
fn staff_may_close_a_record_though_the_exit_has_read_nobody() {
    let mut lot = Lot::new();
    assert!(lot.enter(PLATE));
    lot.pass_time(5);
    let lane_id = lot.rules.lanes[1].id.clone();
    let (reason, record_id) = ("无牌".to_owned(), Some(record_of(&lot)));
    let (_, out) = lot.staff("1", StaffAction::OpenLane { lane_id, reason, record_id });
    assert_eq!(out.actuations.len(), 1);
    assert_eq!((lot.reports(5005).len(), lot.counts().0), (1, 0));
}

#[test]
fn the_first_press_a_camera_ever_tells_of_a_button_opens() {
    for (just_now, opened) in [(true, 1), (false, 0)] {
        let mut lot = Lot::with(|rules| rules.lanes[1].button = Some(input_of(7)));
        let device_id: Id = BOARD.into();
        let pressed = DeviceEvent::Contact { device_id, input: 7, closed: true, just_now };
        assert_eq!(lot.device(pressed).actuations.len(), opened, "said as news: {just_now}");
    }
}

#[test]
fn openings_that_no_device_answers_gather_only_as_far_as_an_answer_may_still_come() {
    let mut lot = Lot::with(|rules| rules.total_spaces = 1_000_000);
    lot.deaf = true;
    for number in 0..200 {
        lot.now += jiff::SignedDuration::from_millis(50);
        assert!(lot.enter(&format!("粤B{:05}", number * 11_111 % 100_000)), "the {number}th");
    }
    let lane = lot.rules.lanes[0].id.clone();
    let waiting = lot.look(|tx| tx.actuations_of(&lane).unwrap());
    assert_eq!(waiting.len(), 17, "that of the car that stands there, and sixteen before it");
    let live = lot.look(|tx| tx.live_actuations_of(&lane).unwrap());
    assert_eq!(live, waiting[..1]);
}
