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
