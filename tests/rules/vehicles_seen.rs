//! What is told of a car beside its plate (table 11), from what its camera, its lot and its platform say.

use crate::prelude::*;

/// What a camera makes out of a car beside its plate.
fn seen_well(lot: &mut Lot, camera: &str) -> PlateRead {
    let (car_color, car_logo) = (Some("白色".to_owned()), Some("大众".to_owned()));
    let read = lot.sight(camera, PLATE, ReadMoment::Live);
    PlateRead { car_color, car_logo, license_plate_type: Some(1), ..read }
}

fn look(record: &Value) -> [Value; 3] {
    ["carColor", "carLogo", "licensePlateType"].map(|name| record["parkCarInfo"][name].clone())
}

fn whole() -> [Value; 3] {
    [json!("白色"), json!("大众"), json!(1)]
}

#[test]
fn what_a_camera_makes_out_of_a_car_stands_in_all_its_reports() {
    let mut lot = Lot::new();
    let read = seen_well(&mut lot, ENTRY);
    assert!(lot.take_read(read));
    assert_eq!(look(&lot.reports(5004)[0]), whole());
    lot.pass_time(60);
    assert!(!lot.leave(PLATE));
    lot.ok(6007, &paid(&lot, "1", 10));
    assert_eq!(look(&lot.reports(5008)[0]), whole());
    assert_eq!(look(&lot.reports(5005)[0]), whole());
}

#[test]
fn a_car_that_waits_or_passes_keeps_what_was_seen_of_it() {
    let mut lot = Lot::with(|rules| {
        rules.total_spaces = 0;
        let passing_loop = Contact { device_id: BOARD.into(), input: 0, inverted: false };
        rules.lanes[0].passing_loop = Some(passing_loop);
    });
    online(&mut lot, BOARD, true);
    let read = seen_well(&mut lot, ENTRY);
    assert!(!lot.take_read(read), "the lot is full");
    lot.rules.total_spaces = 4;
    lot.apply(&Input::RulesChanged);
    for closed in [false, true, false] {
        lot.device(DeviceEvent::Contact {
            device_id: BOARD.into(),
            input: 0,
            closed,
            just_now: false,
        });
    }
    assert_eq!(look(&lot.reports(5004)[0]), whole());
}

#[test]
fn what_the_second_message_of_a_passage_or_the_exit_adds_goes_with_the_next_report() {
    let mut lot = Lot::new();
    assert!(lot.enter(PLATE));
    assert_eq!(look(&lot.reports(5004)[0]), [Value::Null, Value::Null, Value::Null]);
    let more = seen_well(&mut lot, ENTRY);
    assert!(!lot.take_read(more), "the same passage");
    assert!(lot.leave(PLATE));
    assert_eq!(look(&lot.reports(5005)[0]), whole());
    lot.pass_time(5);
    assert!(lot.enter(PLATE));
    let out = seen_well(&mut lot, EXIT);
    assert!(lot.take_read(out));
    assert_eq!(look(&lot.reports(5005)[1]), whole());
}

#[test]
fn whether_cars_have_electronic_tags_is_said_as_the_lot_is_told_to() {
    for said in [false, true] {
        let mut lot = Lot::with(|rules| rules.eid_equipped = said);
        assert!(lot.enter(PLATE));
        assert_eq!(lot.reports(5004)[0]["parkCarInfo"]["eidEquiped"], said);
        let found = lot.command(6005, &json!({ "parkCode": PARK_CODE, "plateNo": PLATE }));
        assert_eq!(found.data[0]["parkCarInfo"]["eidEquiped"], said);
    }
}

#[test]
fn the_order_of_a_share_is_named_as_the_platform_takes_it() {
    let long = "ff8080814d9be81f014d9beb81090003";
    for (style, written) in [
        (ShareOrderIdStyle::Fitting, Value::Null),
        (ShareOrderIdStyle::LastTen, json!("eb81090003")),
        (ShareOrderIdStyle::Whole, json!(long)),
    ] {
        let mut lot = Lot::with(|rules| {
            rules.share_order_id = style;
            rules.lengths.set("shareOrderId", 32);
        });
        lot.ok(6004, &share("07:00:00", "19:00:00", 0));
        assert!(lot.enter(PLATE));
        let record = &lot.reports(5004)[0];
        assert_eq!(
            (&record["shareOrderId"], &record["isStagger"]),
            (&written, &json!(1)),
            "{style:?}"
        );
    }
}
