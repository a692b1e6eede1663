//! What loops, limit switches, buttons, displays and garages mean for the lot.

use crate::lot::*;
use jiff::SignedDuration;
use lotgate::happening::BarrierFault;
use lotgate::lot::display::Scene;
use lotgate::lot::event::{Act, Show};
use lotgate::lot::garages::{self, Alarm};
use lotgate::lot::missions::{self, LostWhy, MissionOrder, MissionStep, Progress};
use lotgate::lot::staff::{Movement, Refusal, StaffAction, StaffAnswer};
use lotgate::lot::{
    Garage, GaragePlc, HoldReason, Input, Outcome, Space, devices, inputs, passing,
};
use lotgate::standard::codes::EventClass;
use serde_json::{Value, json};

const BOARD: &str = "a1dc1d9fccdc441fb6238fb43faba903";
const DISPLAY: &str = "a1dc1d9fccdc441fb6238fb43faba904";
const PLC: &str = "a1dc1d9fccdc441fb6238fb43faba905";

fn input_of(input: u16) -> Input {
    Input { device_id: BOARD.into(), input, inverted: false }
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
    lot
}

fn online(lot: &mut Lot, device: &str, online: bool) -> Outcome {
    lot.input(|tx, context| devices::device_state(tx, context, &device.into(), online).unwrap())
}

fn contact(lot: &mut Lot, input: u16, closed: bool) -> Outcome {
    lot.input(|tx, context| inputs::changed(tx, context, &BOARD.into(), input, closed).unwrap())
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
    contact(&mut lot, 0, true);
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
    assert_eq!(closes, [Act::Pulse { output: 1, opens: false }]);
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
    let out = lot.input(|tx, context| {
        passing::turned_back(tx, context, &ENTRY.into(), Some(&plate)).unwrap()
    });
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
fn a_car_read_again_while_it_passes_opens_no_second_time() {
    let mut lot = with_inputs();
    assert!(lot.enter(PLATE));
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
    let again = lot.input(|tx, context| devices::reachable(tx, context, &ENTRY.into()).unwrap());
    assert_eq!(again.actuations[0].act, Act::Hold { output: 0 });
    assert_eq!(act(&mut lot, "2", Movement::Release).1, Some(Act::Release { output: 0 }));
    let again = lot.input(|tx, context| devices::reachable(tx, context, &ENTRY.into()).unwrap());
    assert!(again.actuations.is_empty());
    let close = act(&mut lot, "3", Movement::Close).1;
    assert_eq!(close, Some(Act::Pulse { output: 1, opens: false }));
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

// Garages

fn alarmed(lot: &mut Lot, alarms: &[(i64, EventClass)]) {
    let alarms: Vec<_> =
        alarms.iter().map(|(code, class)| Alarm { code: *code, class: *class }).collect();
    lot.input(|tx, context| {
        garages::alarmed(tx, context, GARAGE_CODE, &PLC.into(), &alarms).unwrap()
    });
}

#[test]
fn what_is_wrong_in_a_garage_is_an_event_of_table_a_3_once_until_it_is_over() {
    let mut lot = Lot::new();
    let told = |lot: &Lot| -> Vec<(Value, Value)> {
        let events = lot.reports(2002).into_iter();
        events.map(|one| (one["eventLevel"].clone(), one["remark"].clone())).collect()
    };
    alarmed(&mut lot, &[(8001, EventClass::Alarm), (8026, EventClass::Fault)]);
    alarmed(&mut lot, &[(8026, EventClass::Fault), (8001, EventClass::Alarm)]);
    let both = vec![(json!(1), json!("急停触发告警")), (json!(2), json!("升降机上升故障"))];
    assert_eq!(told(&lot), both);
    alarmed(&mut lot, &[(8026, EventClass::Fault)]);
    assert_eq!(told(&lot).len(), 2);
    alarmed(&mut lot, &[(8026, EventClass::Fault), (8001, EventClass::Alarm)]);
    assert_eq!(told(&lot).len(), 3);
    alarmed(&mut lot, &[(9999, EventClass::Alarm)]);
    assert_eq!(told(&lot).len(), 3);
}

fn space_no(number: u32) -> String {
    format!("{PARK_CODE}0000G{number:03}")
}

/// A lot with a garage of two spaces that stores and retrieves.
fn with_garage() -> Lot {
    let mut lot = Lot::with(|rules| {
        let space = |number: u32| Space {
            space_no: space_no(number),
            garage_code: Some(GARAGE_CODE.to_owned()),
            plc_number: Some(i64::from(number)),
            ..Space::default()
        };
        rules.spaces = (1..=2).map(space).collect();
        let takes = SignedDuration::from_secs(60);
        rules.garages = vec![Garage {
            garage_code: GARAGE_CODE.to_owned(),
            passages: vec![1, 2],
            plc: Some(GaragePlc {
                device_id: PLC.into(),
                takes_space: true,
                store_takes: takes,
                retrieve_takes: takes,
            }),
        }];
    });
    online(&mut lot, PLC, true);
    lot
}

fn store(plate: &str) -> Value {
    json!({ "parkCode": PARK_CODE, "garageCode": GARAGE_CODE, "plateNo": plate, "garagePassCode": 1 })
}

/// A command at a time of its own; its answer, whether that is final, and what the PLC is told.
fn order(lot: &mut Lot, code: u16, element: &Value) -> (Value, bool, Vec<MissionOrder>) {
    lot.sent += 1;
    let (reply, out) = lot.command_at(lot.sent, code, std::slice::from_ref(element));
    (reply.data.first().cloned().unwrap_or_default(), !out.unsettled, out.missions)
}

fn step(lot: &mut Lot, id: i64, step: &MissionStep) -> Outcome {
    lot.input(|tx, context| missions::stepped(tx, context, id, step).unwrap())
}

#[test]
fn a_car_is_stored_and_retrieved_and_both_are_reported() {
    let mut lot = with_garage();
    lot.enter(PLATE);
    let (answer, settled, orders) = order(&mut lot, 8004, &store(PLATE));
    assert_eq!((&answer["remainSeconds"], settled), (&json!(60), false));
    assert_eq!((orders[0].space_number, orders[0].passage, orders[0].store), (1, 1, true));
    let id = orders[0].id;
    step(&mut lot, id, &MissionStep::Commanding);
    assert!(step(&mut lot, id, &MissionStep::Taken(Some(90))).settles);
    // The same command again: the same mission, settled by now.
    let (reply, out) = lot.command_at(lot.sent, 8004, &[store(PLATE)]);
    assert_eq!((&reply.data[0]["remainSeconds"], out.unsettled), (&json!(90), false));
    lot.now += SignedDuration::from_secs(30);
    let (answer, _, orders) = order(&mut lot, 8004, &store(PLATE));
    assert_eq!((&answer["remainSeconds"], orders.len()), (&json!(60), 0));
    step(&mut lot, id, &MissionStep::Done);
    assert_eq!(lot.reports(5001).pop().unwrap()["state"], 2);
    assert_eq!(lot.reports(2002).pop().unwrap()["remark"], "车辆入库");
    // By plate alone: it is known where it stands.
    let (_, _, orders) = order(&mut lot, 8005, &store(PLATE));
    assert_eq!((orders[0].space_number, orders[0].store), (1, false));
    let id = orders[0].id;
    step(&mut lot, id, &MissionStep::Taken(None));
    step(&mut lot, id, &MissionStep::Done);
    assert_eq!(lot.reports(5001).pop().unwrap()["state"], 0);
    assert_eq!(lot.reports(2002).pop().unwrap()["remark"], "车辆出库");
    assert_eq!(lot.refused(8005, &store(PLATE)), 1103, "it was taken out");
}

#[test]
fn a_garage_does_one_thing_at_a_time_and_says_how_long_the_others_wait() {
    let mut lot = with_garage();
    let (_, _, first) = order(&mut lot, 8004, &store("粤B00001"));
    let (answer, settled, second) = order(&mut lot, 8004, &store("粤B00002"));
    assert_eq!((&answer["remainSeconds"], settled, second.len()), (&json!(120), true, 0));
    assert_eq!(lot.refused(8004, &store("粤B00003")), 1500, "both spaces are meant for others");
    step(&mut lot, first[0].id, &MissionStep::Taken(None));
    let out = step(&mut lot, first[0].id, &MissionStep::Done);
    assert_eq!((out.missions.len(), out.missions[0].space_number), (1, 2));
}

#[test]
fn what_a_garage_does_not_have_is_refused_by_its_code() {
    let mut lot = with_garage();
    let with = |key: &str, value: Value| {
        let mut element = store(PLATE);
        element[key] = value;
        element
    };
    assert_eq!(lot.refused(8004, &with("garageCode", json!("4403040010010100001009"))), 5001);
    assert_eq!(lot.refused(8004, &with("garagePassCode", json!(3))), 5002);
    assert_eq!(lot.refused(8004, &with("spaceNo", json!(space_no(9)))), 5003);
    assert_eq!(lot.refused(8005, &store(PLATE)), 1103);
    let long_ago = with("bookTime", json!("2020-01-01 00:00:00"));
    assert_eq!(lot.refused(8005, &long_ago), 5004);
    online(&mut lot, PLC, false);
    assert_eq!(lot.refused(8004, &store(PLATE)), 1300);
    let mut plain = Lot::new();
    assert_eq!(plain.refused(8004, &store(PLATE)), 1300, "this garage takes no orders");
}

#[test]
fn a_refusal_of_the_plc_reaches_the_platform_and_the_next_goes_on() {
    let mut lot = with_garage();
    let (_, _, orders) = order(&mut lot, 8004, &store(PLATE));
    let out = step(&mut lot, orders[0].id, &MissionStep::Refused(5002));
    assert!(out.settles);
    let (reply, _) = lot.command_at(lot.sent, 8004, &[store(PLATE)]);
    assert_eq!((reply.result_code, &reply.data[0]["code"]), (1, &json!(5002)));
    // Another try is another mission.
    let (_, _, orders) = order(&mut lot, 8004, &store(PLATE));
    assert_eq!(orders.len(), 1);
    step(&mut lot, orders[0].id, &MissionStep::Lost(LostWhy::Restarted));
    let event = lot.reports(2002).pop().unwrap();
    assert_eq!((&event["eventType"], &event["eventLevel"]), (&json!(8013), &json!(1)));
}

#[test]
fn a_booked_car_is_retrieved_at_its_time_and_the_time_can_be_moved() {
    let mut lot = with_garage();
    let mut element = store(PLATE);
    element["spaceNo"] = json!(space_no(2));
    let book = |lot: &Lot, minutes| local(lot.now + SignedDuration::from_mins(minutes));
    element["bookTime"] = json!(book(&lot, 30));
    let (answer, settled, orders) = order(&mut lot, 8005, &element);
    assert_eq!((&answer["remainSeconds"], settled, orders.len()), (&json!(1860), true, 0));
    element["bookTime"] = json!(book(&lot, 10));
    let (answer, _, _) = order(&mut lot, 8005, &element);
    assert_eq!(answer["remainSeconds"], 660);
    lot.now += SignedDuration::from_mins(9);
    assert!(lot.tick().missions.is_empty());
    lot.now += SignedDuration::from_mins(1);
    let orders = lot.tick().missions;
    assert_eq!((orders.len(), orders[0].space_number), (1, 2));
    assert!(lot.tick().missions.is_empty());
}

#[test]
fn after_a_crash_the_driver_hears_what_the_plc_may_know() {
    let mut lot = with_garage();
    let (_, _, orders) = order(&mut lot, 8004, &store(PLATE));
    let id = orders[0].id;
    let resumed = |lot: &mut Lot| {
        let mut out = Outcome::default();
        lot.input(|tx, context| missions::resume(tx, context, None, &mut out).unwrap());
        out.missions[0].progress
    };
    assert_eq!(resumed(&mut lot), Progress::Nothing);
    step(&mut lot, id, &MissionStep::Commanding);
    assert_eq!(resumed(&mut lot), Progress::PerhapsCommanded);
    step(&mut lot, id, &MissionStep::Taken(None));
    assert_eq!(resumed(&mut lot), Progress::Taken);
}

#[test]
fn missions_wait_while_their_plc_is_away_but_not_for_ever() {
    let mut lot = with_garage();
    let mut element = store(PLATE);
    element["spaceNo"] = json!(space_no(1));
    element["bookTime"] = json!(local(lot.now + SignedDuration::from_mins(1)));
    order(&mut lot, 8005, &element);
    online(&mut lot, PLC, false);
    lot.now += SignedDuration::from_mins(2);
    assert!(lot.tick().missions.is_empty());
    assert_eq!(online(&mut lot, PLC, true).missions.len(), 1);
    let mut lot = with_garage();
    element["bookTime"] = json!(local(lot.now + SignedDuration::from_mins(1)));
    order(&mut lot, 8005, &element);
    online(&mut lot, PLC, false);
    lot.pass_time(32);
    assert!(online(&mut lot, PLC, true).missions.is_empty());
}

#[test]
fn a_relay_that_does_not_answer_is_a_fault_even_where_a_switch_would_tell() {
    let mut lot = with_inputs();
    lot.enter(PLATE);
    let lane_id = lot.rules.lanes[0].id.clone();
    lot.input(|tx, context| {
        let fault = Err(BarrierFault::Silent);
        devices::barrier_answered(tx, context, "x", &lane_id, &fault).unwrap()
    });
    assert_eq!(lot.reports(5011).pop().unwrap()["state"], 4);
    lot.input(|tx, context| {
        let clicked = Ok(std::time::Duration::from_millis(5));
        devices::barrier_answered(tx, context, "x", &lane_id, &clicked).unwrap()
    });
    assert_eq!(lot.reports(5011).pop().unwrap()["state"], 4, "a click is no proof");
}
