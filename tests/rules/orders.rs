//! Quoted orders (6006, 5007): what a driver was told is what he pays, if he pays it in time.

use crate::prelude::*;
use lotgate::lot::unsettled;

/// The one car, in at 08:00; an hour costs 10, each further one 2, the leaving time is 15 min.
fn parked_since_eight() -> Lot {
    let mut lot = Lot::new();
    assert!(lot.enter(PLATE));
    lot
}

fn clock(lot: &mut Lot, time: &str) -> Outcome {
    lot.now = at(&format!("2026-03-02T{time}"));
    lot.tick()
}

fn pays(order: &Value, id: &str, received: i64, pay_time: &str) -> Value {
    json!({ "parkCode": PARK_CODE, "chargeInfo": {
        "id": format!("{id:0>32}"), "orderNo": order["orderNo"], "recordId": order["recordId"],
        "payTime": format!("2026-03-02 {pay_time}"), "receivables": received, "discount": 0,
        "received": received, "payType": 2, "payFrom": "微信公众号",
        "parkCarInfo": { "plateNo": PLATE, "eidEquiped": false },
    } })
}

fn sums(report: &Value) -> [i64; 3] {
    ["receivables", "discount", "received"].map(|name| report[name].as_i64().unwrap())
}

/// The amount a display showed last.
fn shown_fee(out: &Outcome) -> Option<Money> {
    out.shows.iter().rev().find_map(|show| match show.scene {
        Scene::Fee { fee, .. } => Some(fee),
        _ => None,
    })
}

#[test]
fn what_was_quoted_just_before_a_price_boundary_is_enough_just_after_it() {
    let mut lot = parked_since_eight();
    clock(&mut lot, "08:59:50");
    let order = lot.ok(6006, &fee(PLATE));
    clock(&mut lot, "09:00:20");
    lot.ok(6007, &pays(&order, "1", 10, "09:00:15"));
    clock(&mut lot, "09:14:00");
    assert!(lot.leave(PLATE));
    assert_eq!(sums(&lot.reports(5005)[0]), [10, 0, 10], "the fee up to the moment quoted");
}

#[test]
fn the_same_while_the_car_waits_at_the_exit_opens_at_once() {
    let mut lot = parked_since_eight();
    clock(&mut lot, "08:59:50");
    assert!(!lot.leave(PLATE));
    let order = lot.reports(5007).pop().unwrap();
    clock(&mut lot, "09:00:20");
    let (_, out) = lot.command_at(1, 6007, &[pays(&order, "1", 10, "09:00:15")]);
    assert_eq!(out.actuations.len(), 1);
}

#[test]
fn a_coupon_that_was_quoted_counts_when_the_rest_is_paid_whether_or_not_the_payment_says_so() {
    for said in [0, 3] {
        let mut lot = parked_since_eight();
        clock(&mut lot, "08:50:00");
        let mut query = fee(PLATE);
        query["couponType"] = json!(1);
        query["couponValue"] = json!(3);
        let order = lot.ok(6006, &query);
        let mut payment = pays(&order, "1", 7, "08:51:00");
        payment["chargeInfo"]["discount"] = json!(said);
        clock(&mut lot, "08:52:00");
        lot.ok(6007, &payment);
        assert!(lot.leave(PLATE), "discount {said}");
        assert_eq!(sums(&lot.reports(5005)[0]), [10, 3, 7]);
        assert_eq!(sums(&lot.reports(5008)[0]), [10, 3, 7]);
    }
}

#[test]
fn less_than_what_was_quoted_is_not_enough_and_two_halves_are() {
    let mut lot = parked_since_eight();
    clock(&mut lot, "08:59:50");
    let order = lot.ok(6006, &fee(PLATE));
    clock(&mut lot, "09:01:00");
    lot.ok(6007, &pays(&order, "1", 4, "09:01:00"));
    assert!(!lot.leave(PLATE));
    let (_, out) = lot.command_at(2, 6007, &[pays(&order, "2", 6, "09:02:00")]);
    assert_eq!(out.actuations.len(), 1);
    assert_eq!(sums(&lot.reports(5005)[0]), [10, 0, 10]);
}

#[test]
fn a_payment_later_than_pay_within_pays_what_it_pays() {
    let mut lot = parked_since_eight();
    clock(&mut lot, "08:59:50");
    let order = lot.ok(6006, &fee(PLATE));
    clock(&mut lot, "09:05:00");
    lot.ok(6007, &pays(&order, "1", 10, "09:04:51"));
    assert!(!lot.leave(PLATE));
    assert_eq!(lot.reports(5007).pop().unwrap()["receivables"], 12);
}

#[test]
fn an_order_quoted_again_unchanged_keeps_its_number_and_takes_the_new_moment() {
    let mut lot = parked_since_eight();
    clock(&mut lot, "08:30:00");
    let first = lot.ok(6006, &fee(PLATE));
    clock(&mut lot, "08:59:00");
    let second = lot.ok(6006, &fee(PLATE));
    assert_eq!(first["orderNo"], second["orderNo"]);
    clock(&mut lot, "09:03:00");
    lot.ok(6007, &pays(&first, "1", 10, "09:03:00"));
    assert!(lot.leave(PLATE));
}

#[test]
fn an_earlier_end_informs_and_never_binds() {
    let mut lot = parked_since_eight();
    clock(&mut lot, "09:30:00");
    let mut query = fee(PLATE);
    query["endTime"] = json!("2026-03-02 08:59:00");
    let order = lot.ok(6006, &query);
    assert_eq!(order["receivables"], 10);
    lot.ok(6007, &pays(&order, "1", 10, "09:30:00"));
    assert!(!lot.leave(PLATE), "2 are due");
}

#[test]
fn a_later_end_is_paid_ahead_and_the_leaving_time_runs_from_it() {
    let mut lot = parked_since_eight();
    clock(&mut lot, "08:30:00");
    let mut query = fee(PLATE);
    query["endTime"] = json!("2026-03-02 10:30:00");
    let order = lot.ok(6006, &query);
    assert_eq!(order["receivables"], 14);
    lot.ok(6007, &pays(&order, "1", 14, "08:31:00"));
    clock(&mut lot, "10:44:00");
    assert!(lot.leave(PLATE));
    assert_eq!(sums(&lot.reports(5005)[0]), [14, 0, 14]);
}

#[test]
fn who_paid_ahead_and_leaves_before_pays_what_was_quoted() {
    let mut lot = parked_since_eight();
    clock(&mut lot, "08:30:00");
    let mut query = fee(PLATE);
    query["endTime"] = json!("2026-03-02 10:30:00");
    let order = lot.ok(6006, &query);
    lot.ok(6007, &pays(&order, "1", 14, "08:31:00"));
    clock(&mut lot, "08:40:00");
    assert!(lot.leave(PLATE));
    assert_eq!(sums(&lot.reports(5005)[0]), [14, 0, 14], "settled up to the moment quoted");
}

#[test]
fn a_payment_told_late_counts_as_of_its_moment_and_anew_for_who_stood_at_the_exit() {
    for (read_at, opens) in [(Some("09:10:00"), true), (Some("09:20:00"), false), (None, false)] {
        let mut lot = parked_since_eight();
        clock(&mut lot, "08:59:50");
        let order = lot.ok(6006, &fee(PLATE));
        if let Some(read_at) = read_at {
            clock(&mut lot, read_at);
            assert!(!lot.leave(PLATE));
        }
        clock(&mut lot, "10:30:00");
        lot.ok(6007, &pays(&order, "1", 10, "09:00:10"));
        clock(&mut lot, "10:44:00");
        assert_eq!(lot.leave(PLATE), opens, "{read_at:?}");
    }
}

#[test]
fn who_needs_ninety_seconds_for_the_code_still_opens_the_barrier() {
    let mut lot = parked_since_eight();
    clock(&mut lot, "08:50:00");
    assert!(!lot.leave(PLATE));
    let order = lot.reports(5007).pop().unwrap();
    clock(&mut lot, "08:54:30");
    let (_, out) = lot.command_at(1, 6007, &[pays(&order, "1", 10, "08:54:20")]);
    assert_eq!(out.actuations.len(), 1);
}

#[test]
fn a_car_held_for_money_is_gone_when_another_is_read_it_turns_back_or_its_time_is_over() {
    type Event = fn(&mut Lot);
    let events: [Event; 3] = [
        |lot| assert!(!lot.leave("粤A00001")),
        |lot| {
            let plate = Some(PLATE.parse().unwrap());
            lot.device(DeviceEvent::TurnedBack { device_id: EXIT.into(), plate });
        },
        |lot| drop(clock(lot, "08:55:01")),
    ];
    for event in events {
        let mut lot = parked_since_eight();
        clock(&mut lot, "08:50:00");
        assert!(!lot.leave(PLATE));
        let order = lot.reports(5007).pop().unwrap();
        event(&mut lot);
        let (_, out) = lot.command_at(1, 6007, &[pays(&order, "1", 10, "08:52:00")]);
        assert!(out.actuations.is_empty());
    }
}

#[test]
fn what_is_still_due_of_a_car_that_waits_is_asked_and_shown_at_once() {
    let mut lot = Lot::with(|rules| rules.lanes[1].display = Some(DISPLAY.into()));
    assert!(lot.enter(PLATE));
    clock(&mut lot, "08:50:00");
    assert!(!lot.leave(PLATE));
    let order = lot.reports(5007).pop().unwrap();
    let (_, out) = lot.command_at(1, 6007, &[pays(&order, "1", 4, "08:50:10")]);
    assert_eq!(shown_fee(&out), Some(Money::yuan(6)));
    let rest = lot.reports(5007).pop().unwrap();
    assert_eq!((&rest["receivables"], &rest["paidAmount"]), (&json!(10), &json!(4)));
    assert_ne!(rest["orderNo"], order["orderNo"]);
}

#[test]
fn a_payment_without_an_order_gets_one_of_its_own() {
    let mut lot = parked_since_eight();
    clock(&mut lot, "08:50:00");
    let notice = paid(&lot, "1", 10);
    lot.ok(6007, &notice);
    assert!(lot.reports(5008)[0]["orderNo"].as_str().is_some_and(|number| !number.is_empty()));
}

#[test]
fn a_payment_of_cash_for_the_amount_on_the_display_settles_what_the_display_said() {
    let mut lot = parked_since_eight();
    clock(&mut lot, "08:59:50");
    assert!(!lot.leave(PLATE));
    clock(&mut lot, "09:00:30");
    let (answer, out) = lot.staff("1", StaffAction::Pay(Box::new(cash(10))));
    assert!(matches!(answer, StaffAnswer::Done(_)), "{answer:?}");
    assert_eq!(out.actuations.len(), 1);
    assert_eq!(sums(&lot.reports(5005)[0]), [10, 0, 10]);
}

#[test]
fn a_price_is_quoted_at_the_booth_without_taking_money_and_binds_like_any_other() {
    let mut lot = parked_since_eight();
    clock(&mut lot, "08:59:50");
    let (answer, _) = lot.staff("1", StaffAction::Quote { plate_no: PLATE.parse().unwrap() });
    let StaffAnswer::Done(bill) = answer else { panic!("{answer:?}") };
    assert_eq!((&bill["receivables"], &bill["due"]), (&json!(10), &json!(10)));
    assert!(lot.reports(5007).is_empty() && lot.reports(5008).is_empty());
    clock(&mut lot, "09:00:30");
    lot.staff("2", StaffAction::Pay(Box::new(cash(10))));
    assert!(lot.leave(PLATE));
}

#[test]
fn the_booth_takes_no_more_than_is_due_and_says_how_much_that_is() {
    let mut lot = parked_since_eight();
    let pay = |lot: &mut Lot, id: &str, yuan: i64| {
        lot.staff(id, StaffAction::Pay(Box::new(cash(yuan)))).0
    };
    clock(&mut lot, "08:05:00");
    assert_eq!(pay(&mut lot, "1", 9999), StaffAnswer::Refused(Refusal::NothingDue));
    clock(&mut lot, "08:50:00");
    assert!(matches!(pay(&mut lot, "2", 5), StaffAnswer::Done(_)));
    let more = Refusal::MoreThanDue { due: Money::yuan(5) };
    assert_eq!(pay(&mut lot, "3", 20), StaffAnswer::Refused(more));
    assert!(matches!(pay(&mut lot, "4", 5), StaffAnswer::Done(_)));
    let charges: Vec<_> = lot.reports(5008).iter().map(sums).collect();
    assert_eq!(charges, [[10, 0, 5], [5, 0, 5]], "receivables is what was due");
    assert!(lot.leave(PLATE));
    assert_eq!(sums(&lot.reports(5005)[0]), [10, 0, 10]);
}

#[test]
fn who_paid_twice_leaves_with_the_fee_and_stands_in_the_list_of_refunds_until_it_is_given_back() {
    let mut lot = parked_since_eight();
    clock(&mut lot, "08:50:00");
    let order = lot.ok(6006, &fee(PLATE));
    lot.staff("1", StaffAction::Pay(Box::new(cash(10))));
    lot.ok(6007, &pays(&order, "2", 10, "08:51:00"));
    assert!(lot.leave(PLATE));
    assert_eq!(sums(&lot.reports(5005)[0]), [10, 0, 20]);
    let to_refund = |lot: &Lot| lot.look(|tx| unsettled::overpaid(tx, 10).unwrap());
    assert_eq!(to_refund(&lot)[0].1, Money::yuan(10));
    let refund = Refund {
        record_id: record_of(&lot),
        refund_money: Money::yuan(10),
        refund_type: 1,
        refund_from: "线下缴费".to_owned(),
    };
    lot.staff("3", StaffAction::Refund(refund));
    assert_eq!(lot.reports(5009).len(), 1);
    assert!(to_refund(&lot).is_empty());
}

#[test]
fn money_given_back_to_a_car_inside_is_due_again() {
    let mut lot = parked_since_eight();
    clock(&mut lot, "08:50:00");
    lot.staff("1", StaffAction::Pay(Box::new(cash(10))));
    let refund = Refund {
        record_id: record_of(&lot),
        refund_money: Money::yuan(10),
        refund_type: 1,
        refund_from: "线下缴费".to_owned(),
    };
    lot.staff("2", StaffAction::Refund(refund));
    assert!(!lot.leave(PLATE));
    assert_eq!(lot.reports(5007).pop().unwrap()["receivables"], 10);
}

fn cash(yuan: i64) -> StaffPayment {
    StaffPayment {
        plate_no: PLATE.parse().unwrap(),
        received: Money::yuan(yuan),
        discount: Money::ZERO,
        pay_type: 1,
        pay_from: "线下缴费".to_owned(),
        discounts: Vec::new(),
    }
}

#[test]
fn who_pays_nothing_again_and_again_gets_time_for_it_only_while_his_stay_costs_nothing() {
    let mut lot = parked_since_eight();
    for (id, time) in [("1", "08:14:00"), ("2", "08:28:00"), ("3", "08:42:00")] {
        clock(&mut lot, time);
        let order = lot.ok(6006, &fee(PLATE));
        let sum = if id == "3" { 10 } else { 0 };
        assert_eq!(order["receivables"], sum, "{time}");
        lot.ok(6007, &pays(&order, id, 0, time));
    }
    assert!(!lot.leave(PLATE));
}

#[test]
fn a_part_of_the_fee_that_happens_to_be_a_coupons_rest_redeems_no_coupon() {
    let mut lot = parked_since_eight();
    clock(&mut lot, "08:50:00");
    let mut query = fee(PLATE);
    query["couponType"] = json!(1);
    query["couponValue"] = json!(3);
    assert_eq!(lot.ok(6006, &query)["discount"], 3);
    let (answer, _) = lot.staff("1", StaffAction::Pay(Box::new(cash(7))));
    assert!(matches!(answer, StaffAnswer::Done(body) if body["due"] == 3));
    assert!(!lot.leave(PLATE));
}

#[test]
fn who_was_at_the_exit_long_before_he_paid_has_no_time_anew_for_it() {
    for turned_back in [true, false] {
        let mut lot = parked_since_eight();
        assert!(lot.enter("粤B00001"));
        clock(&mut lot, "08:50:00");
        assert!(!lot.leave(PLATE));
        if turned_back {
            let plate = Some(PLATE.parse().unwrap());
            lot.device(DeviceEvent::TurnedBack { device_id: EXIT.into(), plate });
        } else {
            assert!(!lot.leave("粤B00001"));
        }
        clock(&mut lot, "10:00:00");
        let order = lot.ok(6006, &fee(PLATE));
        // Told two hours late.
        clock(&mut lot, "12:00:00");
        lot.ok(6007, &pays(&order, "1", 12, "10:00:30"));
        assert!(!lot.leave(PLATE), "turned back: {turned_back}");
    }
}

#[test]
fn staff_name_a_cars_record_where_it_drives_out_and_not_where_cars_come_in() {
    let mut lot = parked_since_eight();
    let record_id = Some(record_of(&lot));
    clock(&mut lot, "10:00:00");
    let lane_id = lot.rules.lanes[0].id.clone();
    let reason = "看不清".to_owned();
    let (answer, out) = lot.staff("1", StaffAction::OpenLane { lane_id, reason, record_id });
    assert!(matches!(answer, StaffAnswer::Refused(Refusal::LeadsIn)), "{answer:?}");
    assert_eq!((out.actuations.len(), lot.reports(5005).len()), (0, 0));
}

#[test]
fn an_order_paid_in_time_settles_a_stay_that_had_ended_when_the_lot_heard_of_it() {
    // Let out by hand within the leaving time, and only after it.
    for (left, sums_told) in [("09:03:00", [10, 0, 10]), ("09:20:00", [12, 0, 10])] {
        let mut lot = parked_since_eight();
        clock(&mut lot, "08:59:50");
        let order = lot.ok(6006, &fee(PLATE));
        clock(&mut lot, left);
        assert!(!lot.leave(PLATE));
        lot.open_exit("1");
        clock(&mut lot, "10:00:00");
        lot.ok(6007, &pays(&order, "1", 10, "09:00:15"));
        assert_eq!(sums(&lot.reports(5006).pop().unwrap()), sums_told, "left at {left}");
    }
}

#[test]
fn an_order_quoted_before_and_paid_long_after_pays_what_it_pays_of_an_ended_stay() {
    let mut lot = parked_since_eight();
    clock(&mut lot, "08:59:50");
    let order = lot.ok(6006, &fee(PLATE));
    clock(&mut lot, "09:03:00");
    assert!(!lot.leave(PLATE));
    lot.open_exit("1");
    clock(&mut lot, "12:00:00");
    lot.ok(6007, &pays(&order, "1", 10, "11:59:00"));
    assert_eq!(sums(&lot.reports(5006).pop().unwrap()), [12, 0, 10]);
}

#[test]
fn what_was_given_back_whole_is_due_asked_for_and_owed_like_what_was_never_paid() {
    let mut lot = parked_since_eight();
    clock(&mut lot, "08:50:00");
    let (answer, _) = lot.staff("1", StaffAction::Pay(Box::new(cash(10))));
    assert!(matches!(answer, StaffAnswer::Done(body) if body["due"] == 0));
    clock(&mut lot, "08:51:00");
    lot.staff("2", refund_of(&lot, 10));
    clock(&mut lot, "08:52:00");
    assert!(!lot.leave(PLATE));
    let asked = lot.reports(5007).pop().unwrap();
    assert_eq!((&asked["receivables"], &asked["paidAmount"]), (&json!(10), &json!(0)));
    // A part of it paid again is a part.
    let (answer, _) = lot.staff("3", StaffAction::Pay(Box::new(cash(1))));
    assert!(matches!(answer, StaffAnswer::Done(body) if body["due"] == 9));
    lot.open_exit("4");
    assert_eq!(sums(&lot.reports(5005)[0]), [10, 0, 1]);
    let owed = lot.look(|tx| unsettled::in_arrears(tx, lot.now, 10).unwrap());
    assert_eq!(owed[0].1, Money::yuan(9));
}

fn refund_of(lot: &Lot, yuan: i64) -> StaffAction {
    StaffAction::Refund(Refund {
        record_id: record_of(lot),
        refund_money: Money::yuan(yuan),
        refund_type: 1,
        refund_from: "岗亭".to_owned(),
    })
}

#[test]
fn an_end_in_the_second_that_is_running_is_now() {
    let mut lot = parked_since_eight();
    clock(&mut lot, "08:59:50.600");
    let mut query = fee(PLATE);
    query["endTime"] = json!("2026-03-02 08:59:50");
    let order = lot.ok(6006, &query);
    clock(&mut lot, "09:01:00");
    lot.ok(6007, &pays(&order, "1", 10, "09:00:30"));
    assert!(lot.leave(PLATE));
}

#[test]
fn a_payment_of_the_platform_that_names_no_order_has_one_of_its_own() {
    let mut lot = parked_since_eight();
    clock(&mut lot, "08:50:00");
    let order = lot.ok(6006, &fee(PLATE));
    let mut nameless = pays(&order, "1", 10, "08:50:30");
    nameless["chargeInfo"]["orderNo"].take();
    clock(&mut lot, "08:51:00");
    lot.ok(6007, &nameless);
    lot.ok(6007, &pays(&order, "2", 10, "08:50:40"));
    let charges = lot.reports(5008);
    assert_ne!(charges[0]["orderNo"], charges[1]["orderNo"]);
    assert_eq!(charges[1]["orderNo"], order["orderNo"]);
}

#[test]
fn a_payment_whose_order_is_another_cars_is_refused() {
    let mut lot = parked_since_eight();
    clock(&mut lot, "08:50:00");
    let order = lot.ok(6006, &fee(PLATE));
    assert!(lot.enter("粤B00001"));
    let mut other = pays(&order, "1", 10, "08:50:00");
    other["chargeInfo"]["recordId"] = json!(record_of(&lot));
    assert_eq!(lot.refused(6007, &other), 1100);
}

#[test]
fn a_refund_of_more_than_one_order_is_told_for_each() {
    let mut lot = parked_since_eight();
    clock(&mut lot, "08:50:00");
    for id in ["1", "2"] {
        let order = json!({ "recordId": record_of(&lot) });
        let sum = if id == "1" { 7 } else { 8 };
        let mut payment = pays(&order, id, sum, "08:50:00");
        payment["chargeInfo"]["orderNo"].take();
        lot.ok(6007, &payment);
    }
    lot.staff("3", refund_of(&lot, 10));
    lot.staff("4", refund_of(&lot, 5));
    let charges = lot.reports(5008);
    let refunds = lot.reports(5009);
    for charge in &charges {
        let its = refunds.iter().filter(|refund| refund["orderNo"] == charge["orderNo"]);
        let given_back: i64 = its.map(|refund| refund["refundMoney"].as_i64().unwrap()).sum();
        assert_eq!(charge["received"], given_back, "{refunds:?}");
    }
    let ids: std::collections::BTreeSet<_> =
        refunds.iter().map(|refund| refund["id"].to_string()).collect();
    assert_eq!(ids.len(), refunds.len());
}

#[test]
fn a_stay_that_nobody_saw_end_costs_no_more_than_was_paid_and_no_more_than_it_cost() {
    for (paid, refund, told) in [(10, 0, [10, 0, 10]), (4, 0, [4, 0, 4]), (10, 10, [0, 0, 0])] {
        let mut lot = parked_since_eight();
        clock(&mut lot, "08:50:00");
        lot.staff("1", StaffAction::Pay(Box::new(cash(paid))));
        if refund > 0 {
            lot.staff("2", refund_of(&lot, refund));
        }
        let correction = Correction {
            record_id: Some(record_of(&lot)),
            leave_time: Some(lot.now),
            ..Correction::default()
        };
        lot.staff("3", StaffAction::Correct(Box::new(correction)));
        assert_eq!(sums(&lot.reports(5005)[0]), told, "{paid} {refund}");
    }
    // Overpaid by two ways, and seen leaving by nobody.
    let mut lot = parked_since_eight();
    clock(&mut lot, "08:50:00");
    let order = lot.ok(6006, &fee(PLATE));
    lot.staff("1", StaffAction::Pay(Box::new(cash(10))));
    lot.ok(6007, &pays(&order, "2", 10, "08:50:00"));
    clock(&mut lot, "08:53:00");
    assert!(lot.enter(PLATE));
    assert_eq!(sums(&lot.reports(5005)[0]), [10, 0, 20]);
    assert_eq!(lot.look(|tx| unsettled::overpaid(tx, 9).unwrap())[0].1, Money::yuan(10));
}

#[test]
fn what_was_given_back_whole_after_the_stay_is_owed_and_a_late_order_still_binds() {
    let mut lot = parked_since_eight();
    clock(&mut lot, "08:59:50");
    let order = lot.ok(6006, &fee(PLATE));
    clock(&mut lot, "09:03:00");
    assert!(!lot.leave(PLATE));
    lot.open_exit("1");
    lot.staff("2", StaffAction::Pay(Box::new(cash(12))));
    lot.staff("3", refund_of(&lot, 12));
    let owed = |lot: &Lot| lot.look(|tx| unsettled::in_arrears(tx, lot.now, 9).unwrap());
    assert_eq!(owed(&lot)[0].1, Money::yuan(12));
    assert_eq!(sums(&lot.reports(5006).pop().unwrap()), [12, 0, 0]);
    lot.ok(6007, &pays(&order, "4", 10, "09:00:15"));
    assert_eq!(sums(&lot.reports(5006).pop().unwrap()), [10, 0, 10]);
    assert!(owed(&lot).is_empty());
}

#[test]
fn what_is_given_back_to_a_car_that_waits_is_asked_anew_under_another_number() {
    let mut lot = parked_since_eight();
    clock(&mut lot, "09:30:00");
    assert!(!lot.leave(PLATE));
    lot.staff("1", StaffAction::Pay(Box::new(cash(6))));
    let rest = lot.reports(5007).pop().unwrap();
    assert_eq!(rest["paidAmount"], 6);
    lot.staff("2", refund_of(&lot, 6));
    let whole = lot.reports(5007).pop().unwrap();
    assert_eq!((&whole["receivables"], &whole["paidAmount"]), (&json!(12), &json!(0)));
    lot.ok(6007, &pays(&rest, "3", 6, "09:30:00"));
    let last = lot.reports(5007).pop().unwrap();
    assert_ne!(last["orderNo"], rest["orderNo"], "that one was paid");
    let (_, out) = lot.command_at(99, 6007, &[pays(&last, "4", 6, "09:30:00")]);
    assert_eq!(out.actuations.len(), 1);
}

#[test]
fn an_order_number_of_blanks_is_none() {
    let mut lot = parked_since_eight();
    clock(&mut lot, "08:50:00");
    let order = json!({ "recordId": record_of(&lot), "orderNo": " " });
    lot.ok(6007, &pays(&order, "1", 10, "08:50:00"));
    assert_eq!(lot.reports(5008)[0]["orderNo"].as_str().map(str::len), Some(32));
}

#[test]
fn a_refund_names_the_order_that_was_paid_since_all_before_was_given_back() {
    let mut lot = parked_since_eight();
    clock(&mut lot, "08:50:00");
    lot.staff("1", StaffAction::Pay(Box::new(cash(10))));
    lot.staff("2", refund_of(&lot, 10));
    lot.staff("3", StaffAction::Pay(Box::new(cash(10))));
    lot.staff("4", refund_of(&lot, 4));
    let charges = lot.reports(5008);
    let refunds = lot.reports(5009);
    let named = |at: usize| (refunds[at]["orderNo"].clone(), refunds[at]["refundMoney"].clone());
    assert_eq!(named(0), (charges[0]["orderNo"].clone(), json!(10)));
    assert_eq!(named(1), (charges[1]["orderNo"].clone(), json!(4)));
}

#[test]
fn who_made_way_at_the_exit_has_his_time_anew_when_the_news_of_his_payment_comes_late() {
    for turned_back in [false, true] {
        let mut lot = parked_since_eight();
        assert!(lot.enter("粤B00001"));
        clock(&mut lot, "08:50:00");
        let order = lot.ok(6006, &fee(PLATE));
        clock(&mut lot, "08:53:00");
        assert!(!lot.leave(PLATE));
        if turned_back {
            let plate = Some(PLATE.parse().unwrap());
            lot.device(DeviceEvent::TurnedBack { device_id: EXIT.into(), plate });
        }
        assert!(!lot.leave("粤B00001"));
        clock(&mut lot, "09:30:00");
        lot.ok(6007, &pays(&order, "1", 10, "08:54:00"));
        clock(&mut lot, "09:40:00");
        assert_eq!(lot.leave(PLATE), !turned_back);
    }
}
