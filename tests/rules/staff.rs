//! What staff do.

use crate::prelude::*;
use lotgate::model::input::Answer;
use lotgate::model::merchant::NewPass;
use lotgate::model::staff::{StaffCommand, said_as};

fn done(answer: &StaffAnswer) -> &Value {
    match answer {
        StaffAnswer::Done(reply) => reply,
        StaffAnswer::Refused(refusal) => panic!("{refusal:?}"),
    }
}

fn payment(received: i64) -> StaffAction {
    StaffAction::Pay(Box::new(StaffPayment {
        plate_no: PLATE.parse().unwrap(),
        received: Money::yuan(received),
        discount: Money::ZERO,
        pay_type: 1,
        pay_from: "线下缴费".to_owned(),
        discounts: Vec::new(),
    }))
}

fn refund(lot: &Lot, yuan: i64) -> StaffAction {
    StaffAction::Refund(Refund {
        record_id: record_of(lot),
        refund_money: Money::yuan(yuan),
        refund_type: 1,
        refund_from: "线下缴费".to_owned(),
    })
}

#[test]
fn a_refund_is_reported_once_and_never_more_than_was_received() {
    let mut lot = Lot::new();
    assert!(lot.enter(PLATE));
    lot.pass_time(90);
    assert_eq!(done(&lot.staff("1", payment(12)).0)["due"], 0);
    let more = refund(&lot, 13);
    assert_eq!(lot.staff("2", more).0, StaffAnswer::Refused(Refusal::MoreThanReceived));
    let half = refund(&lot, 6);
    let (first, out) = lot.staff("2", half.clone());
    let by_whom = |told: &Happening| matches!(told, Happening::Refunded { by, money, .. } if by == "张三" && *money == Money::yuan(6));
    assert!(out.happenings.iter().any(by_whom), "{:?}", out.happenings);
    assert_eq!(done(&first)["received"], 6);
    assert_eq!(lot.staff("2", half).0, first);
    let seven = refund(&lot, 7);
    assert_eq!(lot.staff("3", seven).0, StaffAnswer::Refused(Refusal::MoreThanReceived));
    let refunds = lot.reports(5009);
    assert_eq!(refunds.len(), 1);
    assert_eq!(
        (&refunds[0]["refundMoney"], &refunds[0]["id"]),
        (&json!(6), &json!(format!("{:0>32}", 2)))
    );
    assert_eq!(refunds[0]["orderNo"], lot.reports(5008)[0]["orderNo"]);
}

#[test]
fn a_payment_is_asked_once_for_what_is_owed_and_not_any_more_when_it_was_paid() {
    let mut lot = Lot::new();
    assert!(lot.enter(PLATE));
    lot.pass_time(90);
    for _ in 0..2 {
        assert!(!lot.leave(PLATE));
    }
    let asked = lot.reports(5007);
    assert_eq!(asked.len(), 1);
    let order = lot.ok(6006, &fee(PLATE));
    assert_eq!((&asked[0]["orderNo"], &asked[0]["receivables"]), (&order["orderNo"], &json!(12)));
    let notice = paid(&lot, "1", 12);
    lot.ok(6007, &notice);
    assert_eq!(lot.reports(5007), Vec::<Value>::new());
    let ask = StaffAction::AskPayment { plate_no: PLATE.parse().unwrap() };
    assert_eq!(lot.staff("1", ask).0, StaffAnswer::Refused(Refusal::NotInside));
}

#[test]
fn a_misread_plate_is_corrected_and_the_car_leaves_under_its_true_one() {
    let mut lot = Lot::new();
    assert!(lot.enter("粤B8888B"));
    lot.pass_time(5);
    assert!(!lot.leave(PLATE));
    let correction = Correction {
        record_id: Some(record_of(&lot)),
        plate_no: Some(PLATE.parse().unwrap()),
        ..Correction::default()
    };
    let correct = StaffAction::Correct(Box::new(correction));
    let (answer, out) = lot.staff("1", correct.clone());
    assert_eq!((done(&answer)["status"].as_str(), out.actuations.len()), (Some("corrected"), 1));
    let corrected = &lot.reports(5006)[0];
    assert_eq!(
        (&corrected["parkCarInfo"]["plateNo"], &corrected["id"]),
        (&json!(PLATE), &lot.reports(5004)[0]["id"])
    );
    assert_eq!(lot.staff("1", correct).1.actuations.len(), 0);
}

#[test]
fn a_stay_whose_end_nobody_saw_is_ended_by_hand() {
    let mut lot = Lot::new();
    assert!(lot.enter(PLATE));
    let correction = |time: Timestamp, id| {
        StaffAction::Correct(Box::new(Correction {
            record_id: Some(id),
            leave_time: Some(time),
            ..Correction::default()
        }))
    };
    let (early, id) = (lot.now - SignedDuration::from_mins(1), record_of(&lot));
    let refused = lot.staff("1", correction(early, id.clone())).0;
    assert_eq!(refused, StaffAnswer::Refused(Refusal::EndsBeforeItBegan));
    lot.pass_time(60);
    let now = lot.now;
    done(&lot.staff("1", correction(now, id)).0);
    assert_eq!(lot.counts(), (0, 0, 4));
    assert_eq!(
        (lot.reports(5005)[0]["recordType"].clone(), lot.reports(5006).len()),
        (json!(1), 0)
    );
}

#[test]
fn a_stay_on_the_street_that_staff_end_leaves_what_it_cost_to_be_paid() {
    let mut lot = street();
    lot.device(DeviceEvent::Space { space_no: "A1".to_owned(), seen: SpaceSeen::Occupied });
    lot.pass_time(90);
    let correction = Correction {
        record_id: Some(record_of(&lot)),
        leave_time: Some(lot.now),
        ..Correction::default()
    };
    done(&lot.staff("1", StaffAction::Correct(Box::new(correction))).0);
    let left = &lot.reports(5005)[0];
    assert_eq!((&left["receivables"], &left["received"]), (&json!(12), &json!(0)));
    assert_eq!(lot.reports(5007)[0]["receivables"], 12);
}

#[test]
fn a_stay_corrected_after_it_was_paid_owes_or_has_too_much_of_what_it_was() {
    // 90 minutes are 12, five hours 18, half an hour 10.
    for (minutes_inside, due, fee) in [(5 * 60, 6, 18), (30, 0, 10)] {
        for by_order in [false, true] {
            let mut lot = Lot::new();
            assert!(lot.enter(PLATE));
            lot.pass_time(90);
            if by_order {
                crate::coupons::pay_by_order(&mut lot, "1");
            } else {
                crate::coupons::pay_due(&mut lot, "1");
            }
            let correction = Correction {
                record_id: Some(record_of(&lot)),
                enter_time: Some(lot.now - SignedDuration::from_mins(minutes_inside)),
                ..Correction::default()
            };
            done(&lot.staff("2", StaffAction::Correct(Box::new(correction))).0);
            let quote = StaffAction::Quote { plate_no: PLATE.parse().unwrap() };
            let told = done(&lot.staff("3", quote).0).clone();
            assert_eq!((&told["receivables"], &told["due"]), (&json!(fee), &json!(due)));
            assert_eq!(lot.leave(PLATE), due == 0, "{by_order}");
            if due > 0 {
                crate::coupons::pay_due(&mut lot, "4");
                lot.pass_time(1);
                assert!(lot.leave(PLATE));
                assert!(crate::coupons::settled(&lot));
            } else {
                let too_much = lot.look(|tx| lotgate::lot::unsettled::overpaid(tx, 10).unwrap());
                assert_eq!(too_much.len(), 1);
                assert_eq!(too_much[0].1, Money::yuan(2));
            }
            assert_eq!(lot.reports(5005)[0]["receivables"], fee);
        }
    }
}

#[test]
fn a_plate_corrected_after_it_was_paid_leaves_in_the_same_time() {
    let mut lot = Lot::new();
    assert!(lot.enter("粤B00009"));
    lot.pass_time(59);
    let order = lot.ok(6006, &fee("粤B00009"));
    lot.pass_time(4);
    let mut notice = paid(&lot, "1", 10);
    notice["chargeInfo"]["orderNo"] = order["orderNo"].clone();
    lot.ok(6007, &notice);
    let correction = Correction {
        record_id: Some(record_of(&lot)),
        plate_no: Some(PLATE.parse().unwrap()),
        ..Correction::default()
    };
    done(&lot.staff("2", StaffAction::Correct(Box::new(correction))).0);
    assert!(lot.leave(PLATE), "what was told before the hour was over is what it costs");
    assert_eq!(lot.reports(5005)[0]["receivables"], 10);
}

#[test]
fn the_same_id_said_otherwise_is_refused() {
    let mut lot = Lot::new();
    let (a, b) = (said_as("a"), said_as("b"));
    let mut say = |id: &str, said: Option<&str>, plate: &str| {
        let pass = NewPass {
            plates: vec![plate.parse().unwrap()],
            from: lot.now,
            until: lot.now + SignedDuration::from_hours(1),
            free: None,
            reason: "来访".to_owned(),
        };
        let command = StaffCommand {
            id: id.into(),
            said: said.map(str::to_owned),
            operator: "张三".to_owned(),
            action: StaffAction::GivePass(Box::new(pass)),
        };
        match lot.apply(&Input::Staff(command)).0 {
            Answer::Staff(answer) => answer,
            other => panic!("{other:?}"),
        }
    };
    let first = done(&say("1", Some(&a), PLATE)).clone();
    assert_eq!(done(&say("1", Some(&a), PLATE)), &first);
    assert_eq!(say("1", Some(&b), "粤B00002"), StaffAnswer::Refused(Refusal::IdUsed));
    assert_eq!(done(&say("1", None, "粤B00002")), &first, "of before there was a digest");
    let printed = done(&say("2", Some("its print"), "粤B00003")).clone();
    assert_eq!(done(&say("2", Some(&a), "粤B00003")), &printed, "of when it was of the print");
}

#[test]
fn leases_of_staff_cover_their_cars_and_are_reported_with_their_end() {
    let mut lot = Lot::new();
    let sent = lease(&[PLATE], 1, "2026-03-01", "2026-03-31", 0);
    let sent = serde_json::from_value(sent["lease"].clone()).unwrap();
    done(&lot.staff("1", StaffAction::SetLease(Box::new(sent))).0);
    assert!(lot.enter(PLATE));
    lot.pass_time(600);
    assert!(lot.leave(PLATE));
    let end = || StaffAction::EndLease { plates: vec![PLATE.parse().unwrap()] };
    done(&lot.staff("2", end()).0);
    assert_eq!(lot.staff("3", end()).0, StaffAnswer::Refused(Refusal::NoLease));
    let states: Vec<_> = lot.reports(5012).iter().map(|update| update["state"].clone()).collect();
    assert_eq!(states, [1, 2]);
    assert_eq!(lot.refused(6009, &json!({ "parkCode": PARK_CODE, "plateNo": PLATE })), 1106);
}

#[test]
fn a_lane_is_congested_while_a_car_is_held_long_and_stopped_by_staff() {
    let mut lot = Lot::new();
    let lane_id = || lot_lane(0);
    let states =
        |lot: &Lot| lot.reports(5011).iter().map(|s| s["state"].clone()).collect::<Vec<_>>();
    lot.ok(4001, &control("1", 1));
    for _ in 0..4 {
        assert!(!lot.enter(PLATE));
        lot.now += SignedDuration::from_secs(50);
        lot.tick();
    }
    assert_eq!(states(&lot), [2]);
    let open =
        StaffAction::OpenLane { lane_id: lane_id(), reason: "领导".to_owned(), record_id: None };
    let (answer, out) = lot.staff("1", open);
    assert_eq!((&done(&answer)["plateNo"], out.actuations.len()), (&json!(PLATE), 1));
    assert_eq!(lot.reports(5004).len(), 1, "who is let in has a record");
    assert_eq!(states(&lot), [1]);
    let stop = StaffAction::StopLane { lane_id: lane_id(), reason: "维修".to_owned() };
    done(&lot.staff("2", stop).0);
    let stopped = lot.reports(5011).pop().unwrap();
    assert_eq!((&stopped["state"], &stopped["comment"]), (&json!(4), &json!("张三：维修")));
    done(&lot.staff("3", StaffAction::NormalLane { lane_id: lane_id() }).0);
    assert_eq!(states(&lot), [1]);
}

#[test]
fn a_lane_whose_car_is_held_still_longer_is_badly_congested() {
    let mut lot = Lot::new();
    lot.ok(4001, &control("1", 1));
    let mut states = Vec::new();
    for _ in 0..9 {
        assert!(!lot.enter(PLATE));
        lot.now += SignedDuration::from_secs(50);
        lot.tick();
        let state = lot.reports(5011).pop().map_or(1, |lane| lane["state"].as_i64().unwrap());
        if states.last() != Some(&state) {
            states.push(state);
        }
    }
    assert_eq!(states, [1, 2, 3]);
    lot.now += SignedDuration::from_secs(61);
    lot.tick();
    assert_eq!(lot.reports(5011).pop().unwrap()["state"], 1, "nobody stands there any more");
}

fn lot_lane(index: usize) -> lotgate::standard::id::Id {
    rules().lanes[index].id.clone()
}
