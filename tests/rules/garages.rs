//! What garages do and tell (8002–8005).

use crate::prelude::*;
use lotgate::model::staff::StockCount;

fn alarmed(lot: &mut Lot, alarms: &[(i64, EventClass)]) {
    let alarms: Vec<_> =
        alarms.iter().map(|(code, class)| Alarm { code: *code, class: *class }).collect();
    let (garage_code, device_id) = (GARAGE_CODE.to_owned(), PLC.into());
    lot.device(DeviceEvent::GarageAlarms { garage_code, device_id, alarms });
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
            total_spaces: 2,
            totals_given: false,
            available_given: false,
            watched: true,
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
fn order(lot: &mut Lot, code: u16, element: &Value) -> (Value, bool, Vec<Job>) {
    lot.sent += 1;
    let (reply, settled, out) = lot.order_at(lot.sent, code, std::slice::from_ref(element));
    (reply.data.first().cloned().unwrap_or_default(), settled, out.jobs)
}

fn step(lot: &mut Lot, id: i64, step: &MissionStep) -> Outcome {
    lot.device(DeviceEvent::Mission { id, step: step.clone() })
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
    let (reply, settled, _) = lot.order_at(lot.sent, 8004, &[store(PLATE)]);
    assert_eq!((&reply.data[0]["remainSeconds"], settled), (&json!(90), true));
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
    assert_eq!((out.jobs.len(), out.jobs[0].space_number), (1, 2));
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
    assert!(lot.tick().jobs.is_empty());
    lot.now += SignedDuration::from_mins(1);
    let orders = lot.tick().jobs;
    assert_eq!((orders.len(), orders[0].space_number), (1, 2));
    assert!(lot.tick().jobs.is_empty());
}

#[test]
fn after_a_crash_the_driver_hears_what_the_plc_may_know() {
    let mut lot = with_garage();
    let (_, _, orders) = order(&mut lot, 8004, &store(PLATE));
    let id = orders[0].id;
    let resumed = |lot: &mut Lot| {
        let (_, out) = lot.apply(&Input::Started);
        out.jobs[0].progress
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
    assert!(lot.tick().jobs.is_empty());
    assert_eq!(online(&mut lot, PLC, true).jobs.len(), 1);
    let mut lot = with_garage();
    element["bookTime"] = json!(local(lot.now + SignedDuration::from_mins(1)));
    order(&mut lot, 8005, &element);
    online(&mut lot, PLC, false);
    lot.pass_time(32);
    assert!(online(&mut lot, PLC, true).jobs.is_empty());
}

/// The garage does what it was ordered; the number of the space.
fn done(lot: &mut Lot, code: u16, plate: &str) -> i64 {
    let (_, _, jobs) = order(lot, code, &store(plate));
    let (id, space) = (jobs[0].id, jobs[0].space_number);
    step(lot, id, &MissionStep::Taken(None));
    step(lot, id, &MissionStep::Done);
    space
}

#[test]
fn a_car_that_was_retrieved_and_leaves_does_not_free_the_space_of_the_next_one() {
    let mut lot = with_garage();
    for plate in ["粤A00001", "粤A00002"] {
        lot.enter(plate);
    }
    assert_eq!(done(&mut lot, 8004, "粤A00001"), 1);
    assert_eq!(done(&mut lot, 8005, "粤A00001"), 1);
    assert_eq!(done(&mut lot, 8004, "粤A00002"), 1);
    lot.pass_time(1);
    assert!(lot.leave("粤A00001"));
    let state = lot.reports(5001).pop().unwrap();
    assert_eq!((&state["spaceNo"], &state["state"]), (&json!(space_no(1)), &json!(2)));
    let booked = lot.ok(6001, &book("YD1", PLATE, lot.now, 60));
    assert_eq!(booked["spaceNo"], space_no(2), "not the one with a car in it");
}

#[test]
fn a_booked_car_is_stored_in_the_space_that_was_kept_for_it() {
    let mut lot = with_garage();
    let booked = lot.ok(6001, &book("YD1", PLATE, lot.now, 60));
    assert_eq!(booked["spaceNo"], space_no(1));
    lot.enter("粤A00001");
    assert_eq!(done(&mut lot, 8004, "粤A00001"), 2);
    lot.enter(PLATE);
    assert_eq!(done(&mut lot, 8004, PLATE), 1);
}

/// A mission carried out to its end.
fn carry_out(lot: &mut Lot, code: u16, element: &Value) {
    let (_, _, jobs) = order(lot, code, element);
    step(lot, jobs[0].id, &MissionStep::Taken(None));
    step(lot, jobs[0].id, &MissionStep::Done);
}

/// What the platform was told last of what is free: total and available, for small cars and for large.
fn free_in_garage(lot: &Lot) -> [i64; 4] {
    let garage = lot.reports(8003).pop().unwrap()["garageSpacesList"][0].clone();
    let names =
        ["totalSmallSpaces", "availableSmallSpaces", "totalLargeSpaces", "availableLargeSpaces"];
    names.map(|name| garage[name].as_i64().unwrap())
}

#[test]
fn a_stored_cars_record_is_corrected_to_its_space_and_garage_and_the_events_name_both() {
    let mut lot = with_garage();
    lot.enter(PLATE);
    assert_eq!(lot.reports(5004)[0].get("garageNo"), None);
    carry_out(&mut lot, 8004, &store(PLATE));
    let record = lot.reports(5006).pop().unwrap();
    assert_eq!((&record["id"], &record["spaceNo"]), (&json!(record_of(&lot)), &json!(space_no(1))));
    assert_eq!(record["garageNo"], GARAGE_CODE);
    let event = lot.reports(2002).pop().unwrap();
    assert_eq!((&event["eventType"], &event["eventLevel"]), (&json!(8001), &json!(0)));
    assert_eq!((&event["plateNo"], &event["spaceNo"]), (&json!(PLATE), &json!(space_no(1))));
    // By its space alone: whose car it is follows from the record.
    let mut by_space = store(PLATE);
    by_space.as_object_mut().unwrap().remove("plateNo");
    by_space["spaceNo"] = json!(space_no(1));
    carry_out(&mut lot, 8005, &by_space);
    let event = lot.reports(2002).pop().unwrap();
    assert_eq!((&event["eventType"], &event["plateNo"]), (&json!(8002), &json!(PLATE)));
    assert_eq!(event["spaceNo"], space_no(1));
    assert!(lot.leave(PLATE));
    assert_eq!(lot.reports(5005)[0]["garageNo"], GARAGE_CODE, "where it was");
}

#[test]
fn a_car_that_is_stored_elsewhere_than_it_had_booked_frees_what_it_had_booked() {
    let mut lot = with_garage();
    lot.ok(6001, &book("YD1", PLATE, lot.now, 60));
    lot.enter(PLATE);
    assert_eq!(lot.reports(5004)[0]["spaceNo"], space_no(1));
    assert_eq!(lot.reports(5004)[0]["garageNo"], GARAGE_CODE, "the garage of its space");
    let mut element = store(PLATE);
    element["spaceNo"] = json!(space_no(2));
    carry_out(&mut lot, 8004, &element);
    let states: Vec<_> = lot
        .reports(5001)
        .into_iter()
        .map(|one| (one["spaceNo"].clone(), one["state"].clone()))
        .collect();
    assert!(states.contains(&(json!(space_no(1)), json!(0))), "{states:?}");
    assert!(states.contains(&(json!(space_no(2)), json!(2))), "{states:?}");
    assert_eq!(lot.reports(5006).pop().unwrap()["spaceNo"], space_no(2));
}

#[test]
fn what_a_plc_does_not_count_is_counted_from_the_garages_own_spaces() {
    let mut lot = with_garage();
    lot.rules.spaces[1].size_type = Some(4);
    lot.tick();
    assert_eq!(free_in_garage(&lot), [1, 1, 1, 1]);
    carry_out(&mut lot, 8004, &store(PLATE));
    assert_eq!(free_in_garage(&lot), [1, 0, 1, 1]);
    carry_out(&mut lot, 8005, &store(PLATE));
    assert_eq!(free_in_garage(&lot), [1, 1, 1, 1]);
    lot.ok(6001, &book("YD1", PLATE, lot.now, 60));
    assert_eq!(free_in_garage(&lot), [1, 0, 1, 1], "a booked space is not free");
}

#[test]
fn a_garage_whose_plc_chooses_the_space_is_counted_by_the_cars_in_it() {
    let mut lot = with_garage();
    lot.rules.spaces.clear();
    lot.rules.garages[0].total_spaces = 60;
    lot.enter(PLATE);
    carry_out(&mut lot, 8004, &store(PLATE));
    assert_eq!(free_in_garage(&lot), [60, 59, 0, 0]);
    let record = lot.reports(5006).pop().unwrap();
    assert_eq!((&record["garageNo"], record.get("spaceNo")), (&json!(GARAGE_CODE), None));
    carry_out(&mut lot, 8004, &store("粤B00002"));
    assert_eq!(free_in_garage(&lot), [60, 58, 0, 0]);
}

fn see(lot: &mut Lot, number: u32, seen: SpaceSeen) {
    lot.device(DeviceEvent::Space { space_no: space_no(number), seen });
}

#[test]
fn no_car_is_stored_where_a_sensor_says_what_nobody_knows() {
    let mut lot = with_garage();
    for space in &mut lot.rules.spaces {
        space.sensor = Some("sensor".to_owned());
    }
    lot.enter(PLATE);
    see(&mut lot, 1, SpaceSeen::Unknown);
    let (_, _, jobs) = order(&mut lot, 8004, &store(PLATE));
    assert_eq!(jobs[0].space_number, 2, "the other has told nothing yet, and the garage knows it");
    step(&mut lot, jobs[0].id, &MissionStep::Taken(None));
    step(&mut lot, jobs[0].id, &MissionStep::Done);
    lot.enter("粤B00002");
    see(&mut lot, 2, SpaceSeen::Occupied);
    let (answer, _, jobs) = order(&mut lot, 8004, &store("粤B00002"));
    assert_eq!((&answer["code"], jobs.len()), (&json!(1500), 0));
}

#[test]
fn a_garage_without_a_plc_runs_and_is_counted_all_the_same() {
    let mut lot = with_garage();
    lot.rules.garages[0].plc = None;
    lot.rules.garages[0].watched = false;
    lot.rules.spaces[1].sensor = Some("sensor".to_owned());
    see(&mut lot, 2, SpaceSeen::Free);
    lot.tick();
    assert_eq!(lot.reports(8002).pop().unwrap()["garagestate"], 1);
    assert_eq!(free_in_garage(&lot), [2, 2, 0, 0]);
    see(&mut lot, 2, SpaceSeen::Occupied);
    assert_eq!(free_in_garage(&lot), [2, 1, 0, 0]);
    let moment = |lot: &Lot| lot.reports(8002).pop().unwrap()["moment"].clone();
    let first = moment(&lot);
    lot.pass_time(10);
    assert_ne!(moment(&lot), first, "every ten minutes");
    lot.rules.garages.clear();
    lot.now += SignedDuration::from_mins(10);
    let told = moment(&lot);
    lot.tick();
    assert_eq!(moment(&lot), told, "a garage that is gone is nobody's");
}

#[test]
fn a_mission_whose_space_has_no_number_any_more_fails_and_is_never_commanded() {
    for under_way in [false, true] {
        let mut lot = with_garage();
        lot.enter(PLATE);
        lot.enter("粤A00001");
        let (_, _, orders) = order(&mut lot, 8004, &store(PLATE));
        let (first, second) = (orders[0].id, order(&mut lot, 8004, &store("粤A00001")));
        assert!(second.2.is_empty(), "it waits for the first");
        // The configuration is changed, and the gateway starts anew.
        for space in &mut lot.rules.spaces {
            space.plc_number = None;
        }
        let out = if under_way {
            step(&mut lot, first, &MissionStep::Commanding);
            step(&mut lot, first, &MissionStep::Taken(Some(90)));
            let jobs = lot.apply(&Input::Started).1.jobs;
            assert_eq!(jobs.len(), 1, "what the PLC has taken is watched");
            step(&mut lot, first, &MissionStep::Done)
        } else {
            lot.apply(&Input::Started).1
        };
        assert_eq!(out.jobs.len(), 0);
        let failed = |one: &&Happening| matches!(one, Happening::MissionFailed { words, .. } if words.contains("plc_number"));
        let count = out.happenings.iter().filter(failed).count();
        assert_eq!(count, if under_way { 1 } else { 2 }, "{:?}", out.happenings);
    }
}

#[test]
fn a_car_that_a_garage_has_is_left_out_of_a_count() {
    let mut lot = with_garage();
    lot.enter(PLATE);
    carry_out(&mut lot, 8004, &store(PLATE));
    lot.pass_time(30);
    let plates = vec!["粤C55555".parse().unwrap()];
    let count = StockCount { at: None, plates, reason: "盘点".to_owned() };
    let StaffAnswer::Done(taken) = lot.staff("1", StaffAction::TakeStock(Box::new(count))).0 else {
        panic!("refused");
    };
    let left_out = &taken["leftOut"][0];
    assert_eq!((&left_out["why"], &left_out["stay"]["plateNo"]), (&json!("stored"), &json!(PLATE)));
    assert!(lot.look(|tx| tx.open_record_of(PLATE).unwrap()).is_some());
}
