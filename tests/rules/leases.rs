//! Leases (6009, 6010).

use crate::prelude::*;

#[test]
fn a_lease_is_asked_for_by_plate_and_replaced_by_the_newest() {
    let mut lot = Lot::new();
    let ask = json!({ "parkCode": PARK_CODE, "plateNo": PLATE });
    assert_eq!(lot.refused(6009, &ask), 1106);
    let newest = lease(&[PLATE, "粤B00001"], 1, "2026-01-01", "2026-06-30", 2_000);
    lot.ok(6010, &newest);
    lot.ok(6010, &newest);
    // The same plates in another order are the same lease; this form is older.
    let older = lease(&["粤B00001", PLATE], 1, "2026-01-01", "2026-02-28", 1_000);
    assert_eq!(lot.refused(6010, &older), 1300);
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

#[test]
fn an_unknown_lease_is_made_or_refused_as_the_lot_says() {
    for (unknown_lease, code) in [(UnknownLease::Make, None), (UnknownLease::Refuse, Some(1106))] {
        let mut lot = Lot::with(|rules| rules.unknown_lease = unknown_lease);
        let sent = lease(&[PLATE], 1, "2026-01-01", "2026-06-30", 2_000);
        let reply = lot.command(6010, &sent);
        assert_eq!(reply.data[0].get("code").and_then(Value::as_i64), code);
        assert_eq!(lot.reports(5012).len(), usize::from(code.is_none()));
    }
}

#[test]
fn a_misread_leaseholders_car_stands_for_its_lease_once_its_plate_is_put_right() {
    let mut lot = Lot::new();
    lot.ok(6010, &lease(&[PLATE], 1, "2026-03-01", "2026-03-31", 1));
    assert!(lot.enter("粤B88886"));
    let correction = |lot: &Lot, plate: &str| Correction {
        record_id: Some(record_of(lot)),
        plate_no: Some(plate.parse().unwrap()),
        ..Correction::default()
    };
    let right = correction(&lot, PLATE);
    lot.staff("1", StaffAction::Correct(Box::new(right)));
    lot.pass_time(120);
    assert_eq!(lot.ok(6006, &fee(PLATE))["receivables"], 0);
    let wrong = correction(&lot, "粤B88886");
    lot.staff("2", StaffAction::Correct(Box::new(wrong)));
    assert_eq!(lot.ok(6006, &fee("粤B88886"))["receivables"], 12);
}

#[test]
fn a_lease_that_begins_or_ends_while_its_car_is_inside_counts_for_its_days() {
    let mut lot = Lot::with(|rules| rules.visitor_spaces = Some(1));
    lot.ok(6010, &lease(&[PLATE], 1, "2026-03-03", "2026-03-04", 1));
    assert!(lot.enter(PLATE));
    assert_eq!(lot.counts(), (1, 0, 0), "it has none today");
    lot.now = at("2026-03-03T00:00");
    lot.tick();
    assert_eq!(lot.counts(), (1, 0, 1));
    lot.ok(6010, &lease(&[PLATE], 1, "2026-02-01", "2026-03-01", 2));
    assert_eq!(lot.counts(), (1, 0, 0), "its days are over");
}
