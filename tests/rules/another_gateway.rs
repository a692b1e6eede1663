//! Another gateway drives the same lot: this one knows its cars, opens by itself for none of them and tells the platform of
//! none.

use crate::prelude::*;
use lotgate::model::another_gateway::{AnotherGateway, Stance};
use lotgate::model::input::ConnectionName;

const BUTTON: u16 = 2;

fn with_button() -> Lot {
    let contact = |input| Contact { device_id: BOARD.into(), input, inverted: false };
    let mut lot = Lot::with(|rules| {
        rules.lanes[0].button = Some(contact(BUTTON));
        rules.fire_alarm = Some(contact(7));
    });
    online(&mut lot, BOARD, true);
    press(&mut lot, BUTTON, false);
    press(&mut lot, 7, false);
    lot
}

fn press(lot: &mut Lot, input: u16, closed: bool) -> Outcome {
    lot.device(DeviceEvent::Contact { device_id: BOARD.into(), input, closed, just_now: true })
}

fn another(lot: &mut Lot, stance: Option<Stance>) -> Outcome {
    let (box_id, here) = ("b".to_owned(), "a".to_owned());
    let another = stance.map(|stance| AnotherGateway { stance, box_id, here });
    let input = Input::Connection {
        name: ConnectionName::AnotherGateway,
        up: another.is_none(),
        error: another.map(|another| another.to_string()).unwrap_or_default(),
    };
    lot.apply(&input).1
}

fn opens(out: &Outcome) -> usize {
    out.actuations.iter().filter(|one| one.act.opens()).count()
}

#[test]
fn who_stands_back_opens_for_no_car_and_still_for_people_and_fire() {
    let mut lot = with_button();
    let told = another(&mut lot, Some(Stance::StandsBack));
    assert!(matches!(told.happenings[..], [Happening::AnotherGateway { .. }]));
    assert!(!lot.enter("粤A00001"));
    assert!(!lot.enter("粤A00001"), "nor when it is read again");
    assert_eq!(opens(&press(&mut lot, BUTTON, true)), 1);
    press(&mut lot, BUTTON, false);
    let open = StaffAction::OpenLane {
        lane_id: lot.rules.lanes[0].id.clone(),
        reason: "看见车".to_owned(),
        record_id: None,
    };
    assert_eq!(opens(&lot.staff("1", open).1), 1);
    assert_eq!(opens(&press(&mut lot, 7, true)), lot.rules.lanes.len());
}

#[test]
fn what_waits_is_opened_for_when_the_other_falls_silent_while_the_car_stands_there() {
    let mut lot = with_button();
    another(&mut lot, Some(Stance::StandsBack));
    assert!(!lot.enter("粤A00001"));
    lot.now += SignedDuration::from_secs(3);
    let out = another(&mut lot, None);
    assert_eq!(opens(&out), 1);
    assert!(out.happenings.contains(&Happening::NoOtherGateway));
    assert!(lot.enter("粤A00002"));

    // One that was read long before may have gone: its next read opens.
    another(&mut lot, Some(Stance::StandsBack));
    assert!(!lot.leave("粤A00001"));
    lot.now += SignedDuration::from_secs(20);
    lot.tick();
    assert_eq!(opens(&another(&mut lot, None)), 0);
    let out = lot.tick();
    assert!(out.happenings.iter().all(|one| !matches!(one, Happening::BarrierFault { .. })));
    assert!(lot.reports(2002).iter().all(|event| !event.to_string().contains("道闸未打开")));
    assert!(lot.leave("粤A00001"), "the lane is in service");
}

#[test]
fn a_car_that_the_other_gateway_opens_for_is_known_is_not_told_twice_and_is_no_fault_of_the_barrier()
 {
    let mut lot = with_button();
    another(&mut lot, Some(Stance::StandsBack));
    let faults = lot.reports(2002).len();
    for plate in ["粤A00001", "粤A00002", "粤A00003"] {
        assert!(!lot.enter(plate));
        for _ in 0..12 {
            lot.now += SignedDuration::from_secs(10);
            let out = lot.tick();
            let told = |one: &Happening| {
                matches!(one, Happening::BarrierFault { .. } | Happening::AssumedGone { .. })
            };
            assert!(!out.happenings.iter().any(told), "{:?}", out.happenings);
        }
    }
    assert_eq!(lot.reports(2002).len(), faults);
    assert!(lot.reports(5004).is_empty(), "the other has told of them");
    another(&mut lot, None);
    assert!(lot.enter("粤A00004"));
    assert_eq!(lot.reports(5004).len(), 1);
    assert!(lot.leave("粤A00001"), "it is known to be inside");
}

#[test]
fn who_is_held_for_money_while_another_gateway_drives_is_asked_by_that_one_and_gone_when_it_falls_silent()
 {
    let mut lot = with_button();
    for plate in ["粤A00001", "粤A00002", "粤A00003"] {
        assert!(lot.enter(plate));
        lot.now += SignedDuration::from_secs(30);
        lot.tick();
    }
    another(&mut lot, Some(Stance::StandsBack));
    let told = [5003, 5004, 5005, 5007, 5008].map(|code| lot.reports(code).len());
    lot.now += SignedDuration::from_hours(5);
    for plate in ["粤A00001", "粤A00002"] {
        assert!(!lot.leave(plate), "it owes");
        lot.now += SignedDuration::from_mins(4);
        lot.tick();
    }
    assert!(!lot.leave("粤A00002"), "it stands there yet");
    let now = [5003, 5004, 5005, 5007, 5008].map(|code| lot.reports(code).len());
    assert_eq!(now, told);
    lot.now += SignedDuration::from_secs(2);
    another(&mut lot, None);
    let inside =
        |lot: &Lot, plate: &str| lot.look(|tx| tx.open_record_of(plate).unwrap().is_some());
    assert!(!inside(&lot, "粤A00001"), "the other has let it out");
    assert!(inside(&lot, "粤A00002") && inside(&lot, "粤A00003"));
    assert_eq!(lot.reports(5005).len(), told[2], "and has told so");
    assert!(!lot.leave("粤A00002"));
    assert_eq!(lot.reports(5007).len(), told[3] + 1, "it is asked by this one now");
}

#[test]
fn who_drives_and_who_cannot_trust_the_broker_goes_on_and_the_platform_hears_of_it_once() {
    for stance in [Stance::Drives, Stance::Unprotected] {
        let mut lot = with_button();
        let before = lot.reports(2002).len();
        another(&mut lot, Some(stance));
        another(&mut lot, Some(stance));
        assert_eq!(lot.reports(2002).len(), before + 1);
        assert!(lot.enter("粤A00001"));
        another(&mut lot, None);
        assert_eq!(lot.reports(2002).len(), before + 2);
    }
}
