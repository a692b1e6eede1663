//! The queue of reports and its bounds.

use crate::prelude::*;

#[test]
fn at_its_bound_the_queue_loses_states_only_says_so_and_the_lanes_go_on() {
    let mut lot = Lot::new();
    assert!(lot.enter(PLATE));
    let keep = |lot: &mut Lot, free| lot.tick_with(Some(free));
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
        lot.apply(&Input::RulesChanged);
    };
    let acknowledge = |lot: &mut Lot| {
        let reader = lot.reader();
        for row in reader.pending(Urgency::BaseData, 0, 100).unwrap() {
            lot.acknowledged(row.seq);
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

#[test]
fn base_data_is_known_by_its_form_and_not_by_its_moment() {
    let mut lot = Lot::new();
    let device = |moment: &str| {
        json!({ "state": 1, "equipment": {
            "id": ENTRY, "name": "入口相机", "parkCode": PARK_CODE, "equipmentType": "1001",
            "equipmentCode": format!("{PARK_CODE}0001"), "state": 1, "moment": moment,
        } })
    };
    let report = |moment: &str| {
        let body = lotgate::standard::canonical::canonical(&device(moment));
        lotgate::standard::report::Report { code: 3003, key: ENTRY.to_owned(), body }
    };
    lot.rules.base_data = vec![report("2026-03-02 08:00:00")];
    lot.apply(&Input::RulesChanged);
    let row = lot.reader().pending(Urgency::BaseData, 0, 1).unwrap().remove(0);
    lot.acknowledged(row.seq);
    lot.rules.base_data = vec![report("2026-03-03 09:00:00")];
    lot.apply(&Input::RulesChanged);
    assert_eq!(lot.reports(3003), Vec::<Value>::new(), "nothing but the moment is new");
}
