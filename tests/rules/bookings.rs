//! Booked spaces (6001, 6002).

use crate::prelude::*;

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

// A booking's time

/// So many hours after the beginning of the first day.
fn lot_at(hours: i64) -> Timestamp {
    at("2026-03-02T00:00") + SignedDuration::from_hours(hours)
}

fn minutes(many: i64) -> SignedDuration {
    SignedDuration::from_mins(many)
}

#[test]
fn confirming_or_extending_a_booking_that_lies_ahead_never_moves_its_end_earlier() {
    let day = 24 * 60;
    // Tomorrow, next week, across midnight.
    for (ahead, length) in [(day, 60), (7 * day, 60), (15 * 60, 120)] {
        for state in [1, 2] {
            let mut lot = Lot::new();
            let begins = lot.now + minutes(ahead);
            lot.ok(6001, &book("YD1", PLATE, begins, length));
            lot.ok(6002, &confirm("YD1", state));
            lot.now = begins + minutes(length + 29);
            lot.tick();
            assert_eq!(lot.counts().1, 1, "still kept, {ahead} min ahead, 6002 {state}");
            lot.pass_time(2);
            assert_eq!(lot.counts().1, 0);
        }
    }
}

#[test]
fn bookings_of_one_plate_whose_times_overlap_are_one_space_and_used_up_together() {
    let mut lot = Lot::new();
    lot.ok(6001, &book("YD1", PLATE, lot.now, 60));
    let second = lot.ok(6001, &book("YD2", PLATE, lot.now + minutes(30), 60));
    assert_eq!(second, json!({ "bookCode": "YD2" }), "without reservableSpace");
    assert_eq!(lot.counts(), (0, 1, 3));
    assert!(lot.enter(PLATE));
    assert_eq!(lot.counts(), (1, 0, 3));
    assert_eq!(lot.refused(6002, &confirm("YD2", 0)), 1300, "used up");
}

#[test]
fn a_space_that_two_bookings_share_is_kept_until_the_last_of_them_is_taken_back() {
    let mut lot = Lot::new();
    lot.ok(6001, &book("YD1", PLATE, lot.now, 60));
    lot.ok(6001, &book("YD2", PLATE, lot.now + minutes(30), 60));
    lot.ok(6002, &confirm("YD1", 0));
    assert_eq!(lot.counts(), (0, 1, 3));
    lot.ok(6002, &confirm("YD2", 0));
    assert_eq!(lot.counts(), (0, 0, 4));
}

#[test]
fn a_visit_today_uses_up_no_booking_of_next_week() {
    let mut lot = Lot::new();
    let next_week = lot.now + minutes(7 * 24 * 60);
    lot.ok(6001, &book("YD1", PLATE, lot.now, 60));
    let reply = lot.ok(6001, &book("YD2", PLATE, next_week, 60));
    assert_eq!(reply["reservableSpace"], 0, "side by side");
    assert!(lot.enter(PLATE));
    assert_eq!(lot.counts(), (1, 1, 2));
    lot.pass_time(10);
    assert!(lot.leave(PLATE));
    lot.now = next_week + minutes(5);
    lot.tick();
    assert_eq!(lot.counts().1, 1);
    assert!(lot.enter(PLATE));
    assert_eq!(lot.counts().1, 0);
}

#[test]
fn a_stay_that_goes_on_into_its_booking_uses_it_up() {
    let mut lot = Lot::new();
    lot.ok(6001, &book("YD1", PLATE, lot.now + minutes(30), 60));
    assert!(lot.enter(PLATE));
    assert_eq!(lot.counts(), (1, 1, 2));
    lot.pass_time(29);
    assert_eq!(lot.counts().1, 1);
    lot.pass_time(1);
    assert_eq!(lot.counts(), (1, 0, 3));
    assert_eq!(lot.refused(6002, &confirm("YD1", 0)), 1300, "used up");
}

#[test]
fn a_booking_told_again_for_another_day_leaves_its_space_to_the_one_it_shared_it_with() {
    let day = 24 * 60;
    let mut lot = Lot::new();
    lot.ok(6001, &book("YD1", PLATE, lot_at(10), 120));
    lot.ok(6001, &book("YD2", PLATE, lot_at(11), 180));
    assert_eq!(lot.counts().1, 1);
    lot.ok(6001, &book("YD1", PLATE, lot_at(10) + minutes(day), 120));
    assert_eq!(lot.counts().1, 2, "today's and tomorrow's");
    lot.now = lot_at(11) + minutes(30);
    lot.tick();
    assert!(lot.enter(PLATE));
    assert_eq!(lot.counts().1, 1, "tomorrow's is still kept");
    lot.ok(6002, &confirm("YD1", 0));
    assert_eq!(lot.counts().1, 0);
}

#[test]
fn a_booking_that_comes_back_after_its_time_has_a_space_of_its_own() {
    let mut lot = Lot::new();
    lot.ok(6001, &book("YD1", PLATE, lot_at(8), 60));
    lot.ok(6001, &book("YD2", PLATE, lot_at(9), 180));
    lot.now = lot_at(10);
    lot.tick();
    lot.ok(6001, &book("YD1", PLATE, lot_at(34), 60));
    assert_eq!(lot.counts().1, 2);
    assert!(lot.enter(PLATE));
    assert_eq!(lot.counts().1, 1);
}

#[test]
fn a_booking_moved_onto_another_of_its_plate_shares_that_ones_space() {
    let mut lot = Lot::new();
    lot.ok(6001, &book("YD1", PLATE, lot_at(10), 60));
    lot.ok(6001, &book("YD2", PLATE, lot_at(34), 60));
    assert_eq!(lot.counts().1, 2);
    lot.ok(6001, &book("YD1", PLATE, lot_at(34), 60));
    assert_eq!(lot.counts().1, 1);
    // Of two that shared today's, one moves to tomorrow's; today's visit does not use that up.
    let mut lot = Lot::new();
    lot.ok(6001, &book("YD1", PLATE, lot_at(10), 60));
    lot.ok(6001, &book("YD2", PLATE, lot_at(10), 60));
    lot.ok(6001, &book("YD3", PLATE, lot_at(34), 60));
    lot.ok(6001, &book("YD1", PLATE, lot_at(34), 60));
    assert_eq!(lot.counts().1, 2);
    lot.now = lot_at(10);
    assert!(lot.enter(PLATE));
    assert_eq!(lot.counts().1, 1);
    lot.ok(6002, &confirm("YD1", 0));
    assert_eq!(lot.counts().1, 1, "the other keeps it");
}

#[test]
fn a_booking_extended_into_another_of_its_plate_gives_one_space_up() {
    let space = |number: &str| Space { space_no: number.to_owned(), ..Space::default() };
    let mut lot = Lot::with(|rules| rules.spaces = ["A1", "A2"].map(space).to_vec());
    lot.ok(6001, &book("YD1", PLATE, lot_at(10), 90));
    lot.ok(6001, &book("YD2", PLATE, lot_at(13), 120));
    lot.now = lot_at(11) + minutes(30);
    lot.ok(6002, &confirm("YD1", 2));
    assert_eq!(lot.counts(), (0, 1, 3));
    let last = |lot: &Lot, space_no: &str| {
        let states = lot.reports(5001).into_iter().rev();
        states.into_iter().find(|one| one["spaceNo"] == space_no).unwrap()["state"].clone()
    };
    assert_eq!((last(&lot, "A1"), last(&lot, "A2")), (json!(1), json!(0)));
    lot.now = lot_at(13) + minutes(10);
    assert!(lot.enter(PLATE));
    assert_eq!((last(&lot, "A1"), lot.counts()), (json!(2), (1, 0, 3)));
}

#[test]
fn a_visitor_who_waits_is_let_in_when_a_car_inside_needs_its_booking_no_more() {
    let mut lot = Lot::with(|rules| rules.total_spaces = 2);
    assert!(lot.enter(PLATE));
    lot.ok(6001, &book("YD1", PLATE, lot.now + minutes(10), 60));
    lot.now += SignedDuration::from_secs(9 * 60 + 30);
    assert!(!lot.enter("粤A00001"), "the last space is kept");
    lot.now += SignedDuration::from_secs(30);
    assert_eq!(lot.tick().actuations.len(), 1);
}

#[test]
fn a_car_inside_is_refused_a_booking_for_now_and_not_one_for_later() {
    let mut lot = Lot::new();
    assert!(lot.enter(PLATE));
    assert_eq!(lot.refused(6001, &book("YD1", PLATE, lot.now, 60)), 1200);
    lot.ok(6001, &book("YD2", PLATE, lot.now + minutes(24 * 60), 60));
    assert_eq!(lot.counts(), (1, 1, 2));
}

#[test]
fn who_has_paid_and_driven_in_is_told_so_when_the_confirmation_comes_late() {
    let mut lot = Lot::new();
    lot.ok(6001, &book("YD1", PLATE, lot.now, 60));
    assert!(lot.enter(PLATE));
    assert_eq!(lot.ok(6002, &confirm("YD1", 1)), json!({ "bookCode": "YD1" }));
    assert_eq!(lot.refused(6002, &confirm("YD1", 0)), 1300);
}

#[test]
fn who_booked_and_comes_a_little_early_is_let_in_though_visitors_find_the_lot_full() {
    let mut lot = Lot::with(|rules| rules.total_spaces = 1);
    lot.ok(6001, &book("YD1", PLATE, lot.now + minutes(20), 60));
    assert!(!lot.enter("粤A00001"), "kept from 6001 on");
    assert!(lot.enter(PLATE));
}

#[test]
fn a_booking_tells_the_address_of_its_spaces_sensor() {
    let mut lot = Lot::with(|rules| {
        rules.spaces = vec![Space {
            space_no: "A1".to_owned(),
            bluetooth_address: Some("A4C138000001".to_owned()),
            ..Space::default()
        }];
    });
    let reply = lot.ok(6001, &book("YD1", PLATE, lot.now, 60));
    assert_eq!(
        (&reply["spaceNo"], &reply["bluetoothAddress"]),
        (&json!("A1"), &json!("A4C138000001"))
    );
}

#[test]
fn when_the_booking_that_joined_two_goes_each_has_its_space_again() {
    for away in ["cancelled", "told again"] {
        let mut lot = Lot::new();
        lot.rules.reservable_spaces = Some(4);
        lot.ok(6001, &book("YD1", PLATE, lot_at(10), 60));
        lot.ok(6001, &book("YD2", PLATE, lot_at(13), 60));
        lot.ok(6001, &book("YD3", PLATE, lot_at(11), 150));
        assert_eq!(lot.counts().1, 1, "all of one car at a time");
        match away {
            "cancelled" => lot.ok(6002, &confirm("YD3", 0)),
            _ => lot.ok(6001, &book("YD3", PLATE, lot_at(34), 60)),
        };
        let kept = if away == "cancelled" { 2 } else { 3 };
        assert_eq!(lot.counts().1, kept, "{away}");
        lot.now = lot_at(10);
        assert!(lot.enter(PLATE));
        assert_eq!(lot.counts().1, kept - 1, "a stay before the second's time uses that up not");
    }
}

#[test]
fn a_booking_told_again_for_a_time_that_is_over_stays_as_it_was() {
    let mut lot = Lot::new();
    lot.ok(6001, &book("YD1", PLATE, lot_at(10), 60));
    assert_eq!(lot.refused(6001, &book("YD1", PLATE, lot_at(2), 60)), 1301);
    lot.ok(6002, &confirm("YD1", 1));
    assert_eq!(lot.counts().1, 1);
}

#[test]
fn a_space_that_a_lease_will_have_for_good_is_not_booked_for_its_time() {
    let space = |number: &str| Space { space_no: number.to_owned(), ..Space::default() };
    let mut lot = Lot::with(|rules| rules.spaces = ["S0", "S1"].map(space).to_vec());
    let mut fixed = lease(&["粤B00009"], 1, "2026-03-03", "2026-03-09", 1);
    fixed["lease"]["isFixed"] = json!(0);
    lot.ok(6010, &fixed);
    assert_eq!(lot.ok(6001, &book("YD1", PLATE, lot_at(10), 60))["spaceNo"], "S0");
    assert_eq!(lot.ok(6001, &book("YD2", "粤B00002", lot_at(58), 60))["spaceNo"], "S1");
    lot.ok(6002, &confirm("YD1", 0));
    assert_eq!(lot.refused(6001, &book("YD3", "粤B00003", lot_at(58), 60)), 1501);
}
