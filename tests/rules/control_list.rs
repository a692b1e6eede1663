//! The control list (4001).

use crate::prelude::*;

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
