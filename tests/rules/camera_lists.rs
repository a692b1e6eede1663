//! Lists that cameras keep themselves: who stands on which, what is told first, what fails, what a camera let through.

use crate::prelude::*;
use lotgate::lot::tariff::ClassDefinition;
use lotgate::model::event::OpenedBy;
use lotgate::model::staff::ClassOf;
use lotgate::store::CameraListRow;
use std::collections::{BTreeMap, BTreeSet};

const OTHER: &str = "粤B00001";
const VISITOR: &str = "粤A77777";

/// Cameras that keep lists; each does what it is told, or does not.
struct Cameras {
    lot: Lot,
    lists: BTreeMap<String, BTreeSet<String>>,
    /// All orders in their order: the camera, and what it was told.
    told: Vec<(String, ListChange)>,
    refuses: Option<ListFault>,
}

impl Cameras {
    fn new(change: impl FnOnce(&mut lotgate::lot::Rules)) -> Self {
        let mut lot = Lot::with(|rules| {
            rules.list_cameras = vec![ENTRY.into(), EXIT.into()];
            rules.device_names = [ENTRY, EXIT].map(|id| (id.into(), id.to_owned())).to_vec();
            change(rules);
        });
        lot.apply(&Input::Started);
        let mut cameras = Self { lot, lists: BTreeMap::new(), told: Vec::new(), refuses: None };
        for camera in [ENTRY, EXIT] {
            let out = online(&mut cameras.lot, camera, true);
            cameras.obey(out);
        }
        cameras
    }

    fn obey(&mut self, out: Outcome) -> Vec<Happening> {
        let mut happenings = out.happenings;
        let mut orders = out.list_orders;
        while !orders.is_empty() {
            for ListOrder { device_id, id, change } in std::mem::take(&mut orders) {
                self.told.push((device_id.to_string(), change.clone()));
                let list = self.lists.entry(device_id.to_string()).or_default();
                let result = match (&self.refuses, change) {
                    (_, ListChange::AskMode) => continue,
                    (Some(fault), _) => Err(*fault),
                    (None, ListChange::Put(plate)) => {
                        list.insert(plate.plate_no);
                        Ok(())
                    }
                    (None, ListChange::Remove { plate_no }) => {
                        list.remove(&plate_no);
                        Ok(())
                    }
                };
                let out =
                    self.lot.device(DeviceEvent::ListAnswered { device_id, order: id, result });
                happenings.extend(out.happenings);
                orders.extend(out.list_orders);
            }
        }
        happenings
    }

    /// Time passes, second by second.
    fn wait(&mut self, seconds: i64) -> Vec<Happening> {
        let mut happenings = Vec::new();
        for _ in 0..seconds {
            self.lot.now += SignedDuration::from_secs(1);
            let out = self.lot.tick();
            happenings.extend(self.obey(out));
        }
        happenings
    }

    fn holds(&self, camera: &str) -> Vec<&str> {
        self.lists.get(camera).into_iter().flatten().map(String::as_str).collect()
    }
}

#[test]
fn an_entrys_camera_holds_no_more_plates_of_a_lease_than_it_has_spaces_free_and_an_exits_those_inside_on_one()
 {
    let mut cameras = Cameras::new(|_| {});
    cameras.lot.ok(6010, &lease(&[PLATE, OTHER], 1, "2026-03-01", "2026-03-31", 1));
    cameras.wait(2);
    assert_eq!(cameras.holds(ENTRY), [OTHER], "one of the two");
    assert_eq!(cameras.holds(EXIT), [""; 0]);
    assert!(cameras.lot.enter(PLATE), "the other comes while somebody speaks with the camera");
    cameras.wait(2);
    assert_eq!(cameras.holds(ENTRY), [""; 0], "its space is taken");
    assert_eq!(cameras.holds(EXIT), [PLATE]);
    assert!(cameras.lot.enter(OTHER), "as a visitor");
    assert!(cameras.lot.enter(VISITOR));
    cameras.wait(2);
    assert_eq!(cameras.holds(EXIT), [PLATE], "no visitor");
    cameras.lot.pass_time(60);
    assert!(cameras.lot.leave(PLATE));
    cameras.wait(2);
    assert_eq!(cameras.holds(ENTRY), [""; 0], "who waited has the space");
    assert_eq!(cameras.holds(EXIT), [""; 0], "and owes for the hour before");
    let paid = StaffPayment {
        plate_no: OTHER.parse().unwrap(),
        received: Money::yuan(12),
        discount: Money::ZERO,
        pay_type: 1,
        pay_from: "线下缴费".to_owned(),
        discounts: Vec::new(),
    };
    let (answer, _) = cameras.lot.staff("7", StaffAction::Pay(Box::new(paid)));
    assert!(matches!(answer, StaffAnswer::Done(_)), "{answer:?}");
    cameras.wait(2);
    assert_eq!(cameras.holds(EXIT), [OTHER], "paid");
    assert!(cameras.lot.leave(OTHER));
    cameras.wait(2);
    assert_eq!(cameras.holds(ENTRY), [OTHER], "who was here last comes first");
    assert_eq!(cameras.holds(EXIT), [""; 0]);
}

#[test]
fn the_free_list_is_on_both_and_a_held_or_locked_plate_and_an_ended_lease_leave_at_once_exits_first()
 {
    let mut cameras = Cameras::new(|_| {});
    cameras.lot.ok(6010, &lease(&[PLATE], 1, "2026-03-01", "2026-03-31", 1));
    let mut free = control("f", 5);
    free["blackWhiteGraySheet"]["parkCarInfo"]["plateNo"] = json!(OTHER);
    cameras.lot.ok(4001, &free);
    cameras.wait(2);
    assert_eq!((cameras.holds(ENTRY), cameras.holds(EXIT)), (vec![OTHER, PLATE], vec![OTHER]));
    assert!(cameras.lot.enter(PLATE));
    cameras.wait(2);
    assert_eq!(cameras.holds(EXIT), [OTHER, PLATE]);
    let lock = json!({ "id": format!("{:0>32}", 1), "parkCode": PARK_CODE, "plateNo": PLATE, "lockFlag": 0,
        "featureCode": "14d9" });
    cameras.lot.ok(6003, &lock);
    cameras.wait(1);
    assert_eq!(cameras.holds(EXIT), [OTHER], "locked");
    let mut unlock = lock;
    unlock["lockFlag"] = json!(1);
    cameras.lot.ok(6003, &unlock);
    cameras.wait(1);
    assert_eq!(cameras.holds(EXIT), [OTHER, PLATE]);
    cameras.told.clear();
    let mut banned = control("b", 3);
    banned["blackWhiteGraySheet"]["parkCarInfo"]["plateNo"] = json!(OTHER);
    cameras.lot.ok(4001, &banned);
    cameras.wait(1);
    assert_eq!((cameras.holds(ENTRY), cameras.holds(EXIT)), (vec![], vec![PLATE]));
    let off = |plate: &str| ListChange::Remove { plate_no: plate.to_owned() };
    assert_eq!(cameras.told, [(EXIT.to_owned(), off(OTHER)), (ENTRY.to_owned(), off(OTHER))]);
    let plates = vec![PLATE.parse().unwrap()];
    cameras.lot.staff("1", StaffAction::EndLease { plates });
    cameras.wait(1);
    assert_eq!((cameras.holds(ENTRY), cameras.holds(EXIT)), (vec![""; 0], vec![""; 0]));
}

#[test]
fn cars_of_a_class_that_is_free_are_on_both_and_a_locked_car_of_the_free_list_on_none() {
    let class = |name: &str, plates: &[&str]| ClassDefinition {
        name: name.to_owned(),
        plates: plates.iter().map(|plate| (*plate).to_owned()).collect(),
        free: true,
        ..ClassDefinition::default()
    };
    let mut cameras = Cameras::new(|rules| {
        rules.tariff.classes = vec![class("ambulance", &[VISITOR]), class("staff", &[])];
    });
    cameras.wait(2);
    assert_eq!((cameras.holds(ENTRY), cameras.holds(EXIT)), (vec![VISITOR], vec![VISITOR]));
    let of_staff = || ClassOf {
        plate_no: OTHER.parse().unwrap(),
        name: "staff".to_owned(),
        until: None,
        this_stay: false,
    };
    let reason = "员工".to_owned();
    cameras.lot.staff("1", StaffAction::GiveClass { class: of_staff(), reason });
    cameras.wait(1);
    assert_eq!(
        (cameras.holds(ENTRY), cameras.holds(EXIT)),
        (vec![VISITOR, OTHER], vec![VISITOR, OTHER])
    );
    assert!(cameras.lot.enter(OTHER));
    let lock = json!({ "id": format!("{:0>32}", 1), "parkCode": PARK_CODE, "plateNo": OTHER, "lockFlag": 0,
        "featureCode": "14d9" });
    cameras.lot.ok(6003, &lock);
    cameras.wait(1);
    assert_eq!(
        (cameras.holds(ENTRY), cameras.holds(EXIT)),
        (vec![VISITOR], vec![VISITOR]),
        "locked"
    );
    cameras.lot.staff("2", StaffAction::TakeClass { class: of_staff() });
    cameras.lot.ok(6003, &json!({ "id": format!("{:0>32}", 1), "parkCode": PARK_CODE, "plateNo": OTHER, "lockFlag": 1,
        "featureCode": "14d9" }));
    cameras.wait(1);
    assert_eq!(
        (cameras.holds(ENTRY), cameras.holds(EXIT)),
        (vec![VISITOR], vec![VISITOR]),
        "of no class"
    );
}

#[test]
fn a_plate_that_does_not_come_off_is_told_once_and_tried_again_until_it_does() {
    for fault in [ListFault::Refused(406), ListFault::Unsupported] {
        a_plate_that_does_not_come_off(fault);
    }
}

fn a_plate_that_does_not_come_off(fault: ListFault) {
    let mut cameras = Cameras::new(|_| {});
    cameras.lot.ok(6010, &lease(&[PLATE], 1, "2026-03-01", "2026-03-31", 1));
    cameras.wait(2);
    cameras.refuses = Some(fault);
    let plates = vec![PLATE.parse().unwrap()];
    cameras.lot.staff("1", StaffAction::EndLease { plates });
    let events = |lot: &Lot| lot.reports(2002).len();
    let before = events(&cameras.lot);
    let happenings = cameras.wait(120);
    let stuck = |one: &&Happening| matches!(one, Happening::CameraListStuck { removing: true, .. });
    assert_eq!(happenings.iter().filter(stuck).count(), 1);
    assert_eq!(events(&cameras.lot), before + 1);
    let tried = cameras.told.len();
    assert!((5..20).contains(&tried), "{tried}: with pauses in between");
    assert_eq!(cameras.holds(ENTRY), [PLATE]);
    cameras.refuses = None;
    cameras.wait(300);
    assert_eq!(cameras.holds(ENTRY), [""; 0]);
}

#[test]
fn after_a_start_an_order_without_an_answer_is_given_again_and_an_old_answer_says_nothing() {
    let mut cameras = Cameras::new(|_| {});
    cameras.lot.ok(6010, &lease(&[PLATE], 1, "2026-03-01", "2026-03-31", 1));
    cameras.lot.now += SignedDuration::from_secs(1);
    let lost = cameras.lot.tick().list_orders;
    assert_eq!(lost.len(), 1, "one at a time");
    cameras.lot.now += SignedDuration::from_secs(1);
    assert!(cameras.lot.tick().list_orders.is_empty(), "it has not answered");
    cameras.lot.apply(&Input::Started);
    let device_id: Id = ENTRY.into();
    let stale = DeviceEvent::ListAnswered { device_id, order: lost[0].id.clone(), result: Ok(()) };
    cameras.lot.device(stale);
    assert_eq!(cameras.holds(ENTRY), [""; 0]);
    cameras.wait(2);
    assert_eq!(cameras.holds(ENTRY), [PLATE]);
}

#[test]
fn a_camera_that_is_not_heard_is_told_what_waits_when_it_is() {
    let mut cameras = Cameras::new(|_| {});
    online(&mut cameras.lot, ENTRY, false);
    cameras.lot.ok(6010, &lease(&[PLATE], 1, "2026-03-01", "2026-03-31", 1));
    cameras.wait(5);
    assert_eq!(cameras.holds(ENTRY), [""; 0]);
    let out = online(&mut cameras.lot, ENTRY, true);
    assert!(out.list_orders.iter().any(|order| order.change == ListChange::AskMode));
    cameras.obey(out);
    cameras.wait(1);
    assert_eq!(cameras.holds(ENTRY), [PLATE]);
}

#[test]
fn a_list_that_is_switched_off_is_emptied() {
    let mut cameras = Cameras::new(|_| {});
    cameras.lot.ok(6010, &lease(&[PLATE], 1, "2026-03-01", "2026-03-31", 1));
    cameras.wait(2);
    assert_eq!(cameras.holds(ENTRY), [PLATE]);
    cameras.lot.rules.list_cameras.clear();
    cameras.lot.apply(&Input::RulesChanged);
    cameras.wait(3);
    assert_eq!(cameras.holds(ENTRY), [""; 0]);
}

#[test]
fn a_lease_that_begins_or_ends_with_a_day_comes_and_goes_with_it() {
    let mut cameras = Cameras::new(|_| {});
    cameras.lot.ok(6010, &lease(&[PLATE], 1, "2026-03-03", "2026-03-03", 1));
    cameras.wait(2);
    assert_eq!(cameras.holds(ENTRY), [""; 0]);
    cameras.lot.now = at("2026-03-03T00:00");
    cameras.wait(2);
    assert_eq!(cameras.holds(ENTRY), [PLATE]);
    let until = cameras.told.iter().find_map(|(_, change)| match change {
        ListChange::Put(plate) => Some(plate.until),
        _ => None,
    });
    assert_eq!(until, Some(at("2026-03-04T00:00")));
    cameras.lot.now = at("2026-03-04T00:00");
    cameras.wait(2);
    assert_eq!(cameras.holds(ENTRY), [""; 0]);
}

#[test]
fn who_will_be_held_from_a_moment_on_is_listed_up_to_then() {
    let mut cameras = Cameras::new(|_| {});
    cameras.lot.ok(6010, &lease(&[PLATE], 1, "2026-03-01", "2026-03-31", 1));
    let mut banned = control("b", 1);
    banned["blackWhiteGraySheet"]["beginDate"] = json!("2026-03-05 12:00:00");
    cameras.lot.ok(4001, &banned);
    cameras.wait(2);
    assert_eq!(cameras.holds(ENTRY), [PLATE]);
    let put = cameras.told.iter().rev().find_map(|(_, change)| match change {
        ListChange::Put(plate) => Some(plate.until),
        _ => None,
    });
    assert_eq!(put, Some(at("2026-03-05T12:00")));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn lists_hold_who_may_pass_after_whatever_order_of_entries_and_exits(
        spaces in 1_usize..4, convert in any::<bool>(),
        steps in prop::collection::vec((0_usize..5, any::<bool>()), 1..25),
    ) {
        let plates = ["粤B00001", "粤B00002", "粤B00003", "粤B00004", "粤B00005"];
        let mut cameras = Cameras::new(|rules| {
            rules.total_spaces = 100;
            rules.on_free = if convert { OnFree::Convert } else { OnFree::StayTemporary };
        });
        cameras.lot.ok(6010, &lease(&plates, spaces, "2026-03-01", "2026-12-31", 1));
        let key = plates.join(" ");
        let mut inside = BTreeSet::new();
        for (number, (car, silent)) in steps.into_iter().enumerate() {
            cameras.lot.now += SignedDuration::from_mins(20);
            // Now and then a camera does not do what it is told.
            cameras.refuses = silent.then_some(ListFault::Silent);
            if inside.remove(&car) {
                if !cameras.lot.leave(plates[car]) {
                    cameras.lot.open_exit(&format!("{number}"));
                }
            } else {
                cameras.lot.enter(plates[car]);
                inside.insert(car);
            }
            cameras.wait(3);
            cameras.refuses = None;
            cameras.wait(40);
            let (holders, waiting) = cameras.lot.look(|tx| {
                let lease = tx.lease(&key).unwrap().unwrap();
                let cars = lotgate::lot::lease_spaces::holders(tx, &lease).unwrap();
                let waiting =
                    lotgate::lot::lease_spaces::waiting(tx, &lease, &zone(), cameras.lot.now);
                let plates: BTreeSet<_> =
                    cars.iter().map(|car| car.record.plate_text().to_owned()).collect();
                (plates, waiting.unwrap().len())
            });
            let mut paid = BTreeSet::new();
            for plate in &holders {
                if cameras.lot.ok(6006, &fee(plate))["receivables"] == 0 {
                    paid.insert(plate.clone());
                }
            }
            let at_exit: BTreeSet<_> =
                cameras.holds(EXIT).into_iter().map(str::to_owned).collect();
            prop_assert_eq!(at_exit, paid);
            let at_entry = cameras.holds(ENTRY);
            let outside = plates.len() - inside.len();
            let takes = if convert { waiting } else { 0 };
            let free = spaces.saturating_sub(holders.len() + takes).min(outside);
            prop_assert_eq!(at_entry.len(), free);
            for plate in at_entry {
                let car = plates.iter().position(|one| *one == plate).unwrap();
                prop_assert!(!inside.contains(&car));
            }
        }
    }
}

#[test]
fn a_list_that_opens_beside_the_gateway_is_told_once() {
    let mut cameras = Cameras::new(|_| {});
    let mut told = |mode| {
        let device_id: Id = ENTRY.into();
        cameras.lot.device(DeviceEvent::ListMode { device_id, mode }).happenings.len()
    };
    assert_eq!((told(ListMode::WhenOffline), told(ListMode::Always)), (0, 1));
    assert_eq!((told(ListMode::Always), told(ListMode::Never)), (0, 1));
}

#[test]
fn what_a_camera_let_out_by_its_own_list_is_not_claimed_afterwards() {
    let mut lot = Lot::new();
    assert!(lot.enter(PLATE));
    lot.now = at("2026-03-02T12:00");
    let moment = ReadMoment::Late(at("2026-03-02T10:00"));
    let read = PlateRead { opened_by: OpenedBy::CameraList, ..lot.sight(EXIT, PLATE, moment) };
    assert!(!lot.take_read(read), "no barrier");
    let left = lot.reports(5005).pop().unwrap();
    assert_eq!(
        (&left["leaveTime"], &left["receivables"]),
        (&json!("2026-03-02 10:00:00"), &json!(0))
    );
    assert!(lot.reports(5007).is_empty());
    assert_eq!(lot.look(|tx| tx.unsettled_records(0, 10).unwrap().len()), 0);
}

fn alias_inside() -> Cameras {
    let mut cameras = Cameras::new(|_| {});
    cameras.lot.ok(6010, &lease(&[PLATE, OTHER], 1, "2026-03-01", "2026-03-31", 1));
    let mut read = cameras.lot.sight(ENTRY, PLATE, ReadMoment::Live);
    read.aliases = vec![OTHER.parse().unwrap()];
    assert!(cameras.lot.take_read(read));
    cameras.wait(2);
    assert_eq!(cameras.holds(EXIT), [OTHER, PLATE], "one car by either of its plates");
    cameras
}

#[test]
fn a_car_that_is_held_or_locked_by_one_of_its_plates_leaves_the_lists_by_all_of_them() {
    for held in [PLATE, OTHER] {
        let mut cameras = alias_inside();
        let mut banned = control("b", 2);
        banned["blackWhiteGraySheet"]["parkCarInfo"]["plateNo"] = json!(held);
        cameras.lot.ok(4001, &banned);
        cameras.wait(1);
        assert_eq!(cameras.holds(EXIT), [""; 0], "{held} held");
    }
    let mut cameras = alias_inside();
    let lock = json!({ "id": format!("{:0>32}", 1), "parkCode": PARK_CODE, "plateNo": PLATE, "lockFlag": 0,
        "featureCode": "14d9" });
    cameras.lot.ok(6003, &lock);
    cameras.wait(1);
    assert_eq!(cameras.holds(EXIT), [""; 0], "locked");
}

#[test]
fn a_car_whose_lease_names_its_second_plate_only_is_not_let_out_by_it_while_the_first_is_held() {
    let mut cameras = Cameras::new(|_| {});
    let mut read = cameras.lot.sight(ENTRY, PLATE, ReadMoment::Live);
    read.aliases = vec![OTHER.parse().unwrap()];
    assert!(cameras.lot.take_read(read));
    cameras.lot.ok(6010, &lease(&[OTHER], 1, "2026-03-01", "2026-03-31", 1));
    cameras.wait(2);
    assert_eq!(cameras.holds(EXIT), [OTHER, PLATE]);
    let mut banned = control("b", 2);
    banned["blackWhiteGraySheet"]["parkCarInfo"]["plateNo"] = json!(PLATE);
    cameras.lot.ok(4001, &banned);
    cameras.wait(1);
    assert_eq!(cameras.holds(EXIT), [""; 0]);
}

#[test]
fn a_plate_that_cannot_be_taken_off_for_a_minute_is_told_once_though_nothing_was_sent() {
    let mut cameras = Cameras::new(|_| {});
    cameras.lot.ok(6010, &lease(&[PLATE], 1, "2026-03-01", "2026-03-31", 1));
    cameras.wait(2);
    online(&mut cameras.lot, ENTRY, false);
    let plates = vec![PLATE.parse().unwrap()];
    cameras.lot.staff("1", StaffAction::EndLease { plates });
    let stuck = |happenings: Vec<Happening>| {
        let stuck = |one: &&Happening| {
            matches!(
                one,
                Happening::CameraListStuck { removing: true, fault: ListFault::Unreachable, .. }
            )
        };
        happenings.iter().filter(stuck).count()
    };
    let before = cameras.lot.reports(2002).len();
    assert_eq!(stuck(cameras.wait(58)), 0, "it may be back at once");
    assert_eq!(stuck(cameras.wait(600)), 1);
    assert_eq!(cameras.lot.reports(2002).len(), before + 1);
    let out = online(&mut cameras.lot, ENTRY, true);
    cameras.obey(out);
    assert_eq!(stuck(cameras.wait(100)), 0);
    assert_eq!(cameras.holds(ENTRY), [""; 0]);
}

#[test]
fn another_camera_in_the_place_of_one_is_told_all_that_it_is_to_hold_and_all_that_it_is_not() {
    let named = |sn: &str| vec![(ENTRY.into(), format!("vzenith-mqtt {sn}"))];
    let mut cameras = Cameras::new(|rules| rules.camera_identities = named("1"));
    cameras.lot.ok(6010, &lease(&[PLATE], 1, "2026-03-01", "2026-03-31", 1));
    cameras.wait(2);
    assert_eq!(cameras.holds(ENTRY), [PLATE]);
    cameras.told.clear();
    cameras.lot.apply(&Input::Started);
    cameras.wait(3);
    assert!(cameras.told.iter().all(|(_, change)| *change == ListChange::AskMode), "the same");
    // The new one comes from another lot.
    cameras.lists.insert(ENTRY.to_owned(), BTreeSet::new());
    cameras.lot.rules.camera_identities = named("2");
    cameras.lot.apply(&Input::RulesChanged);
    cameras.wait(3);
    assert_eq!(cameras.holds(ENTRY), [PLATE]);
}

#[test]
fn a_lease_of_many_plates_is_looked_at_part_by_part() {
    let plates: Vec<_> = (0..120).map(|number| format!("粤B{number:05}")).collect();
    let plates: Vec<&str> = plates.iter().map(String::as_str).collect();
    let mut cameras = Cameras::new(|_| {});
    // The round over all plates is over.
    cameras.wait(2);
    cameras.lot.ok(6010, &lease(&plates, 120, "2026-03-01", "2026-03-31", 1));
    cameras.wait(1);
    assert_eq!(cameras.holds(ENTRY).len(), 50);
    cameras.wait(1);
    assert_eq!(cameras.holds(ENTRY).len(), 100);
    cameras.wait(3);
    assert_eq!(cameras.holds(ENTRY).len(), 120);
}

#[test]
fn a_list_is_filled_up_to_its_length_and_no_further_in_one_look() {
    let mut cameras = Cameras::new(|_| {});
    cameras.wait(2);
    cameras.lot.ok(6010, &lease(&[OTHER, PLATE], 2, "2026-03-01", "2026-03-31", 1));
    let now = cameras.lot.now;
    let tx = cameras.lot.store.begin().unwrap();
    for number in 0..4999 {
        let row = CameraListRow::new(&ENTRY.into(), &format!("粤Z{number:05}"), now);
        let wanted_until = Some(now + SignedDuration::from_hours(24));
        tx.set_camera_list_row(&CameraListRow { wanted_until, ..row }).unwrap();
    }
    tx.commit().unwrap();
    cameras.lot.now += SignedDuration::from_secs(1);
    let told = cameras.lot.tick().happenings;
    assert!(told.iter().any(|one| matches!(one, Happening::CameraListFull { .. })), "{told:?}");
    let listed = |plate: &str| {
        cameras.lot.look(|tx| tx.camera_list_row(&ENTRY.into(), plate).unwrap().is_some())
    };
    assert_eq!((listed(OTHER), listed(PLATE)), (true, false));
}
