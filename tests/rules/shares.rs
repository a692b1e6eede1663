//! Shared parking (6004).

use crate::prelude::*;

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
