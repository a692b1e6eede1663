//! Payments deducted automatically (6008, C.1.2.6).

use crate::prelude::*;
use lotgate::lot::unsettled;

/// A car with a contract that has left first and owes 12.
fn left_by_contract() -> (Lot, Value) {
    let mut lot = Lot::with(|rules| rules.lanes[1].contract_rule = ContractRule::LeaveThenCharge);
    lot.ok(6008, &json!({ "parkCode": PARK_CODE, "plateNo": PLATE, "state": 1 }));
    assert!(lot.enter(PLATE));
    lot.pass_time(90);
    assert!(lot.leave(PLATE));
    let order = lot.reports(5007).pop().unwrap();
    (lot, order)
}

fn deducted(lot: &Lot, order: &Value, received: i64) -> Value {
    json!({ "parkCode": PARK_CODE, "chargeInfo": {
        "id": format!("{:0>32}", 7), "orderNo": order["orderNo"], "recordId": order["recordId"],
        "payTime": local(lot.now), "receivables": received, "discount": 0, "received": received,
        "payType": 6, "payFrom": "无感支付",
        "parkCarInfo": { "plateNo": PLATE, "eidEquiped": false },
    } })
}

fn sums(report: &Value) -> [i64; 3] {
    ["receivables", "discount", "received"].map(|name| report[name].as_i64().unwrap())
}

#[test]
fn a_car_with_a_contract_leaves_first_or_pays_first_as_its_lane_says() {
    for rule in [ContractRule::LeaveThenCharge, ContractRule::ChargeThenLeave] {
        let mut lot = Lot::with(|rules| rules.lanes[1].contract_rule = rule);
        assert!(lot.enter(PLATE));
        lot.pass_time(90);
        assert!(!lot.leave(PLATE), "no contract yet");
        let open = json!({ "parkCode": PARK_CODE, "plateNo": PLATE, "state": 1 });
        let (reply, out) = lot.command_at(900, 6008, &[open]);
        assert!(reply.succeeded() && reply.data.is_empty());
        let leaves = rule == ContractRule::LeaveThenCharge;
        assert_eq!(out.actuations.len(), usize::from(leaves), "{rule:?}");
    }
}

#[test]
fn who_leaves_first_has_paid_nothing_yet_and_the_deduction_is_asked_for() {
    let (lot, order) = left_by_contract();
    assert_eq!(sums(&lot.reports(5005)[0]), [12, 0, 0]);
    assert_eq!(lot.reports(5005)[0]["recordType"], 0, "as it should be");
    assert_eq!((&order["receivables"], &order["paidAmount"]), (&json!(12), &json!(0)));
    assert_eq!(lot.reports(5008), Vec::<Value>::new(), "nothing is deducted yet");
}

#[test]
fn the_platforms_deduction_is_the_one_charge_and_corrects_the_record() {
    let (mut lot, order) = left_by_contract();
    lot.pass_time(1);
    let notice = deducted(&lot, &order, 12);
    lot.ok(6007, &notice);
    let charges = lot.reports(5008);
    assert_eq!((charges.len(), sums(&charges[0])), (1, [12, 0, 12]));
    assert_eq!(charges[0]["id"], notice["chargeInfo"]["id"]);
    assert_eq!(sums(&lot.reports(5006)[0]), [12, 0, 12]);
}

#[test]
fn a_different_sum_is_kept_and_told_to_staff() {
    let (mut lot, order) = left_by_contract();
    let notice = deducted(&lot, &order, 8);
    let (_, out) = lot.command_at(5, 6007, &[notice]);
    let told = |one: &Happening| {
        matches!(one, Happening::PaidOtherwise { due, received, .. }
            if *due == Money::yuan(12) && *received == Money::yuan(8))
    };
    assert!(out.happenings.iter().any(told), "{:?}", out.happenings);
    assert_eq!(sums(&lot.reports(5006)[0]), [12, 0, 8]);
}

#[test]
fn what_is_not_deducted_within_a_day_is_in_arrears() {
    let (lot, _) = left_by_contract();
    let arrears = |lot: &Lot, hours| {
        let then = lot.now + SignedDuration::from_hours(hours);
        lot.look(|tx| unsettled::in_arrears(tx, then, 10).unwrap()).len()
    };
    assert_eq!(arrears(&lot, 24), 0, "the platform has a day");
    assert_eq!(arrears(&lot, 25), 1);
}

#[test]
fn a_contract_that_is_closed_lets_nobody_out() {
    let mut lot = Lot::with(|rules| rules.lanes[1].contract_rule = ContractRule::LeaveThenCharge);
    for state in [1, 0] {
        lot.ok(6008, &json!({ "parkCode": PARK_CODE, "plateNo": PLATE, "state": state }));
    }
    assert!(lot.enter(PLATE));
    lot.pass_time(90);
    assert!(!lot.leave(PLATE));
}

/// What the lanes' display was told beside how much is free.
fn greetings(shows: &[Show]) -> Vec<Scene> {
    let scenes = shows.iter().map(|show| show.scene.clone());
    scenes.filter(|scene| !matches!(scene, Scene::Idle { .. })).collect()
}

#[test]
fn the_entry_tells_a_car_that_its_payments_are_deducted_as_soon_as_that_is_known() {
    let plate = || PLATE.to_owned();
    let with_display = || Lot::with(|rules| rules.lanes[0].display = Some(DISPLAY.into()));
    let mut lot = with_display();
    lot.ok(6008, &json!({ "parkCode": PARK_CODE, "plateNo": PLATE, "state": 1 }));
    assert!(lot.enter(PLATE));
    assert_eq!(greetings(&lot.shows), [Scene::ContractWelcome { plate: plate() }]);
    let record_id = record_of(&lot);
    let (_, out) = lot.apply(&Input::ContractAnswered { record_id, open: true });
    assert_eq!(greetings(&out.shows), [], "it was said");

    // The platform is asked while the car comes in (C.1.2.6 a).
    for (later, open, told) in [(3, true, true), (3, false, false), (11, true, false)] {
        let mut lot = with_display();
        assert!(lot.enter(PLATE));
        assert_eq!(greetings(&lot.shows), [Scene::Welcome { plate: plate() }]);
        lot.now += SignedDuration::from_secs(later);
        let record_id = record_of(&lot);
        let (_, out) = lot.apply(&Input::ContractAnswered { record_id, open });
        let greeted = greetings(&out.shows) == [Scene::ContractWelcome { plate: plate() }];
        assert_eq!(greeted, told, "{later} {open}");
    }
}
