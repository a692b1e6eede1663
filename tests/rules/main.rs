//! What the platform may ask and what the lot makes of it: the rules by plain calls, time in hand.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod hardware;
mod lot;

use jiff::{SignedDuration, Timestamp};
use lot::*;
use lotgate::lot::bounds;
use lotgate::lot::command;
use lotgate::lot::event::{ImageShows, ReadImage};
use lotgate::lot::image::{self, ImageFate};
use lotgate::lot::spaces::{self, SpaceSeen};
use lotgate::lot::staff::{self, Refusal, StaffAction, StaffAnswer};
use lotgate::lot::{ContractRule, Outcome, Space, garages};
use lotgate::standard::money::{Money, MoneyStyle};
use lotgate::store::{GarageCondition, GarageSpaces, Store, Urgency};
use proptest::prelude::*;
use serde_json::{Value, json};

// 4001

#[test]
fn the_control_list_holds_the_ways_its_strategy_names_and_says_so() {
    for (strategy, enters, leaves) in
        [(1, false, true), (2, true, false), (3, false, false), (4, true, true), (5, true, true)]
    {
        let mut lot = Lot::new();
        lot.ok(4001, &control("1", strategy));
        assert_eq!(lot.enter(PLATE), enters, "{strategy}");
        if !enters {
            // Inside already when the list came.
            lot.ok(
                4001,
                &json!({ "state": 2, "blackWhiteGraySheet": { "id": format!("{:0>32}", 1) } }),
            );
            lot.pass_time(2);
            assert!(lot.enter(PLATE));
            lot.ok(4001, &control("1", strategy));
        }
        lot.pass_time(5);
        assert_eq!(lot.leave(PLATE), leaves, "{strategy}");
        let events = lot.reports(2002);
        let wanted = match strategy {
            3 | 4 => 2,
            1 | 2 => 1,
            _ => 0,
        };
        assert_eq!(events.len(), wanted, "{strategy}: {events:?}");
        assert!(events.iter().all(|event| event["plateNo"] == PLATE && event["eventLevel"] == 1));
    }
}

#[test]
fn a_held_car_that_is_read_again_raises_no_second_event() {
    let mut lot = Lot::new();
    lot.ok(4001, &control("1", 1));
    for _ in 0..3 {
        assert!(!lot.enter(PLATE));
    }
    assert_eq!(lot.reports(2002).len(), 1);
}

#[test]
fn strategy_5_passes_free_both_ways_and_even_into_a_full_lot() {
    let mut lot = Lot::new();
    for number in 0..4 {
        assert!(lot.enter(&format!("粤A{number:05}")));
    }
    assert!(!lot.enter("粤A99999"));
    lot.ok(4001, &control("1", 5));
    assert!(lot.enter(PLATE));
    lot.pass_time(600);
    assert!(lot.leave(PLATE));
    assert_eq!(lot.reports(5005).pop().unwrap()["receivables"], 0);
}

#[test]
fn an_entry_is_in_force_from_its_beginning_to_its_end_and_a_date_includes_its_day() {
    let mut lot = Lot::new();
    let mut sheet = control("1", 1);
    sheet["blackWhiteGraySheet"]["beginDate"] = json!("2026-03-02 09:00:00");
    sheet["blackWhiteGraySheet"]["endDate"] = json!("2026-03-03");
    lot.ok(4001, &sheet);
    for (moment, enters) in [
        ("2026-03-02T08:59", true),
        ("2026-03-02T09:00", false),
        ("2026-03-03T23:59", false),
        ("2026-03-04T00:00", true),
    ] {
        lot.now = at(moment);
        assert_eq!(lot.enter(PLATE), enters, "{moment}");
        lot.ok(4001, &control("2", 5));
        lot.leave(PLATE);
        lot.ok(
            4001,
            &json!({ "state": 2, "blackWhiteGraySheet": { "id": format!("{:0>32}", 2) } }),
        );
    }
}

#[test]
fn taking_an_entry_off_the_list_opens_to_the_car_that_still_waits() {
    let mut lot = Lot::new();
    lot.ok(4001, &control("1", 3));
    assert!(!lot.enter(PLATE));
    let delete = json!({ "state": 2, "blackWhiteGraySheet": { "id": format!("{:0>32}", 1) } });
    let (reply, out) = lot.command_at(77, 4001, std::slice::from_ref(&delete));
    assert_eq!((reply.succeeded(), out.actuations.len()), (true, 1));
    let (again, out) = lot.command_at(77, 4001, std::slice::from_ref(&delete));
    assert_eq!((again, out.actuations.len()), (reply, 0));
    assert_eq!(lot.refused(4001, &delete), 1100);
}

// 6001, 6002

#[test]
fn a_booking_keeps_a_space_until_the_car_comes() {
    let mut lot = Lot::new();
    let from = lot.now;
    let reply = lot.ok(6001, &book("YD1", PLATE, from, 60));
    assert_eq!((&reply["bookCode"], &reply["reservableSpace"]), (&json!("YD1"), &json!(1)));
    assert_eq!(lot.counts(), (0, 1, 3));
    for number in 0..3 {
        assert!(lot.enter(&format!("粤A{number:05}")));
    }
    assert!(!lot.enter("粤A99999"), "the last space is kept");
    assert!(lot.enter(PLATE), "for this car");
    assert_eq!(lot.counts(), (4, 0, 0));
    assert_eq!(lot.refused(6002, &confirm("YD1", 0)), 1300);
}

#[test]
fn a_booking_is_answered_once_more_and_refused_to_another_car() {
    let mut lot = Lot::new();
    let first = book("YD1", PLATE, lot.now, 60);
    let (reply, _) = lot.command_at(1000, 6001, std::slice::from_ref(&first));
    let (exactly, _) = lot.command_at(1000, 6001, std::slice::from_ref(&first));
    assert_eq!(reply, exactly, "the very same command");
    let again = lot.ok(6001, &first);
    assert_eq!(again, json!({ "bookCode": "YD1" }), "a repeat does not count spaces");
    assert_eq!(lot.refused(6001, &book("YD1", "粤B00001", lot.now, 60)), 1201);
    lot.ok(6001, &book("YD2", "粤B00001", lot.now, 60));
    assert_eq!(lot.refused(6001, &book("YD3", "粤B00002", lot.now, 60)), 1501);
    assert_eq!(lot.counts(), (0, 2, 2));
}

#[test]
fn bookings_that_make_no_sense_are_refused_with_their_code() {
    let mut lot = Lot::new();
    let good = book("YD1", PLATE, lot.now, 60);
    for (name, value, code) in [
        ("overTime", good["bookTime"].clone(), 5004),
        ("overTime", json!("2026-03-01 00:00:00"), 5004),
        ("overTime", json!("tomorrow"), 1000),
        ("obligatTime", json!(-1), 1007),
        ("obligatTime", json!("x"), 1005),
        ("obligatTime", json!(null), 1000),
        ("parkCode", json!("44030400100101000099"), 1101),
        ("bookCode", json!("x".repeat(51)), 1004),
        ("bookMoney", json!(1.234), 1005),
    ] {
        let mut bad = good.clone();
        bad[name] = value.clone();
        assert_eq!(lot.refused(6001, &bad), code, "{name} {value}");
    }
    assert_eq!(lot.reports(5003), Vec::<Value>::new());
}

#[test]
fn a_booking_ends_by_itself_after_its_time_and_the_minutes_it_is_kept() {
    let mut lot = Lot::new();
    lot.ok(6001, &book("YD1", PLATE, lot.now, 60));
    lot.pass_time(89);
    assert_eq!(lot.counts(), (0, 1, 3));
    lot.pass_time(1);
    assert_eq!(lot.counts(), (0, 0, 4));
    assert_eq!(lot.refused(6002, &confirm("YD1", 1)), 1301);
    assert_eq!(lot.refused(6002, &confirm("YD9", 1)), 1104);
}

#[test]
fn confirming_moves_the_expiry_once_and_extending_moves_it_by_the_time_since() {
    let mut lot = Lot::new();
    // Kept until 09:30.
    lot.ok(6001, &book("YD1", PLATE, lot.now, 60));
    lot.pass_time(20);
    lot.ok(6002, &confirm("YD1", 1));
    lot.pass_time(10);
    lot.ok(6002, &confirm("YD1", 1));
    // Now kept until 09:50; extended at 08:30, ten minutes after the booking time, until 10:00.
    lot.ok(6002, &confirm("YD1", 2));
    lot.now = at("2026-03-02T09:59");
    lot.tick();
    assert_eq!(lot.counts(), (0, 1, 3));
    lot.pass_time(1);
    assert_eq!(lot.counts(), (0, 0, 4));
}

#[test]
fn a_cancelled_booking_frees_its_space_to_the_car_that_waits_and_stays_cancelled() {
    let mut lot = Lot::with(|rules| rules.total_spaces = 1);
    let from = lot.now;
    let order = book("YD1", PLATE, from, 60);
    let (first, _) = lot.command_at(500, 6001, std::slice::from_ref(&order));
    assert!(!lot.enter("粤A00001"));
    let (reply, out) = lot.command_at(501, 6002, &[confirm("YD1", 0)]);
    assert_eq!((reply.succeeded(), out.actuations.len()), (true, 1));
    lot.ok(6002, &confirm("YD1", 0));
    assert_eq!(lot.refused(6002, &confirm("YD1", 1)), 1401);
    let (late, _) = lot.command_at(500, 6001, std::slice::from_ref(&order));
    assert_eq!(late, first, "a repetition that comes after the cancellation books nothing");
    assert_eq!(lot.counts(), (1, 0, 0));
    assert_eq!(lot.refused(6001, &order), 1401);
}

#[test]
fn a_numbered_space_is_booked_reported_and_the_cars_own_until_it_leaves() {
    let space = |number: &str, manage_type| Space {
        space_no: number.to_owned(),
        garage_code: Some("4403040010010100001001".to_owned()),
        manage_type: Some(manage_type),
        ..Space::default()
    };
    let mut lot = Lot::with(|rules| {
        rules.spaces = vec![space("A1", 3), space("A2", 0), space("A3", 0)];
    });
    let states = |lot: &Lot| {
        let states = lot.reports(5001);
        states.iter().map(|s| (s["spaceNo"].clone(), s["state"].clone())).collect::<Vec<_>>()
    };
    let reply = lot.ok(6001, &book("YD1", PLATE, lot.now, 60));
    assert_eq!((&reply["spaceNo"], &reply["reservableSpace"]), (&json!("A2"), &json!(1)));
    assert_eq!(reply["garageCode"], "4403040010010100001001");
    assert_eq!(states(&lot), [(json!("A2"), json!(1))]);
    assert!(lot.enter(PLATE));
    assert_eq!(states(&lot), [(json!("A2"), json!(2))]);
    assert_eq!(lot.reports(5004)[0]["spaceNo"], "A2");
    assert_eq!(lot.ok(6006, &json!({ "spaceNo": "A2" }))["plateNo"], PLATE);
    assert_eq!(lot.refused(6006, &json!({ "spaceNo": "A3" })), 4001);
    assert_eq!(lot.refused(6006, &json!({ "spaceNo": "Z9" })), 1102);
    assert_eq!(lot.refused(6006, &json!({ "parkCode": PARK_CODE })), 1000);
    lot.pass_time(5);
    assert!(lot.leave(PLATE));
    assert_eq!(states(&lot), [(json!("A2"), json!(0))]);
}

// 6003

#[test]
fn staff_may_let_a_locked_car_out_and_its_record_says_so() {
    let mut lot = Lot::new();
    assert!(lot.enter(PLATE));
    let element = json!({ "id": "ff8080814d9be81f014d9beb81090003", "parkCode": PARK_CODE,
        "plateNo": PLATE, "lockFlag": 0, "featureCode": "14d9" });
    lot.ok(6003, &element);
    assert!(!lot.leave(PLATE));
    assert_eq!(lot.reports(2002).len(), 1);
    let release = || StaffAction::ReleaseLock { plate_no: PLATE.parse().unwrap() };
    let (answer, out) = lot.staff("1", release());
    assert!(matches!(answer, StaffAnswer::Done(_)) && out.actuations.len() == 1);
    assert_eq!(lot.reports(5005)[0]["recordType"], 2);
    assert_eq!(lot.staff("1", release()).0, answer, "the same id is answered the same");
    assert_eq!(lot.staff("2", release()).0, StaffAnswer::Refused(Refusal::NotLocked));
}

// 6004

#[test]
fn shared_time_is_free_and_the_minutes_outside_are_charged_as_temporary() {
    for (window, enter, leave, yuan) in [
        (("09:00", "19:00", 0), "2026-03-02T09:00", "2026-03-02T19:00", 0),
        (("09:00", "19:00", 0), "2026-03-02T08:00", "2026-03-02T19:00", 10),
        (("09:00", "19:00", 0), "2026-03-02T08:30", "2026-03-02T20:00", 12),
        (("09:00", "19:00", 30), "2026-03-02T08:30", "2026-03-02T19:30", 0),
        // Over midnight, and Friday's window reaches into Saturday.
        (("19:00", "07:00", 0), "2026-03-06T19:00", "2026-03-07T07:00", 0),
        (("19:00", "07:00", 0), "2026-03-07T19:00", "2026-03-07T21:00", 12),
    ] {
        let mut lot = Lot::new();
        lot.ok(6004, &share(window.0, window.1, window.2));
        lot.now = at(enter);
        assert!(lot.enter(PLATE));
        lot.now = at(leave);
        let order = lot.ok(6006, &fee(PLATE));
        assert_eq!(order["receivables"], yuan, "{window:?} {enter} {leave}");
    }
}

#[test]
fn a_stay_on_shared_time_says_so_in_its_record() {
    let mut lot = Lot::new();
    lot.ok(6004, &share("07:00", "19:00", 0));
    assert!(lot.enter(PLATE));
    assert_eq!(lot.reports(5004)[0]["isStagger"], 1);
    lot.pass_time(600);
    assert!(lot.leave(PLATE));
    assert_eq!(lot.reports(5005)[0]["isStagger"], 1);
}

#[test]
fn cancelling_a_share_keeps_what_was_free_before_it() {
    let mut lot = Lot::new();
    let start = share("08:00", "19:00", 0);
    lot.ok(6004, &start);
    assert!(lot.enter(PLATE));
    lot.pass_time(300);
    let mut cancel = start.clone();
    cancel["actionType"] = json!(1);
    lot.ok(6004, &cancel);
    lot.pass_time(60);
    assert_eq!(lot.ok(6006, &fee(PLATE))["receivables"], 10, "one hour after five free ones");
    cancel["id"] = json!("0".repeat(32));
    assert_eq!(lot.refused(6004, &cancel), 1100);
    for (name, value) in [
        ("rule", json!([8])),
        ("rule", json!([])),
        ("bufferTime", json!(-5)),
        ("endDate", json!("2026-02-01")),
    ] {
        let mut bad = start.clone();
        bad[name] = value;
        assert_eq!(lot.refused(6004, &bad), 1007, "{name}");
    }
}

// 6005

#[test]
fn cars_inside_are_found_by_any_part_of_their_plate() {
    let mut lot = Lot::new();
    for plate in ["粤B88812", "粤B12888", "粤A00001"] {
        lot.enter(plate);
    }
    let found = |lot: &mut Lot, part: &str| {
        let reply = lot.command(6005, &json!({ "parkCode": PARK_CODE, "plateNo": part }));
        assert!(reply.succeeded());
        let plates = reply.data.iter().map(|hit| hit["parkCarInfo"]["plateNo"].clone());
        plates.collect::<Vec<_>>()
    };
    assert_eq!(found(&mut lot, "888"), ["粤B88812", "粤B12888"]);
    assert_eq!(found(&mut lot, "粤 b128"), ["粤B12888"]);
    assert_eq!(found(&mut lot, "％％％"), Vec::<Value>::new());
    let short = json!({ "parkCode": PARK_CODE, "plateNo": "8 8" });
    assert_eq!(lot.refused(6005, &short), 1007);
}

// 6006, 6007

#[test]
fn an_order_has_every_sum_and_keeps_its_number_while_nothing_changed() {
    let mut lot = Lot::new();
    assert_eq!(lot.refused(6006, &fee(PLATE)), 4001);
    assert!(lot.enter(PLATE));
    lot.pass_time(10);
    let free = lot.ok(6006, &fee(PLATE));
    assert_eq!((&free["receivables"], &free["chargeType"]), (&json!(0), &json!(1)));
    lot.pass_time(80);
    let order = lot.ok(6006, &fee(PLATE));
    let entered = lot.reports(5004)[0].clone();
    for (name, value) in [
        ("recordId", entered["id"].clone()),
        ("parkCode", json!(PARK_CODE)),
        ("plateNo", json!(PLATE)),
        ("enterTime", json!("2026-03-02 08:00:00")),
        ("chargingStart", json!("2026-03-02 08:00:00")),
        ("chargingDuration", json!(90)),
        ("paidAmount", json!(0)),
        ("receivables", json!(12)),
        ("otherFee", json!(0)),
        ("discount", json!(0)),
        ("chargingFee", json!(0)),
        ("chargeType", json!(0)),
        ("freeMinute", json!(15)),
        ("surplusMinute", json!(15)),
    ] {
        assert_eq!(order[name], value, "{name}");
    }
    lot.pass_time(10);
    assert_eq!(lot.ok(6006, &fee(PLATE))["orderNo"], order["orderNo"]);
    lot.pass_time(30);
    assert_ne!(lot.ok(6006, &fee(PLATE))["orderNo"], order["orderNo"]);
}

#[test]
fn coupons_take_off_what_table_83_says() {
    let mut lot = Lot::new();
    assert!(lot.enter(PLATE));
    lot.pass_time(150);
    for (kind, value, discount, charge_type) in [
        (0, json!(0), json!(0), 0),
        (1, json!(3), json!(3), 0),
        (1, json!(2.55), json!(2.55), 0),
        (1, json!(99), json!(14), 4),
        (2, json!(1), json!(2), 0),
        (2, json!(0.5), json!(2), 0),
        (2, json!(9), json!(14), 4),
        (3, json!(1), json!(14), 4),
    ] {
        let mut query = fee(PLATE);
        query["couponType"] = json!(kind);
        query["couponValue"] = value.clone();
        let order = lot.ok(6006, &query);
        assert_eq!(
            (&order["receivables"], &order["discount"], &order["chargeType"]),
            (&json!(14), &discount, &json!(charge_type)),
            "{kind} {value}"
        );
    }
    for (kind, value, code) in
        [(1, json!(-1), 1007), (2, json!(null), 1000), (4, json!(1), 1007), (1, json!("x"), 1005)]
    {
        let mut query = fee(PLATE);
        query["couponType"] = json!(kind);
        query["couponValue"] = value;
        assert_eq!(lot.refused(6006, &query), code, "{kind}");
    }
}

#[test]
fn a_fee_is_reckoned_up_to_the_moment_asked_for() {
    let mut lot = Lot::new();
    assert!(lot.enter(PLATE));
    let mut query = fee(PLATE);
    for (end, yuan) in [
        ("2026-03-02 08:10:00", 0),
        ("2026-03-02 10:00:00", 12),
        ("2026-03-04 08:00:00", 60),
        ("2026-03-01 08:00:00", 0),
        // As far as D.33 asks.
        ("2115-06-02 12:23:12", 977_950),
    ] {
        query["endTime"] = json!(end);
        let order = lot.ok(6006, &query);
        assert_eq!((&order["receivables"], &order["leaveTime"]), (&json!(yuan), &json!(end)));
    }
}

#[test]
fn a_payment_counts_once_opens_to_the_car_that_waits_and_lets_others_leave_in_time() {
    let mut lot = Lot::new();
    assert!(lot.enter(PLATE));
    lot.pass_time(90);
    assert!(!lot.leave(PLATE));
    let part = paid(&lot, "1", 5);
    let (_, out) = lot.command_at(900, 6007, std::slice::from_ref(&part));
    assert!(out.actuations.is_empty(), "5 of 12 are not enough");
    let rest = paid(&lot, "2", 7);
    for _ in 0..2 {
        lot.ok(6007, &part);
    }
    let (reply, out) = lot.command_at(901, 6007, std::slice::from_ref(&rest));
    assert_eq!((reply.succeeded(), reply.data.len(), out.actuations.len()), (true, 0, 1));
    let left = &lot.reports(5005)[0];
    assert_eq!((&left["received"], &left["receivables"]), (&json!(12), &json!(12)));
    assert_eq!(lot.reports(5008).len(), 2);
    let mut unknown = rest.clone();
    unknown["chargeInfo"]["id"] = json!("9".repeat(32));
    unknown["chargeInfo"]["recordId"] = json!("9".repeat(32));
    assert_eq!(lot.refused(6007, &unknown), 1100);
}

#[test]
fn one_bad_notice_among_good_ones_is_the_only_one_refused() {
    let mut lot = Lot::new();
    assert!(lot.enter(PLATE));
    let good = paid(&lot, "1", 5);
    let mut bad = paid(&lot, "2", 5);
    bad["chargeInfo"]["recordId"] = json!("9".repeat(32));
    let (reply, _) = lot.command_at(900, 6007, &[bad, good]);
    assert_eq!((reply.result_code, reply.data.len()), (0, 1));
    assert_eq!(reply.data[0]["code"], 1100);
    assert_eq!(lot.reports(5008).len(), 1);
}

#[test]
fn who_paid_before_driving_to_the_exit_leaves_within_the_leaving_time() {
    let mut lot = Lot::new();
    assert!(lot.enter(PLATE));
    lot.pass_time(50);
    let payment = paid(&lot, "1", 10);
    lot.ok(6007, &payment);
    lot.pass_time(15);
    assert!(lot.leave(PLATE));
}

// 6008

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
        assert_eq!(lot.reports(5008).len(), usize::from(leaves));
        if leaves {
            let charge = &lot.reports(5008)[0];
            assert_eq!((&charge["received"], &charge["payType"]), (&json!(12), &json!(6)));
            assert_eq!(lot.reports(5005)[0]["received"], 12);
        }
    }
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

// 6009, 6010

#[test]
fn a_lease_is_asked_for_by_plate_and_replaced_by_the_newest() {
    let mut lot = Lot::new();
    let ask = json!({ "parkCode": PARK_CODE, "plateNo": PLATE });
    assert_eq!(lot.refused(6009, &ask), 1106);
    let newest = lease(&[PLATE, "粤B00001"], 1, "2026-01-01", "2026-06-30", 2_000);
    lot.ok(6010, &newest);
    lot.ok(6010, &newest);
    // The same plates in another order are the same lease; this form is older.
    lot.ok(6010, &lease(&["粤B00001", PLATE], 1, "2026-01-01", "2026-02-28", 1_000));
    assert_eq!(lot.ok(6009, &ask)["lease"], newest["lease"]);
    let reported = lot.reports(5012);
    assert_eq!(reported.len(), 1);
    assert_eq!((&reported[0]["lease"], &reported[0]["state"]), (&newest["lease"], &json!(1)));
    for (name, value, code) in
        [("endDate", json!("2025-01-01"), 1007), ("plateNoList", json!([]), 1000)]
    {
        let mut bad = newest.clone();
        bad["lease"][name] = value;
        assert_eq!(lot.refused(6010, &bad), code, "{name}");
    }
}

#[test]
fn as_many_cars_stand_free_as_the_lease_has_spaces_and_one_more_pays() {
    let mut lot = Lot::new();
    lot.ok(6010, &lease(&[PLATE, "粤B00001"], 1, "2026-03-01", "2026-03-31", 1));
    assert!(lot.enter(PLATE));
    assert!(lot.enter("粤B00001"));
    lot.pass_time(120);
    assert!(lot.leave(PLATE), "covered by the lease");
    assert!(!lot.leave("粤B00001"), "one more than it has spaces");
    assert_eq!(lot.ok(6006, &fee("粤B00001"))["receivables"], 12);
}

#[test]
fn a_lease_comes_into_a_full_lot_and_time_after_its_last_day_is_charged() {
    let mut lot = Lot::with(|rules| rules.total_spaces = 1);
    lot.ok(6010, &lease(&[PLATE], 1, "2026-03-01", "2026-03-02", 1));
    assert!(lot.enter("粤A00001"));
    assert!(lot.enter(PLATE));
    lot.now = at("2026-03-03T02:00");
    assert_eq!(lot.ok(6006, &fee(PLATE))["receivables"], 12, "two hours past midnight");
    let shown = lot.ok(6009, &json!({ "parkCode": PARK_CODE, "plateNo": PLATE }));
    assert_eq!(shown["lease"]["unpaidMonths"], 1);
    lot.ok(6010, &lease(&[PLATE], 1, "2026-03-01", "2026-04-30", 2));
    assert!(lot.leave(PLATE), "extended while the car stood inside");
}

#[test]
fn a_lease_made_while_the_car_is_inside_covers_it() {
    let mut lot = Lot::new();
    assert!(lot.enter(PLATE));
    lot.pass_time(120);
    assert!(!lot.leave(PLATE));
    let made = lease(&[PLATE], 1, "2026-03-02", "2026-03-31", 1);
    let (_, out) = lot.command_at(900, 6010, &[made]);
    assert_eq!(out.actuations.len(), 1, "it waits at the exit and may go at once");
}

// 9001

#[test]
fn guidance_is_kept_published_and_published_again_after_a_start() {
    let mut lot = Lot::new();
    let element = json!({
        "parkCode": "44030400100101000099", "parkName": "邻近停车场", "districtCode": "440304001",
        "totalSpaces": 300, "remainingSpace": 30, "listEntranceInfo": [],
    });
    let (reply, out) = lot.command_at(1, 9001, std::slice::from_ref(&element));
    assert_eq!(reply.data, [json!({ "parkCode": "44030400100101000099" })]);
    let publication = out.publications[0].clone();
    assert_eq!(publication.topic, "lotgate/guidance/44030400100101000099");
    assert_eq!(serde_json::from_str::<Value>(&publication.payload).unwrap(), element);
    let mut out = Outcome::default();
    lot.input(|tx, context| command::republish(tx, context, &mut out).unwrap());
    assert_eq!(out.publications, [publication]);
}

// All of them

#[derive(Debug, Clone)]
enum Step {
    Book { code: u8, plate: u8, minutes: i64 },
    Confirm { code: u8, state: i64 },
    Enter(u8),
    Leave(u8),
    Wait(i64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        (0_u8..4, 0_u8..4, 1_i64..90).prop_map(|(code, plate, minutes)| Step::Book {
            code,
            plate,
            minutes
        }),
        (0_u8..4, 0_i64..3).prop_map(|(code, state)| Step::Confirm { code, state }),
        (0_u8..6).prop_map(Step::Enter),
        (0_u8..6).prop_map(Step::Leave),
        (1_i64..50).prop_map(Step::Wait),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn whatever_happens_used_reserved_and_unused_are_all_there_is(steps in prop::collection::vec(step(), 1..60)) {
        let mut lot = Lot::with(|rules| {
            rules.tariff.rules.clear();
            rules.repeat_window = SignedDuration::ZERO;
        });
        let plate = |number: u8| format!("粤B0000{number}");
        for step in steps {
            match step {
                Step::Book { code, plate: number, minutes } => {
                    lot.command(6001, &book(&format!("YD{code}"), &plate(number), lot.now, minutes));
                }
                Step::Confirm { code, state } => {
                    lot.command(6002, &confirm(&format!("YD{code}"), state));
                }
                Step::Enter(number) => drop(lot.enter(&plate(number))),
                Step::Leave(number) => drop(lot.leave(&plate(number))),
                Step::Wait(minutes) => lot.pass_time(minutes),
            }
            if !lot.reports(5003).is_empty() {
                let (used, reserved, unused) = lot.counts();
                prop_assert!(used >= 0 && (0..=2).contains(&reserved) && unused >= 0);
                prop_assert_eq!(unused, (4 - used - reserved).max(0));
            }
        }
        // Nothing is kept for ever.
        lot.pass_time(100_000);
        if !lot.reports(5003).is_empty() {
            prop_assert_eq!(lot.counts().1, 0);
        }
    }

    #[test]
    fn no_element_of_any_command_panics_or_goes_unanswered(
        code in prop::sample::select(&[4001_u16, 6001, 6002, 6003, 6004, 6005, 6006, 6007, 6008, 6009, 6010, 9001][..]),
        name in "[a-zA-Z]{0,12}|plateNo|parkCode|id|bookCode|rule|lease|chargeInfo|state",
        value in prop_oneof![
            Just(json!(null)), Just(json!([])), Just(json!({})), any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from), "\\PC{0,60}".prop_map(Value::from),
        ],
    ) {
        let mut lot = Lot::new();
        let mut element = json!({ "parkCode": PARK_CODE, "plateNo": PLATE });
        element[name] = value.clone();
        for element in [element, value] {
            let reply = lot.command(code, &element);
            prop_assert!(reply.succeeded() || !reply.result_msg.is_empty());
        }
    }
}

// What staff do

fn record_of(lot: &Lot) -> lotgate::standard::id::Id {
    lot.reports(5004).pop().unwrap()["id"].as_str().unwrap().into()
}

fn done(answer: &StaffAnswer) -> &Value {
    match answer {
        StaffAnswer::Done(reply) => reply,
        StaffAnswer::Refused(refusal) => panic!("{refusal:?}"),
    }
}

fn payment(received: i64) -> StaffAction {
    StaffAction::Pay(Box::new(staff::StaffPayment {
        plate_no: PLATE.parse().unwrap(),
        received: Money::yuan(received),
        discount: Money::ZERO,
        pay_type: 1,
        pay_from: "线下缴费".to_owned(),
        discounts: Vec::new(),
    }))
}

fn refund(lot: &Lot, yuan: i64) -> StaffAction {
    StaffAction::Refund(staff::Refund {
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
    let (first, _) = lot.staff("2", half.clone());
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
    let correction = staff::Correction {
        record_id: Some(record_of(&lot)),
        plate_no: Some(PLATE.parse().unwrap()),
        ..staff::Correction::default()
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
        StaffAction::Correct(Box::new(staff::Correction {
            record_id: Some(id),
            leave_time: Some(time),
            ..staff::Correction::default()
        }))
    };
    let (early, id) = (lot.now - SignedDuration::from_mins(1), record_of(&lot));
    let refused = lot.staff("1", correction(early, id.clone())).0;
    assert_eq!(refused, StaffAnswer::Refused(Refusal::EndsBeforeItBegan));
    lot.pass_time(60);
    let now = lot.now;
    done(&lot.staff("1", correction(now, id)).0);
    assert_eq!(lot.counts(), (0, 0, 4));
    assert_eq!(lot.reports(5006)[0]["recordType"], 1);
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
    let open = StaffAction::OpenLane { lane_id: lane_id(), reason: "领导".to_owned() };
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

fn lot_lane(index: usize) -> lotgate::standard::id::Id {
    rules().lanes[index].id.clone()
}

// What devices tell

#[test]
fn a_camera_that_falls_silent_stops_its_lane_and_calls_somebody() {
    let mut lot = Lot::new();
    for (online, states) in [(true, vec![]), (false, vec![4]), (true, vec![1])] {
        lot.input(|tx, context| {
            lotgate::lot::devices::device_state(tx, context, &ENTRY.into(), online).unwrap()
        });
        let shown: Vec<_> =
            lot.reports(5011).iter().map(|s| s["state"].as_i64().unwrap()).collect();
        assert_eq!(shown, states);
    }
    let events = lot.reports(2002);
    assert_eq!(events.len(), 1);
    assert_eq!((&events[0]["equipmentId"], &events[0]["eventLevel"]), (&json!(ENTRY), &json!(2)));
    assert_eq!(lot.reports(5002).pop().unwrap()["state"], 1);
}

#[test]
fn counts_are_reported_no_more_often_than_every_so_long_and_at_least_every_ten_minutes() {
    let mut lot = Lot::with(|rules| rules.counts_every = SignedDuration::from_secs(5));
    assert!(lot.enter("粤A00001"));
    assert!(lot.enter("粤A00002"));
    assert_eq!(lot.counts().0, 1, "the second is not due yet");
    lot.now += SignedDuration::from_secs(5);
    lot.tick();
    assert_eq!(lot.counts().0, 2);
    let reported = |lot: &Lot| {
        let reader = Store::open_reading(&lot.folder.path().join("lotgate.db")).unwrap();
        reader.last_seq().unwrap()
    };
    let before = reported(&lot);
    lot.now += SignedDuration::from_secs(599);
    lot.tick();
    assert_eq!(reported(&lot), before);
    lot.now += SignedDuration::from_secs(1);
    lot.tick();
    assert_eq!(reported(&lot), before + 1);
}

// The queue

#[test]
fn at_its_bound_the_queue_loses_states_only_says_so_and_the_lanes_go_on() {
    let mut lot = Lot::new();
    assert!(lot.enter(PLATE));
    let keep = |lot: &mut Lot, free| {
        lot.input(|tx, context| bounds::keep(tx, context, Some(free)).unwrap())
    };
    keep(&mut lot, 2000);
    assert_eq!((lot.reports(5003).len(), lot.reports(2002).len()), (1, 0));
    for _ in 0..3 {
        keep(&mut lot, 999);
    }
    assert_eq!((lot.reports(5003).len(), lot.reports(5004).len()), (0, 1));
    let events = lot.reports(2002);
    assert_eq!(events.len(), 1, "said once");
    assert_eq!(events[0]["equipmentId"], "a1dc1d9fccdc441fb6238fb43faba900");
    assert!(lot.enter("粤A00001"));
    assert_eq!(lot.reports(5004).len(), 2);
    keep(&mut lot, 2000);
    keep(&mut lot, 999);
    assert_eq!(lot.reports(2002).len(), 2, "and again when it happens again");
}

#[test]
fn what_has_left_the_configuration_is_taken_back_once() {
    let mut lot = Lot::new();
    let entrance = |state: i64| {
        json!({ "state": state, "entranceExitInfo": {
        "id": "90731c48a7ea4c27bd4d57ff0e13d001", "name": "东入口", "parkCode": PARK_CODE, "type": 1,
    } })
    };
    let report = |element: &Value| {
        lotgate::standard::report::Report::new(3002, element, MoneyStyle::Shortest).unwrap()
    };
    let announce = |lot: &mut Lot| {
        lot.input(|tx, context| lotgate::lot::base_data::announce(tx, context).unwrap());
    };
    let acknowledge = |lot: &mut Lot| {
        let reader = Store::open_reading(&lot.folder.path().join("lotgate.db")).unwrap();
        for row in reader.pending(Urgency::BaseData, 0, 100).unwrap() {
            let delivery = lotgate::store::Delivery {
                seq: row.seq,
                outcome: lotgate::store::Outcome::Acknowledged,
            };
            lot.input(|tx, _| tx.settle(&delivery).unwrap());
        }
    };
    lot.rules.base_data = vec![report(&entrance(1))];
    announce(&mut lot);
    assert_eq!(lot.reports(3002), [entrance(1)]);
    acknowledge(&mut lot);
    announce(&mut lot);
    assert_eq!(lot.reports(3002), Vec::<Value>::new(), "known already");
    lot.rules.base_data.clear();
    announce(&mut lot);
    assert_eq!(lot.reports(3002), [entrance(2)]);
    acknowledge(&mut lot);
    announce(&mut lot);
    assert_eq!(lot.reports(3002), Vec::<Value>::new(), "taken back");
}

// Images

#[test]
fn images_wait_for_their_record_and_are_named_and_placed_by_table_42() {
    let mut lot = Lot::new();
    let image = |shows, place: &str| ReadImage { shows, place: place.to_owned(), bytes: 10 };
    lot.images = vec![image(ImageShows::Plate, "a.jpg"), image(ImageShows::Vehicle, "b.jpg")];
    assert!(lot.enter(PLATE));
    let id = record_of(&lot);
    let path = lot.folder.path().join("lotgate.db");
    let ready = || Store::open_reading(&path).unwrap().ready_images(10).unwrap();
    assert_eq!(ready(), []);
    let entry = Store::open_reading(&path).unwrap().pending(Urgency::Record, 0, 10).unwrap();
    let delivery = lotgate::store::Delivery {
        seq: entry[0].seq,
        outcome: lotgate::store::Outcome::Acknowledged,
    };
    lot.input(|tx, _| tx.settle(&delivery).unwrap());
    let images = ready();
    let named: Vec<_> = images.iter().map(|image| (image.biz_type, image.place.as_str())).collect();
    assert_eq!(named, [(1, "a.jpg"), (2, "b.jpg")]);
    assert_eq!(images[1].dest_path, format!("/20260302/{PARK_CODE}/{id}/"));
    assert_eq!(lot.input(|tx, _| tx.image_bytes().unwrap()), 20);
    for image in &images {
        lot.input(|tx, _| image::settle(tx, image.id, &ImageFate::Uploaded).unwrap());
    }
    let found = lot.command(6005, &json!({ "parkCode": PARK_CODE, "plateNo": PLATE }));
    let url = format!("{}{}", images[1].dest_path, images[1].file_name);
    assert_eq!(found.data[0]["imageUrl"], url);
}

#[test]
fn an_image_refused_three_times_is_given_up_and_images_go_before_states() {
    let mut lot = Lot::new();
    lot.images = vec![ReadImage { shows: ImageShows::Plate, place: "a.jpg".to_owned(), bytes: 10 }];
    assert!(lot.enter(PLATE));
    for given_up in [false, false, true] {
        let fate = ImageFate::Refused("1007".to_owned());
        lot.input(|tx, _| image::settle(tx, 1, &fate).unwrap());
        assert_eq!(lot.input(|tx, _| tx.image_bytes().unwrap()) == 0, given_up);
    }
    assert!(lot.enter("粤A00001"));
    let keep = |lot: &mut Lot| lot.input(|tx, context| bounds::keep(tx, context, Some(0)).unwrap());
    keep(&mut lot);
    assert_eq!(lot.input(|tx, _| tx.image_bytes().unwrap()), 0);
    assert_eq!(lot.reports(5003).len(), 1);
    keep(&mut lot);
    assert_eq!(lot.reports(5003).len(), 0);
}

// Spaces and garages

#[test]
fn on_the_street_a_stay_begins_and_ends_with_its_space() {
    let mut lot = Lot::with(|rules| {
        rules.on_street = true;
        rules.spaces = ["A1", "A2"]
            .map(|number| Space { space_no: number.to_owned(), ..Space::default() })
            .to_vec();
    });
    let see = |lot: &mut Lot, space: &str, what: SpaceSeen| {
        let now = lot.now;
        lot.input(|tx, context| spaces::seen(tx, context, space, what, now).unwrap())
    };
    for space in ["A1", "A2", "A1"] {
        see(&mut lot, space, SpaceSeen::Occupied);
    }
    let entries = lot.reports(5004);
    assert_eq!(entries.len(), 2);
    assert_eq!((&entries[0]["spaceNo"], entries[0].get("parkCarInfo")), (&json!("A1"), None));
    assert_eq!(lot.counts().0, 2);
    lot.pass_time(90);
    assert_eq!(lot.ok(6006, &json!({ "spaceNo": "A1" }))["receivables"], 12);
    see(&mut lot, "A1", SpaceSeen::Unknown);
    assert_eq!(lot.reports(5005), Vec::<Value>::new(), "a silent sensor ends no stay");
    assert_eq!(lot.reports(5001)[1]["state"], -1);
    see(&mut lot, "A1", SpaceSeen::Occupied);
    see(&mut lot, "A1", SpaceSeen::Free);
    let left = &lot.reports(5005)[0];
    assert_eq!(
        (&left["id"], &left["receivables"], &left["received"]),
        (&entries[0]["id"], &json!(12), &json!(0))
    );
    assert_eq!(lot.reports(5004).len(), 2);
    see(&mut lot, "Z9", SpaceSeen::Occupied);
    assert_eq!(lot.counts().0, 1);
}

#[test]
fn garages_are_reported_on_change_and_every_ten_minutes() {
    let mut lot = Lot::new();
    let condition = |state, free| GarageCondition {
        garage_code: "4403040010010100001001".to_owned(),
        state,
        comment: None,
        spaces: GarageSpaces { total_small: 60, available_small: free, ..GarageSpaces::default() },
    };
    let see = |lot: &mut Lot, condition: &GarageCondition| {
        lot.input(|tx, context| garages::seen(tx, context, condition).unwrap()).reported
    };
    assert!(see(&mut lot, &condition(1, 20)));
    assert!(!see(&mut lot, &condition(1, 20)));
    assert!(see(&mut lot, &condition(3, 20)));
    assert_eq!(lot.reports(8002).pop().unwrap()["garagestate"], 3);
    assert!(see(&mut lot, &condition(3, 19)));
    let spaces = lot.reports(8003).pop().unwrap();
    assert_eq!(spaces["garageSpacesList"][0]["availableSmallSpaces"], 19);
    let stranger = GarageCondition { garage_code: "x".to_owned(), ..condition(1, 1) };
    assert!(!see(&mut lot, &stranger));
    lot.tick();
    let moment = |lot: &Lot| lot.reports(8002).pop().unwrap()["moment"].clone();
    let first = moment(&lot);
    lot.pass_time(9);
    assert_eq!(moment(&lot), first);
    lot.pass_time(1);
    assert_ne!(moment(&lot), first);
}

#[test]
fn pictures_that_come_with_a_second_message_belong_to_the_passage_of_the_first() {
    let mut lot = Lot::new();
    assert!(lot.enter(PLATE));
    let entry = Store::open_reading(&lot.folder.path().join("lotgate.db")).unwrap();
    let row = entry.pending(Urgency::Record, 0, 10).unwrap().remove(0);
    let delivery =
        lotgate::store::Delivery { seq: row.seq, outcome: lotgate::store::Outcome::Acknowledged };
    lot.input(|tx, _| tx.settle(&delivery).unwrap());
    lot.images =
        vec![ReadImage { shows: ImageShows::Vehicle, place: "a.jpg".to_owned(), bytes: 10 }];
    for _ in 0..2 {
        assert!(!lot.enter(PLATE), "the barrier is open already");
    }
    let path = lot.folder.path().join("lotgate.db");
    let images = Store::open_reading(&path).unwrap().ready_images(10).unwrap();
    assert_eq!(images.len(), 1, "once, and at once: the platform has the record");
    assert_eq!((images[0].biz_type, &images[0].record_id), (2, &record_of_row(&row)));
}

fn record_of_row(row: &lotgate::store::OutboxRow) -> String {
    row.subject.strip_prefix("record:").unwrap().to_owned()
}
