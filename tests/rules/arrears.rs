//! What is still owed when a car has gone, and payments that come then.

use crate::prelude::*;
use lotgate::lot::unsettled;

fn see(lot: &mut Lot, space: &str, seen: SpaceSeen) {
    lot.device(DeviceEvent::Space { space_no: space.to_owned(), seen });
}

fn by_space(space: &str) -> Value {
    json!({ "parkCode": PARK_CODE, "spaceNo": space })
}

fn notice(order: &Value, received: i64, now: Timestamp) -> Value {
    json!({ "parkCode": PARK_CODE, "chargeInfo": {
        "id": format!("{:0>32}", 1), "orderNo": order["orderNo"], "recordId": order["recordId"],
        "payTime": local(now), "receivables": received, "discount": 0, "received": received,
        "payType": 2, "payFrom": "微信公众号",
    } })
}

#[test]
fn a_street_stay_that_ends_unpaid_leaves_an_order_that_can_be_asked_for_and_paid_later() {
    let mut lot = street();
    see(&mut lot, "A1", SpaceSeen::Occupied);
    lot.pass_time(90);
    see(&mut lot, "A1", SpaceSeen::Free);
    let order = lot.reports(5007).pop().unwrap();
    assert_eq!((&order["receivables"], &order["spaceNo"]), (&json!(12), &json!("A1")));
    lot.pass_time(60);
    let asked = lot.ok(6006, &by_space("A1"));
    assert_eq!(
        (&asked["orderNo"], &asked["receivables"]),
        (&order["orderNo"], &json!(12)),
        "the fee of the stay, not of the time since"
    );
    lot.ok(6007, &notice(&order, 12, lot.now));
    let codes: Vec<_> = lot.reports(5006);
    assert_eq!((&codes[0]["receivables"], &codes[0]["received"]), (&json!(12), &json!(12)));
    assert_eq!(lot.reports(5008).len(), 1);
    assert_eq!(lot.refused(6006, &by_space("A1")), 4001, "nothing is owed any more");
}

#[test]
fn a_payment_for_a_car_nobody_has_read_needs_no_plate() {
    for car in [json!(null), json!({}), json!({ "plateNo": " ", "eidEquiped": false })] {
        let mut lot = street();
        see(&mut lot, "A1", SpaceSeen::Occupied);
        lot.pass_time(90);
        let order = lot.ok(6006, &by_space("A1"));
        let mut paid = notice(&order, 12, lot.now);
        paid["chargeInfo"]["parkCarInfo"] = car;
        lot.ok(6007, &paid);
        assert_eq!(lot.reports(5008).len(), 1);
    }
}

#[test]
fn by_space_an_earlier_stay_is_found_only_while_nobody_has_parked_there_since() {
    let mut lot = street();
    see(&mut lot, "A1", SpaceSeen::Occupied);
    lot.pass_time(90);
    see(&mut lot, "A1", SpaceSeen::Free);
    let first = lot.ok(6006, &by_space("A1"));
    see(&mut lot, "A1", SpaceSeen::Occupied);
    assert_ne!(lot.ok(6006, &by_space("A1"))["recordId"], first["recordId"], "who stands there");
    lot.pass_time(5);
    see(&mut lot, "A1", SpaceSeen::Free);
    assert_eq!(lot.refused(6006, &by_space("A1")), 4001);
}

#[test]
fn a_plate_that_becomes_known_is_asked_for_its_contract_and_finds_its_arrears() {
    let mut lot = street();
    see(&mut lot, "A1", SpaceSeen::Occupied);
    lot.pass_time(90);
    see(&mut lot, "A1", SpaceSeen::Free);
    let correction = Correction {
        record_id: Some(record_of(&lot)),
        plate_no: Some(PLATE.parse().unwrap()),
        ..Correction::default()
    };
    let (_, out) = lot.staff("1", StaffAction::Correct(Box::new(correction)));
    assert_eq!(out.questions.len(), 1, "5010");
    assert_eq!(lot.reports(5007).pop().unwrap()["plateNo"], PLATE);
    assert_eq!(lot.ok(6006, &fee(PLATE))["receivables"], 12);
}

#[test]
fn what_is_owed_stands_in_the_list_of_arrears_until_it_is_paid() {
    let mut lot = street();
    see(&mut lot, "A1", SpaceSeen::Occupied);
    lot.pass_time(90);
    see(&mut lot, "A1", SpaceSeen::Free);
    let arrears = |lot: &Lot| lot.look(|tx| unsettled::in_arrears(tx, lot.now, 10).unwrap());
    assert_eq!(arrears(&lot)[0].1, Money::yuan(12));
    let order = lot.reports(5007).pop().unwrap();
    lot.ok(6007, &notice(&order, 12, lot.now));
    assert!(arrears(&lot).is_empty());
}

#[test]
fn an_open_stay_of_the_plate_comes_before_what_it_owes_from_earlier() {
    let mut lot = Lot::new();
    assert!(lot.enter(PLATE));
    lot.pass_time(90);
    assert!(!lot.leave(PLATE));
    lot.open_exit("1");
    assert_eq!(lot.reports(5005)[0]["received"], 0);
    assert_eq!(lot.ok(6006, &fee(PLATE))["receivables"], 12);
    lot.pass_time(5);
    assert!(lot.enter(PLATE));
    assert_eq!(lot.ok(6006, &fee(PLATE))["receivables"], 0);
}

#[test]
fn a_payment_after_the_car_has_left_is_reported_and_its_record_corrected() {
    let mut lot = Lot::new();
    assert!(lot.enter(PLATE));
    lot.pass_time(90);
    assert!(!lot.leave(PLATE));
    let order = lot.reports(5007).pop().unwrap();
    lot.open_exit("1");
    lot.ok(6007, &notice(&order, 12, lot.now));
    let corrected = lot.reports(5006).pop().unwrap();
    assert_eq!((&corrected["receivables"], &corrected["received"]), (&json!(12), &json!(12)));
    assert_eq!(corrected["chargeIdList"].as_array().unwrap().len(), 1);
}

fn quote(lot: &mut Lot) -> Value {
    match lot.staff("9", StaffAction::Quote { plate_no: PLATE.parse().unwrap() }).0 {
        StaffAnswer::Done(body) => body,
        StaffAnswer::Refused(why) => panic!("{why:?}"),
    }
}

#[test]
fn what_an_old_order_leaves_unpaid_of_a_stay_that_has_ended_can_be_asked_for_and_paid() {
    let mut lot = street();
    see(&mut lot, "A1", SpaceSeen::Occupied);
    lot.pass_time(30);
    let order = lot.ok(6006, &by_space("A1"));
    lot.pass_time(60);
    see(&mut lot, "A1", SpaceSeen::Free);
    lot.pass_time(1);
    lot.ok(6007, &notice(&order, 10, lot.now));
    let left = lot.look(|tx| unsettled::in_arrears(tx, lot.now, 10).unwrap());
    assert_eq!(left[0].1, Money::yuan(2));
    let rest = lot.reports(5007).pop().unwrap();
    assert_eq!((&rest["receivables"], &rest["paidAmount"]), (&json!(12), &json!(10)));
    let asked = lot.ok(6006, &by_space("A1"));
    assert_eq!(asked["orderNo"], rest["orderNo"], "12 in all, 10 of it paid");
    let mut last = notice(&asked, 2, lot.now);
    last["chargeInfo"]["id"] = json!(format!("{:0>32}", 2));
    lot.ok(6007, &last);
    assert!(lot.look(|tx| unsettled::in_arrears(tx, lot.now, 10).unwrap()).is_empty());
    assert_eq!(lot.reports(5006).pop().unwrap()["received"], 12);
}

#[test]
fn what_a_car_that_has_gone_owes_is_told_and_taken_at_the_booth() {
    let mut lot = Lot::new();
    assert!(lot.enter(PLATE));
    lot.pass_time(90);
    assert!(!lot.leave(PLATE));
    lot.open_exit("1");
    lot.pass_time(600);
    assert_eq!(quote(&mut lot)["due"], 12);
}

#[test]
fn a_coupon_of_hours_takes_off_what_those_hours_of_an_ended_stay_cost() {
    let mut lot = street();
    see(&mut lot, "A1", SpaceSeen::Occupied);
    lot.pass_time(180);
    see(&mut lot, "A1", SpaceSeen::Free);
    let mut asked = by_space("A1");
    asked["couponType"] = json!(2);
    asked["couponValue"] = json!(1);
    let order = lot.ok(6006, &asked);
    assert_eq!((&order["receivables"], &order["discount"]), (&json!(14), &json!(2)));
}
