//! Locked cars (6003).

use crate::prelude::*;

#[test]
fn a_locks_id_is_refused_for_another_plate_and_locks_and_unlocks_its_own() {
    let mut lot = Lot::new();
    let other = "粤B00001";
    assert!(lot.enter(PLATE) && lot.enter(other));
    let element = |plate: &str, flag: i64| {
        json!({ "id": "ff8080814d9be81f014d9beb81090003", "parkCode": PARK_CODE,
            "plateNo": plate, "lockFlag": flag, "featureCode": "14d9" })
    };
    lot.ok(6003, &element(PLATE, 0));
    for flag in [0, 1] {
        assert_eq!(lot.refused(6003, &element(other, flag)), 1100);
    }
    assert!(
        lot.leave(other) && !lot.leave(PLATE),
        "it is not locked by it, nor the first unlocked"
    );
    lot.ok(6003, &element(PLATE, 0));
    lot.ok(6003, &element(PLATE, 1));
    assert!(lot.enter(other));
    assert_eq!(lot.refused(6003, &element(other, 0)), 1100, "though it locks nothing now");
}

#[test]
fn a_plate_loses_at_the_platforms_door_what_nobody_sees() {
    let mut lot = Lot::new();
    assert!(lot.enter(PLATE));
    let element = json!({ "id": "ff8080814d9be81f014d9beb81090003", "parkCode": PARK_CODE,
        "plateNo": "\u{202e}粤B\u{e0041}8\u{2066}8888\u{2028}\u{1b}", "lockFlag": 0,
        "featureCode": "14d9" });
    lot.ok(6003, &element);
    assert!(!lot.leave(PLATE), "it is the same car");
}

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
