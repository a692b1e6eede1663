//! Numbered spaces and garages as they are seen.

use crate::prelude::*;

#[test]
fn on_the_street_a_stay_begins_and_ends_with_its_space() {
    let mut lot = street();
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
fn behind_barriers_cars_are_counted_at_the_lanes_and_no_silent_sensor_makes_room_less() {
    let mut lot = Lot::with(|rules| {
        let space = |number: &str| Space {
            space_no: number.to_owned(),
            sensor: Some("sensor".to_owned()),
            ..Space::default()
        };
        rules.spaces = ["A1", "A2"].map(space).to_vec();
    });
    lot.device(DeviceEvent::Space { space_no: "A1".to_owned(), seen: SpaceSeen::Free });
    let before = lot.counts();
    for seen in [SpaceSeen::Unknown, SpaceSeen::Free, SpaceSeen::Unknown] {
        lot.device(DeviceEvent::Space { space_no: "A1".to_owned(), seen });
        assert_eq!(lot.counts(), before);
    }
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

// Whose a space is

fn numbered(spaces: &[(&str, bool)]) -> Lot {
    Lot::with(|rules| {
        rules.total_spaces = 10;
        rules.spaces = spaces
            .iter()
            .map(|(number, has_sensor)| Space {
                space_no: (*number).to_owned(),
                sensor: has_sensor.then(|| "sensor".to_owned()),
                ..Space::default()
            })
            .collect();
    })
}

fn last_state(lot: &Lot, space: &str) -> Option<i64> {
    let states = lot.reports(5001);
    states.iter().rev().find(|one| one["spaceNo"] == space)?["state"].as_i64()
}

fn see(lot: &mut Lot, space: &str, seen: SpaceSeen) {
    lot.device(DeviceEvent::Space { space_no: space.to_owned(), seen });
}

#[test]
fn a_watched_space_that_was_never_heard_is_unknown_and_not_bookable() {
    let mut lot = numbered(&[("A1", true)]);
    assert_eq!(lot.refused(6001, &book("YD1", PLATE, lot.now, 60)), 1501);
    see(&mut lot, "A1", SpaceSeen::Unknown);
    assert_eq!(last_state(&lot, "A1"), Some(-1));
    assert_eq!(lot.refused(6001, &book("YD1", PLATE, lot.now, 60)), 1501);
    see(&mut lot, "A1", SpaceSeen::Free);
    assert_eq!(lot.ok(6001, &book("YD1", PLATE, lot.now, 60))["spaceNo"], "A1");
}

#[test]
fn a_watched_space_is_its_sensors_and_is_not_handed_out_while_its_car_is_on_its_way() {
    let mut lot = numbered(&[("A1", true)]);
    see(&mut lot, "A1", SpaceSeen::Free);
    lot.ok(6001, &book("YD1", PLATE, lot.now, 60));
    assert_eq!(last_state(&lot, "A1"), Some(1));
    assert!(lot.enter(PLATE));
    see(&mut lot, "A1", SpaceSeen::Free);
    assert_eq!(last_state(&lot, "A1"), Some(0), "what the sensor says is what 5001 says");
    let another = book("YD2", "粤A00002", lot.now, 60);
    assert_eq!(lot.refused(6001, &another), 1501, "its car has passed the gate");
    see(&mut lot, "A1", SpaceSeen::Occupied);
    assert_eq!(last_state(&lot, "A1"), Some(2));
}

#[test]
fn a_booked_car_that_leaves_by_the_gate_does_not_free_a_space_where_another_stands() {
    let mut lot = numbered(&[("A1", true)]);
    see(&mut lot, "A1", SpaceSeen::Free);
    lot.ok(6001, &book("YD1", PLATE, lot.now, 60));
    assert!(lot.enter(PLATE));
    see(&mut lot, "A1", SpaceSeen::Occupied);
    lot.pass_time(5);
    assert!(lot.leave(PLATE));
    assert_eq!(last_state(&lot, "A1"), Some(2), "somebody stands there");
}

#[test]
fn what_visitors_may_take_is_what_is_reported_booked_and_full() {
    let owned = |number: &str| Space {
        space_no: number.to_owned(),
        manage_type: Some(1),
        ..Space::default()
    };
    let mut lot = Lot::with(|rules| {
        rules.total_spaces = 3;
        rules.reservable_spaces = Some(3);
        rules.spaces = vec![
            owned("M1"),
            Space { space_no: "V1".to_owned(), ..Space::default() },
            Space { space_no: "V2".to_owned(), ..Space::default() },
        ];
    });
    lot.ok(6010, &lease(&["粤B00009"], 1, "2026-03-01", "2026-03-31", 1));
    assert!(lot.enter("粤A00001"));
    assert_eq!(lot.counts(), (1, 0, 1), "one of three is a leaseholder's");
    lot.ok(6001, &book("YD1", PLATE, lot.now, 60));
    assert_eq!(lot.refused(6001, &book("YD2", "粤A00002", lot.now, 60)), 1501);
    assert!(!lot.enter("粤A00003"), "full for visitors");
    assert!(lot.enter("粤B00009"), "the leaseholder still comes in");
    assert_eq!(lot.counts(), (2, 1, 0));
}

#[test]
fn a_lot_may_say_itself_how_many_spaces_visitors_may_take() {
    let mut lot = Lot::with(|rules| rules.visitor_spaces = Some(1));
    assert!(lot.enter("粤A00001"));
    assert!(!lot.enter("粤A00002"));
}

#[test]
fn a_new_sensor_knows_nothing_of_what_the_one_before_it_saw() {
    let mut lot = Lot::with(|rules| {
        rules.spaces = vec![Space {
            space_no: "A1".to_owned(),
            sensor: Some("first".to_owned()),
            ..Space::default()
        }];
    });
    lot.device(DeviceEvent::Space { space_no: "A1".to_owned(), seen: SpaceSeen::Free });
    let states =
        |lot: &Lot| lot.reports(5001).iter().map(|one| one["state"].clone()).collect::<Vec<_>>();
    assert_eq!(states(&lot), [json!(0)]);
    lot.rules.spaces[0].sensor = Some("second".to_owned());
    lot.apply(&Input::Started);
    assert_eq!(states(&lot), [json!(-1)], "the newest counts");
    assert_eq!(lot.refused(6001, &book("YD1", PLATE, lot.now, 60)), 1501);
    lot.rules.spaces[0].sensor = None;
    lot.apply(&Input::Started);
    assert_eq!(states(&lot), [json!(0)], "nobody stands there, as far as records say");
}
