//! Who waits is looked at again at the end of whatever has helped it, once, and in the order that was
//! decided: first what happened, then what follows from it.

use crate::prelude::*;

/// Codes of records and money in the order they were queued.
fn in_order(lot: &Lot) -> Vec<u16> {
    let rows = lot.reader().pending(Urgency::Record, 0, 100).unwrap();
    rows.iter().map(|row| row.code).filter(|code| *code != 2002).collect()
}

#[test]
fn a_payment_is_reported_before_the_leaving_that_it_allows() {
    let mut lot = Lot::new();
    assert!(lot.enter(PLATE));
    lot.pass_time(60);
    assert!(!lot.leave(PLATE));
    let notice = paid(&lot, "1", 10);
    let (_, out) = lot.command_at(1, 6007, &[notice]);
    assert_eq!(out.actuations.len(), 1);
    assert_eq!(in_order(&lot), [5004, 5008, 5005]);
    let exit = lot.reports(5005).pop().unwrap();
    assert_eq!(exit["chargeIdList"], json!([lot.reports(5008)[0]["id"]]));
}

#[test]
fn a_command_of_many_elements_is_looked_at_as_a_whole() {
    let mut lot = Lot::new();
    lot.ok(4001, &control("1", 3));
    assert!(!lot.enter(PLATE));
    // The one entry goes and another comes: between the two the car is not free.
    let id = format!("{:0>32}", 1);
    let delete = json!({ "state": 2, "blackWhiteGraySheet": { "id": id } });
    let (reply, out) = lot.command_at(1, 4001, &[delete, control("2", 1)]);
    assert!(reply.succeeded());
    assert_eq!(out.actuations.len(), 0);
    let both = ["2", "3"]
        .map(|id| json!({ "state": 2, "blackWhiteGraySheet": { "id": format!("{id:0>32}") } }));
    lot.ok(4001, &control("3", 4));
    let (_, out) = lot.command_at(2, 4001, &both);
    assert_eq!((out.actuations.len(), lot.reports(5004).len()), (1, 1), "once for both");
}

#[test]
fn who_leaves_after_paying_makes_room_for_who_waits_within_the_same_input() {
    let mut lot = Lot::new();
    for number in 0..3 {
        assert!(lot.enter(&format!("粤A0000{number}")));
    }
    assert!(lot.enter(PLATE));
    lot.pass_time(60);
    assert!(!lot.leave(PLATE));
    assert!(!lot.enter("粤C00001"), "full");
    let record = lot.reports(5004).pop().unwrap();
    assert_eq!(record["parkCarInfo"]["plateNo"], PLATE);
    let notice = paid(&lot, "1", 10);
    let (_, out) = lot.command_at(1, 6007, &[notice]);
    assert_eq!(out.actuations.len(), 2, "one out, one in");
    assert_eq!(lot.counts().0, 4);
    assert_eq!(in_order(&lot)[4..], [5008, 5005, 5004]);
}

#[test]
fn a_share_lets_a_waiting_car_pass_and_one_that_is_cancelled_meanwhile_does_not() {
    // Full for visitors; whoever shares a space comes in.
    let full = || {
        let mut lot = Lot::with(|rules| rules.total_spaces = 0);
        assert!(!lot.enter(PLATE), "full");
        lot
    };
    let open = share("00:00:00", "23:59:59", 0);
    let mut cancel = open.clone();
    cancel["actionType"] = json!(1);
    let (_, out) = full().command_at(1, 6004, std::slice::from_ref(&open));
    assert_eq!(out.actuations.len(), 1);
    let (reply, out) = full().command_at(1, 6004, &[open, cancel]);
    assert!(reply.succeeded());
    assert_eq!(out.actuations.len(), 0);
}

#[test]
fn a_lease_that_ends_opens_to_nobody() {
    let mut lot = Lot::new();
    let sent = lease(&[PLATE], 1, "2026-03-01", "2026-03-31", 0);
    let sent = serde_json::from_value(sent["lease"].clone()).unwrap();
    lot.staff("1", StaffAction::SetLease(Box::new(sent)));
    lot.ok(4001, &control("1", 1));
    assert!(!lot.enter(PLATE));
    let end = StaffAction::EndLease { plates: vec![PLATE.parse().unwrap()] };
    assert_eq!(lot.staff("2", end).1.actuations.len(), 0);
}

#[test]
fn new_rules_are_for_those_who_wait_too() {
    let mut lot = Lot::with(|rules| rules.total_spaces = 0);
    assert!(!lot.enter(PLATE), "full");
    lot.rules.total_spaces = 4;
    assert_eq!(lot.apply(&Input::RulesChanged).1.actuations.len(), 1);
}
