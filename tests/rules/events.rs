//! By which codes events (2002) are sent: table A.3's where it has one, the platform's where it has none.

use crate::prelude::*;

/// Type, level and remark of every event so far.
fn events(lot: &Lot) -> Vec<(i64, i64, String)> {
    let events = lot.reports(2002).into_iter();
    let number = |event: &Value, name: &str| event[name].as_i64().unwrap();
    let told = events.map(|event| {
        let remark = event["remark"].as_str().unwrap().to_owned();
        (number(&event, "eventType"), number(&event, "eventLevel"), remark)
    });
    told.collect()
}

fn lock() -> Value {
    json!({ "id": "ff8080814d9be81f014d9beb81090003", "parkCode": PARK_CODE, "plateNo": PLATE,
        "lockFlag": 0, "featureCode": "14d9" })
}

/// Everything that this program itself causes an event for, one a kind that table A.3 has no code for.
fn cause_one_of_each(lot: &mut Lot) {
    lot.ok(4001, &control("1", 4));
    assert!(lot.enter(PLATE));
    lot.ok(6003, &lock());
    assert!(!lot.leave(PLATE));
    let lane_id = lot.rules.lanes[1].id.clone();
    lot.staff("1", StaffAction::OpenLane { lane_id, reason: "急诊".to_owned(), record_id: None });
    let lane_id = lot.rules.lanes[0].id.clone();
    lot.device(DeviceEvent::BarrierAnswered {
        actuation: "x".to_owned(),
        lane_id,
        act: Act::Hold { output: 0 },
        result: Err(BarrierFault::Silent),
    });
    online(lot, ENTRY, false);
    for right in [true, false] {
        lot.device(DeviceEvent::Clock { device_id: ENTRY.into(), right });
    }
    lot.tick_with(Some(0));
    lot.apply(&store_back(lot.now, None));
}

#[test]
fn what_table_a_3_has_no_code_for_is_an_event_of_our_own_type() {
    let mut lot = Lot::new();
    cause_one_of_each(&mut lot);
    let told = events(&lot);
    assert!(told.iter().all(|(code, _, _)| *code == 5000), "{told:?}");
    for (words, level) in [
        ("管控名单", 1),
        ("锁车", 1),
        ("人工放行", 1),
        ("道闸未打开", 2),
        ("设备离线", 2),
        ("时钟", 1),
        ("上报队列", 2),
        ("数据库", 2),
    ] {
        assert!(
            told.iter().any(|(_, of, remark)| *of == level && remark.contains(words)),
            "{words}"
        );
    }
}

#[test]
fn a_platform_may_want_other_codes_for_some_kinds_and_no_event_for_others() {
    let mut lot = Lot::with(|rules| {
        rules.events.set(EventKind::Lock, Some(6001));
        rules.events.set(EventKind::Clock, None);
    });
    cause_one_of_each(&mut lot);
    let told = events(&lot);
    assert!(told.iter().all(|(code, _, remark)| (*code == 6001) == remark.contains("，出场拦截")));
    assert!(!told.iter().any(|(_, _, remark)| remark.contains("时钟")), "{told:?}");
    let mut lot = Lot::with(|rules| rules.events = EventCodes::all(None));
    cause_one_of_each(&mut lot);
    assert_eq!(events(&lot), []);
    assert_eq!(lot.reports(5005)[0]["recordType"], 2, "the rest is told as ever");
}

#[test]
fn a_plate_that_a_camera_takes_for_a_forged_one_is_a_cloned_plate_whatever_the_others_are_called() {
    let mut lot = Lot::with(|rules| rules.events = EventCodes::all(None));
    let read = PlateRead { fake: true, ..lot.sight(ENTRY, PLATE, ReadMoment::Live) };
    assert!(lot.take_read(read));
    let event = lot.reports(2002).pop().unwrap();
    assert_eq!((&event["eventType"], &event["eventLevel"]), (&json!(1001), &json!(1)));
    assert_eq!(event["plateNo"], PLATE);
}

#[test]
fn a_cloned_plate_is_told_once_each_time_it_comes() {
    let mut lot = Lot::new();
    let cloned = |lot: &mut Lot, camera: &str| {
        let read = PlateRead { fake: true, ..lot.sight(camera, PLATE, ReadMoment::Live) };
        lot.take_read(read);
        lot.now += SignedDuration::from_secs(20);
        lot.reports(2002).iter().filter(|event| event["eventType"] == 1001).count()
    };
    // The camera tells the passage at once, and once more with what it has made out.
    assert!(lot.enter(PLATE));
    assert_eq!(cloned(&mut lot, ENTRY), 1);
    assert_eq!(cloned(&mut lot, ENTRY), 1);
    lot.pass_time(90);
    // Held, and read again and again.
    for _ in 0..3 {
        assert_eq!(cloned(&mut lot, EXIT), 2);
    }
    lot.ok(6007, &paid(&lot, "1", 12));
    assert_eq!(lot.reports(5005).len(), 1);
    lot.pass_time(5);
    assert_eq!(cloned(&mut lot, ENTRY), 3, "it comes again");
}
