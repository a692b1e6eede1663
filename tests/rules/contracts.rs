//! Payments deducted automatically (6008).

use crate::prelude::*;

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

/// What the lanes' display was told beside how much is free.
fn greetings(shows: &[Show]) -> Vec<Scene> {
    let scenes = shows.iter().map(|show| show.scene.clone());
    scenes.filter(|scene| !matches!(scene, Scene::Idle { .. })).collect()
}

#[test]
fn the_entry_tells_a_car_that_its_payments_are_deducted_as_soon_as_that_is_known() {
    let plate = || PLATE.to_owned();
    let with_display = || Lot::with(|rules| rules.lanes[0].display = Some(DISPLAY.into()));
    let mut lot = with_display();
    lot.ok(6008, &json!({ "parkCode": PARK_CODE, "plateNo": PLATE, "state": 1 }));
    assert!(lot.enter(PLATE));
    assert_eq!(greetings(&lot.shows), [Scene::ContractWelcome { plate: plate() }]);
    let record_id = record_of(&lot);
    let (_, out) = lot.apply(&Input::ContractAnswered { record_id, open: true });
    assert_eq!(greetings(&out.shows), [], "it was said");

    // The platform is asked while the car comes in (C.1.2.6 a).
    for (later, open, told) in [(3, true, true), (3, false, false), (11, true, false)] {
        let mut lot = with_display();
        assert!(lot.enter(PLATE));
        assert_eq!(greetings(&lot.shows), [Scene::Welcome { plate: plate() }]);
        lot.now += SignedDuration::from_secs(later);
        let record_id = record_of(&lot);
        let (_, out) = lot.apply(&Input::ContractAnswered { record_id, open });
        let greeted = greetings(&out.shows) == [Scene::ContractWelcome { plate: plate() }];
        assert_eq!(greeted, told, "{later} {open}");
    }
}
