//! Numbered spaces and garages as they are seen.

use crate::prelude::*;

#[test]
fn on_the_street_a_stay_begins_and_ends_with_its_space() {
    let mut lot = Lot::with(|rules| {
        rules.on_street = true;
        rules.spaces = ["A1", "A2"]
            .map(|number| Space { space_no: number.to_owned(), ..Space::default() })
            .to_vec();
    });
    let see = |lot: &mut Lot, space: &str, what: SpaceSeen| {
        lot.device(DeviceEvent::Space { space_no: space.to_owned(), seen: what })
    };
    for space in ["A1", "A2", "A1"] {
        see(&mut lot, space, SpaceSeen::Occupied);
    }
    let entries = lot.reports(5004);
    assert_eq!(entries.len(), 2);
    assert_eq!((&entries[0]["spaceNo"], entries[0].get("parkCarInfo")), (&json!("A1"), None));
    assert_eq!(lot.counts().0, 2);
    lot.pass_time(90);
    assert_eq!(lot.ok(6006, &json!({ "spaceNo": "A1" }))["receivables"], 12);
    see(&mut lot, "A1", SpaceSeen::Unknown);
    assert_eq!(lot.reports(5005), Vec::<Value>::new(), "a silent sensor ends no stay");
    assert_eq!(lot.reports(5001)[1]["state"], -1);
    see(&mut lot, "A1", SpaceSeen::Occupied);
    see(&mut lot, "A1", SpaceSeen::Free);
    let left = &lot.reports(5005)[0];
    assert_eq!(
        (&left["id"], &left["receivables"], &left["received"]),
        (&entries[0]["id"], &json!(12), &json!(0))
    );
    assert_eq!(lot.reports(5004).len(), 2);
    see(&mut lot, "Z9", SpaceSeen::Occupied);
    assert_eq!(lot.counts().0, 1);
}

#[test]
fn garages_are_reported_on_change_and_every_ten_minutes() {
    let mut lot = Lot::new();
    let condition = |state, free| GarageCondition {
        garage_code: "4403040010010100001001".to_owned(),
        state,
        comment: None,
        spaces: GarageSpaces { total_small: 60, available_small: free, ..GarageSpaces::default() },
    };
    let see = |lot: &mut Lot, condition: &GarageCondition| {
        lot.device(DeviceEvent::Garage(condition.clone())).reported
    };
    assert!(see(&mut lot, &condition(1, 20)));
    assert!(!see(&mut lot, &condition(1, 20)));
    assert!(see(&mut lot, &condition(3, 20)));
    assert_eq!(lot.reports(8002).pop().unwrap()["garagestate"], 3);
    assert!(see(&mut lot, &condition(3, 19)));
    let spaces = lot.reports(8003).pop().unwrap();
    assert_eq!(spaces["garageSpacesList"][0]["availableSmallSpaces"], 19);
    let stranger = GarageCondition { garage_code: "x".to_owned(), ..condition(1, 1) };
    assert!(!see(&mut lot, &stranger));
    lot.tick();
    let moment = |lot: &Lot| lot.reports(8002).pop().unwrap()["moment"].clone();
    let first = moment(&lot);
    lot.pass_time(9);
    assert_eq!(moment(&lot), first);
    lot.pass_time(1);
    assert_ne!(moment(&lot), first);
}
