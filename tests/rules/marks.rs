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
fn a_command_of_many_elements_looks_at_a_car_once() {
    let mut lot = Lot::new();
    lot.ok(4001, &control("1", 3));
    lot.ok(4001, &control("2", 1));
    assert!(!lot.enter(PLATE));
    let delete =
        |id: &str| json!({ "state": 2, "blackWhiteGraySheet": { "id": format!("{id:0>32}") } });
    let (reply, out) = lot.command_at(1, 4001, &[delete("1"), delete("2")]);
    assert!(reply.succeeded());
    assert_eq!(out.actuations.len(), 1);
    assert_eq!(lot.reports(5004).len(), 1);
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
fn a_share_that_is_cancelled_and_a_lease_that_ends_let_nobody_pass() {
    let mut lot = Lot::new();
    assert!(lot.enter(PLATE));
    lot.pass_time(60);
    assert!(!lot.leave(PLATE));
    let mut cancel = share("01:00:00", "02:00:00", 0);
    lot.ok(6004, &cancel);
    cancel["actionType"] = json!(1);
    let (reply, out) = lot.command_at(1, 6004, &[cancel]);
    assert!(reply.succeeded());
    assert_eq!(out.actuations.len(), 0);
}
