//! What devices tell.

use crate::prelude::*;

#[test]
fn a_camera_that_falls_silent_stops_its_lane_and_calls_somebody() {
    let mut lot = Lot::new();
    for (online, states) in [(true, vec![]), (false, vec![4]), (true, vec![1])] {
        let id = ENTRY.into();
        lot.device(if online { DeviceEvent::Online(id) } else { DeviceEvent::Offline(id) });
        let shown: Vec<_> =
            lot.reports(5011).iter().map(|s| s["state"].as_i64().unwrap()).collect();
        assert_eq!(shown, states);
    }
    let events = lot.reports(2002);
    assert_eq!(events.len(), 1);
    assert_eq!((&events[0]["equipmentId"], &events[0]["eventLevel"]), (&json!(ENTRY), &json!(2)));
    assert_eq!(lot.reports(5002).pop().unwrap()["state"], 1);
}

#[test]
fn a_camera_that_was_away_is_told_again_to_hold_what_is_held_open() {
    let mut lot = Lot::new();
    let (_, out) = lot.staff("1", StaffAction::RaiseAll { reason: "消防".to_owned() });
    let raised = out.actuations.iter().filter(|one| matches!(one.act, Act::Hold { .. })).count();
    assert_eq!(raised, lot.rules.lanes.len());
    for (event, held) in
        [(DeviceEvent::Offline(ENTRY.into()), 0), (DeviceEvent::Online(ENTRY.into()), 1)]
    {
        let out = lot.device(event);
        let holds = out.actuations.iter().filter(|one| matches!(one.act, Act::Hold { .. }));
        assert_eq!(holds.count(), held);
    }
}

#[test]
fn counts_are_reported_no_more_often_than_every_so_long_and_at_least_every_ten_minutes() {
    let mut lot = Lot::with(|rules| rules.counts_every = SignedDuration::from_secs(5));
    assert!(lot.enter("粤A00001"));
    assert!(lot.enter("粤A00002"));
    assert_eq!(lot.counts().0, 1, "the second is not due yet");
    lot.now += SignedDuration::from_secs(5);
    lot.tick();
    assert_eq!(lot.counts().0, 2);
    let reported = |lot: &Lot| {
        let reader = lot.reader();
        reader.last_seq().unwrap()
    };
    let before = reported(&lot);
    lot.now += SignedDuration::from_secs(599);
    lot.tick();
    assert_eq!(reported(&lot), before);
    lot.now += SignedDuration::from_secs(1);
    lot.tick();
    assert_eq!(reported(&lot), before + 1);
}
