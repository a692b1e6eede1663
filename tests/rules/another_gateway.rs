//! Another gateway drives the same lot: this one knows its cars, opens by itself for none of them, and tells the platform of
//! those alone of which it has told before, and of what its people do.

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

/// This one stands back, and a car has been inside for two hours of which the other has told.
fn with_a_stay_of_the_others() -> Lot {
    let mut lot = with_button();
    another(&mut lot, Some(Stance::StandsBack));
    assert!(!lot.enter(PLATE));
    wait(&mut lot, 60);
    lot.now += SignedDuration::from_hours(2);
    lot
}

fn inside(lot: &Lot, plate: &str) -> bool {
    lot.look(|tx| tx.open_record_of(plate).unwrap().is_some())
}

/// Time passes second by second, as the engine sees it.
fn wait(lot: &mut Lot, seconds: i64) {
    for _ in 0..seconds {
        lot.now += SignedDuration::from_secs(1);
        lot.tick();
    }
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
    lot.now += SignedDuration::from_secs(27);
    lot.tick();
    assert_eq!(opens(&another(&mut lot, None)), 0, "it was about yet when that was read");
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
fn who_is_held_for_money_while_another_gateway_drives_is_asked_by_that_one_and_gone_when_gone() {
    let mut lot = with_button();
    for plate in ["粤A00001", "粤A00002", "粤A00003"] {
        assert!(lot.enter(plate));
        wait(&mut lot, 60);
    }
    another(&mut lot, Some(Stance::StandsBack));
    let asked = lot.reports(5007).len();
    lot.now += SignedDuration::from_hours(5);
    assert!(!lot.leave("粤A00001"), "it owes");
    wait(&mut lot, 400);
    assert!(!inside(&lot, "粤A00001"), "the other has let it out");
    assert_eq!(lot.reports(5005).len(), 1, "this one told of its coming");
    assert!(!lot.leave("粤A00002"));
    another(&mut lot, None);
    assert!(inside(&lot, "粤A00002"), "it stands there yet");
    assert!(!lot.leave("粤A00002"));
    assert_eq!(lot.reports(5007).len(), asked + 1, "it is asked by this one now");
    wait(&mut lot, 600);
    assert!(inside(&lot, "粤A00002") && inside(&lot, "粤A00003"), "nobody else lets it out now");
}

#[test]
fn a_locked_car_that_is_held_while_another_gateway_drives_stays_inside_and_locked() {
    let mut lot = with_button();
    assert!(lot.enter(PLATE));
    wait(&mut lot, 60);
    let lock = json!({ "id": "3d9cbf9bd8a747d9be9bb5a1a47e2f4c", "parkCode": PARK_CODE,
        "plateNo": PLATE, "lockFlag": 0, "featureCode": "14d9" });
    lot.ok(6003, &lock);
    another(&mut lot, Some(Stance::StandsBack));
    lot.now += SignedDuration::from_hours(5);
    assert!(!lot.leave(PLATE));
    wait(&mut lot, 600);
    another(&mut lot, None);
    wait(&mut lot, 60);
    assert!(inside(&lot, PLATE));
    assert!(!lot.leave(PLATE), "it is locked yet");
}

#[test]
fn who_told_of_a_cars_coming_tells_of_its_going_and_who_did_not_begins_with_its_coming() {
    let mut lot = with_button();
    assert!(lot.enter("粤A00001"));
    wait(&mut lot, 60);
    let told = lot.reports(5004)[0]["id"].clone();
    another(&mut lot, Some(Stance::StandsBack));
    assert!(!lot.leave("粤A00001"), "the other opens");
    wait(&mut lot, 120);
    let gone = lot.reports(5005);
    assert_eq!((gone.len(), &gone[0]["id"]), (1, &told));

    assert!(!lot.enter("粤A00002"));
    wait(&mut lot, 120);
    assert!(inside(&lot, "粤A00002") && lot.reports(5004).len() == 1);
    another(&mut lot, None);
    assert!(lot.leave("粤A00002"));
    wait(&mut lot, 120);
    let (come, gone) = (lot.reports(5004), lot.reports(5005));
    assert_eq!((come.len(), gone.len()), (2, 2));
    assert_eq!((&come[1]["id"], &come[1]["leaveTime"]), (&gone[1]["id"], &Value::Null));
    let rows = lot.reader().pending(Urgency::Record, 0, 100).unwrap();
    let of_it = rows.iter().filter(|row| row.body.contains(come[1]["id"].as_str().unwrap()));
    let order: Vec<u16> = of_it.map(|row| row.code).collect();
    assert_eq!(order, [5004, 5005], "its coming first, and once");
}

#[test]
fn what_people_do_at_the_gateway_that_stands_back_is_told_by_it() {
    let mut lot = Lot::with(|rules| rules.total_spaces = 1);
    assert!(lot.enter("粤A00001"));
    wait(&mut lot, 60);
    another(&mut lot, Some(Stance::StandsBack));
    assert!(!lot.enter("粤A00002"), "it is full");
    let open = StaffAction::OpenLane {
        lane_id: lot.rules.lanes[0].id.clone(),
        reason: "贵宾".to_owned(),
        record_id: None,
    };
    assert_eq!(opens(&lot.staff("1", open).1), 1);
    wait(&mut lot, 120);
    let come = lot.reports(5004);
    assert_eq!(come.len(), 2);
    assert_eq!(come[1]["parkCarInfo"]["plateNo"], "粤A00002");

    // What only the other has told of, and people here ask the money for.
    lot.rules.total_spaces = 4;
    assert!(!lot.enter("粤A00003"));
    wait(&mut lot, 120);
    assert_eq!(lot.reports(5004).len(), 2);
    lot.now += SignedDuration::from_hours(5);
    let ask = StaffAction::AskPayment { plate_no: "粤A00003".parse().unwrap() };
    assert!(matches!(lot.staff("2", ask).0, StaffAnswer::Done(_)));
    assert_eq!((lot.reports(5004).len(), lot.reports(5007).len()), (3, 1));
    assert_eq!(lot.reports(5004)[2]["id"], lot.reports(5007)[0]["recordId"]);
}

#[test]
fn a_payment_for_a_stay_that_the_other_gateway_told_of_lets_its_car_out() {
    let mut lot = with_a_stay_of_the_others();
    another(&mut lot, None);
    let charge = paid_to_another(&lot, 14);
    lot.ok(6007, &charge);
    assert!(lot.leave(PLATE));
    wait(&mut lot, 120);
    lot.ok(6007, &charge);
    let counts = [5004, 5005, 5008].map(|code| lot.reports(code).len());
    assert_eq!(counts, [1, 1, 1]);

    // Of a stay that this one told of its own id is the only one.
    assert!(lot.enter(PLATE));
    wait(&mut lot, 60);
    let mut other = charge.clone();
    other["chargeInfo"]["id"] = "0000000000000000000000000000a002".into();
    assert_eq!(lot.refused(6007, &other), 1100);
}

#[test]
fn who_drives_tells_the_counts_and_how_the_lanes_stand() {
    let mut lot = with_button();
    assert!(lot.enter("粤A00001"));
    wait(&mut lot, 60);
    let before = [5003, 5011].map(|code| lot.reports(code).len());
    another(&mut lot, Some(Stance::StandsBack));
    let stop =
        StaffAction::StopLane { lane_id: lot.rules.lanes[0].id.clone(), reason: "修".into() };
    lot.staff("1", stop);
    assert!(!lot.leave("粤A00001"));
    wait(&mut lot, 120);
    assert_eq!([5003, 5011].map(|code| lot.reports(code).len()), before);
    another(&mut lot, None);
    assert_eq!(lot.counts().0, 0, "how many are inside is told at once");
    let lanes = lot.reports(5011);
    assert_eq!(lanes.len(), before[1] + lot.rules.lanes.len(), "and how every lane stands");
    assert!(lanes.iter().any(|lane| lane["comment"] == "张三：修"), "{lanes:?}");
}

#[test]
fn who_stood_before_a_barrier_when_the_other_died_is_opened_for_once_that_is_known() {
    let mut lot = with_button();
    another(&mut lot, Some(Stance::StandsBack));
    wait(&mut lot, 120);
    // It is known by its silence of 30 s; it says every 5 s that it is there.
    assert!(!lot.enter("粤A00001"));
    wait(&mut lot, 24);
    assert_eq!(opens(&another(&mut lot, None)), 1);
    wait(&mut lot, 120);
    assert_eq!(lot.reports(5004).len(), 1, "nobody else has told of it");
}

#[test]
fn who_came_in_just_before_a_change_is_told_of_by_the_one_that_let_him_in() {
    let mut lot = with_button();
    another(&mut lot, Some(Stance::StandsBack));
    assert!(!lot.enter("粤A00001"));
    wait(&mut lot, 20);
    another(&mut lot, Some(Stance::Drives));
    wait(&mut lot, 120);
    assert!(inside(&lot, "粤A00001") && lot.reports(5004).is_empty());
    assert!(lot.leave("粤A00001"));
    wait(&mut lot, 120);
    assert_eq!([5004, 5005].map(|code| lot.reports(code).len()), [1, 1]);
}

#[test]
fn who_is_to_pay_when_another_takes_over_pays_that_one_and_is_gone_when_gone() {
    let mut lot = with_button();
    assert!(lot.enter("粤A00001"));
    wait(&mut lot, 60);
    lot.now += SignedDuration::from_hours(5);
    assert!(!lot.leave("粤A00001"));
    assert_eq!(lot.reports(5007).len(), 1);
    another(&mut lot, Some(Stance::StandsBack));
    wait(&mut lot, 400);
    assert!(!inside(&lot, "粤A00001"));
    assert_eq!(lot.reports(5005).len(), 1, "this one told of its coming");
}

/// The platform has taken the money of a stay that is known under ids of another gateway.
fn paid_to_another(lot: &Lot, received: i64) -> Value {
    json!({ "parkCode": PARK_CODE, "chargeInfo": {
        "id": "0000000000000000000000000000a001", "recordId": "000000000000000000000000000000ff",
        "orderNo": "000000000000000000000000000000fe", "payTime": local(lot.now),
        "receivables": received, "discount": 0, "received": received, "payType": 2,
        "payFrom": "微信公众号", "parkCarInfo": { "plateNo": PLATE, "eidEquiped": false },
    } })
}

#[test]
fn the_others_order_is_paid_though_this_one_has_asked_too_but_not_where_no_other_was_about() {
    let mut lot = with_a_stay_of_the_others();
    another(&mut lot, None);
    assert!(!lot.leave(PLATE));
    assert_eq!(lot.reports(5007).len(), 1);
    let paid = paid_to_another(&lot, 14);
    let (reply, out) = lot.command_at(lot.now.as_second(), 6007, &[paid]);
    assert!(reply.succeeded() && opens(&out) == 1, "{reply:?}");

    let mut alone = with_button();
    alone.enter(PLATE);
    wait(&mut alone, 60);
    alone.now += SignedDuration::from_hours(2);
    let paid = paid_to_another(&alone, 14);
    assert_eq!(alone.refused(6007, &paid), 1100);
}

#[test]
fn money_taken_at_the_booth_of_the_one_that_stands_back_opens_the_barrier() {
    let mut lot = with_a_stay_of_the_others();
    assert!(!lot.leave(PLATE));
    let paid = StaffPayment {
        plate_no: PLATE.parse().unwrap(),
        received: Money::yuan(14),
        discount: Money::ZERO,
        pay_type: 1,
        pay_from: "线下缴费".to_owned(),
        discounts: Vec::new(),
    };
    let (answer, out) = lot.staff("1", StaffAction::Pay(Box::new(paid)));
    assert!(matches!(answer, StaffAnswer::Done(_)), "{answer:?}");
    assert_eq!(opens(&out), 1);
}

#[test]
fn of_who_left_while_this_one_was_away_nothing_is_claimed_where_another_was_about() {
    let mut lot = with_button();
    assert!(lot.enter("粤A00001"));
    wait(&mut lot, 60);
    another(&mut lot, Some(Stance::Drives));
    lot.now += SignedDuration::from_hours(5);
    let moment = lot.now;
    wait(&mut lot, 60);
    lot.read_late(EXIT, "粤A00001", moment);
    wait(&mut lot, 60);
    assert!(!inside(&lot, "粤A00001"));
    let gone = &lot.reports(5005)[0];
    assert_eq!([&gone["receivables"], &gone["received"]], [0, 0]);
    assert_eq!(lot.look(|tx| tx.unsettled_of("粤A00001").unwrap().len()), 0);
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
