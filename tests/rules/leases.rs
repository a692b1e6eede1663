//! Leases (6009, 6010).

use crate::prelude::*;

#[test]
fn a_lease_is_asked_for_by_plate_and_replaced_by_the_newest() {
    let mut lot = Lot::new();
    let ask = json!({ "parkCode": PARK_CODE, "plateNo": PLATE });
    assert_eq!(lot.refused(6009, &ask), 1106);
    let newest = lease(&[PLATE, "粤B00001"], 1, "2026-01-01", "2026-06-30", 2_000);
    lot.ok(6010, &newest);
    lot.ok(6010, &newest);
    // The same plates in another order are the same lease; this form is older.
    let older = lease(&["粤B00001", PLATE], 1, "2026-01-01", "2026-02-28", 1_000);
    assert_eq!(lot.refused(6010, &older), 1300);
    assert_eq!(lot.ok(6009, &ask)["lease"], newest["lease"]);
    let reported = lot.reports(5012);
    assert_eq!(reported.len(), 1);
    assert_eq!((&reported[0]["lease"], &reported[0]["state"]), (&newest["lease"], &json!(1)));
    for (name, value, code) in
        [("endDate", json!("2025-01-01"), 1007), ("plateNoList", json!([]), 1000)]
    {
        let mut bad = newest.clone();
        bad["lease"][name] = value;
        assert_eq!(lot.refused(6010, &bad), code, "{name}");
    }
}

#[test]
fn as_many_cars_stand_free_as_the_lease_has_spaces_and_one_more_pays() {
    let mut lot = Lot::new();
    lot.ok(6010, &lease(&[PLATE, "粤B00001"], 1, "2026-03-01", "2026-03-31", 1));
    assert!(lot.enter(PLATE));
    assert!(lot.enter("粤B00001"));
    lot.pass_time(120);
    assert!(lot.leave(PLATE), "covered by the lease");
    assert!(!lot.leave("粤B00001"), "one more than it has spaces");
    assert_eq!(lot.ok(6006, &fee("粤B00001"))["receivables"], 12);
}

#[test]
fn a_lease_comes_into_a_full_lot_and_time_after_its_last_day_is_charged() {
    let mut lot = Lot::with(|rules| rules.total_spaces = 1);
    lot.ok(6010, &lease(&[PLATE], 1, "2026-03-01", "2026-03-02", 1));
    assert!(lot.enter("粤A00001"));
    assert!(lot.enter(PLATE));
    lot.now = at("2026-03-03T02:00");
    assert_eq!(lot.ok(6006, &fee(PLATE))["receivables"], 12, "two hours past midnight");
    let shown = lot.ok(6009, &json!({ "parkCode": PARK_CODE, "plateNo": PLATE }));
    assert_eq!(shown["lease"]["unpaidMonths"], 1);
    lot.ok(6010, &lease(&[PLATE], 1, "2026-03-01", "2026-04-30", 2));
    assert!(lot.leave(PLATE), "extended while the car stood inside");
}

#[test]
fn a_lease_made_while_the_car_is_inside_covers_it() {
    let mut lot = Lot::new();
    assert!(lot.enter(PLATE));
    lot.pass_time(120);
    assert!(!lot.leave(PLATE));
    let made = lease(&[PLATE], 1, "2026-03-02", "2026-03-31", 1);
    let (_, out) = lot.command_at(900, 6010, &[made]);
    assert_eq!(out.actuations.len(), 1, "it waits at the exit and may go at once");
}

#[test]
fn an_unknown_lease_is_made_or_refused_as_the_lot_says() {
    for (unknown_lease, code) in [(UnknownLease::Make, None), (UnknownLease::Refuse, Some(1106))] {
        let mut lot = Lot::with(|rules| rules.unknown_lease = unknown_lease);
        let sent = lease(&[PLATE], 1, "2026-01-01", "2026-06-30", 2_000);
        let reply = lot.command(6010, &sent);
        assert_eq!(reply.data[0].get("code").and_then(Value::as_i64), code);
        assert_eq!(lot.reports(5012).len(), usize::from(code.is_none()));
    }
}

#[test]
fn a_misread_leaseholders_car_stands_for_its_lease_once_its_plate_is_put_right() {
    let mut lot = Lot::new();
    lot.ok(6010, &lease(&[PLATE], 1, "2026-03-01", "2026-03-31", 1));
    assert!(lot.enter("粤B88886"));
    let correction = |lot: &Lot, plate: &str| Correction {
        record_id: Some(record_of(lot)),
        plate_no: Some(plate.parse().unwrap()),
        ..Correction::default()
    };
    let right = correction(&lot, PLATE);
    lot.staff("1", StaffAction::Correct(Box::new(right)));
    lot.pass_time(120);
    assert_eq!(lot.ok(6006, &fee(PLATE))["receivables"], 0);
    let wrong = correction(&lot, "粤B88886");
    lot.staff("2", StaffAction::Correct(Box::new(wrong)));
    assert_eq!(lot.ok(6006, &fee("粤B88886"))["receivables"], 12);
}

#[test]
fn a_lease_that_begins_or_ends_while_its_car_is_inside_counts_for_its_days() {
    let mut lot = Lot::with(|rules| rules.visitor_spaces = Some(1));
    lot.ok(6010, &lease(&[PLATE], 1, "2026-03-03", "2026-03-04", 1));
    assert!(lot.enter(PLATE));
    assert_eq!(lot.counts(), (1, 0, 0), "it has none today");
    lot.now = at("2026-03-03T00:00");
    lot.tick();
    assert_eq!(lot.counts(), (1, 0, 1));
    lot.ok(6010, &lease(&[PLATE], 1, "2026-02-01", "2026-03-01", 2));
    assert_eq!(lot.counts(), (1, 0, 0), "its days are over");
}

#[test]
fn a_misread_car_that_took_a_space_of_a_lease_gives_it_back_to_who_waited_in_vain() {
    let mut lot = Lot::new();
    lot.ok(6010, &lease(&[PLATE, "粤B00001"], 1, "2026-03-01", "2026-03-31", 1));
    assert!(lot.enter(PLATE), "it is another, misread");
    let misread = record_of(&lot);
    lot.pass_time(5);
    assert!(lot.enter("粤B00001"));
    lot.pass_time(120);
    assert_eq!(lot.ok(6006, &fee("粤B00001"))["receivables"], 12);
    let right = Correction {
        record_id: Some(misread),
        plate_no: Some("粤B88886".parse().unwrap()),
        ..Correction::default()
    };
    lot.staff("1", StaffAction::Correct(Box::new(right)));
    assert_eq!(lot.ok(6006, &fee("粤B00001"))["receivables"], 0, "the space was free all along");
    assert_eq!(lot.ok(6006, &fee("粤B88886"))["receivables"], 14);
}

#[test]
fn an_entry_or_an_end_corrected_by_hand_moves_the_time_on_the_space_with_it() {
    let mut lot = Lot::new();
    lot.ok(6010, &lease(&[PLATE, "粤B00001"], 1, "2026-03-01", "2026-03-31", 1));
    assert!(lot.enter(PLATE));
    let first = record_of(&lot);
    lot.pass_time(60);
    assert!(lot.enter("粤B00001"));
    lot.pass_time(180);
    let earlier = Correction {
        record_id: Some(first.clone()),
        enter_time: Some(at("2026-03-02T06:00")),
        ..Correction::default()
    };
    lot.staff("1", StaffAction::Correct(Box::new(earlier)));
    assert_eq!(lot.ok(6006, &fee(PLATE))["receivables"], 0);
    assert!(lot.leave(PLATE));
    lot.pass_time(60);
    assert_eq!(lot.ok(6006, &fee("粤B00001"))["receivables"], 14, "three hours until the space");
    let left_earlier = Correction {
        record_id: Some(first),
        leave_time: Some(at("2026-03-02T10:00")),
        ..Correction::default()
    };
    lot.staff("2", StaffAction::Correct(Box::new(left_earlier)));
    assert_eq!(lot.ok(6006, &fee("粤B00001"))["receivables"], 10, "one hour");
}

#[test]
fn a_lease_with_fewer_spaces_than_before_takes_the_last_one_back_from_now_on_and_with_more_gives_it()
 {
    let mut lot = Lot::with(|rules| rules.visitor_spaces = Some(2));
    let plates = [PLATE, "粤B00001"];
    lot.ok(6010, &lease(&plates, 2, "2026-03-01", "2026-03-31", 1));
    assert!(lot.enter(PLATE));
    lot.pass_time(5);
    assert!(lot.enter("粤B00001"));
    assert_eq!(lot.counts(), (2, 0, 2));
    lot.pass_time(120);
    lot.ok(6010, &lease(&plates, 1, "2026-03-01", "2026-03-31", 2));
    assert_eq!(lot.counts(), (2, 0, 1));
    lot.pass_time(120);
    assert_eq!(lot.ok(6006, &fee(PLATE))["receivables"], 0);
    assert_eq!(lot.ok(6006, &fee("粤B00001"))["receivables"], 12, "two hours since");
    lot.ok(6010, &lease(&plates, 2, "2026-03-01", "2026-03-31", 3));
    assert_eq!(lot.counts(), (2, 0, 2));
    lot.pass_time(300);
    assert_eq!(
        lot.ok(6006, &fee("粤B00001"))["receivables"],
        0,
        "the newest form counts for all its days"
    );
}

#[test]
fn what_a_former_form_of_a_lease_made_free_is_not_charged_afterwards() {
    let mut lot = Lot::new();
    lot.ok(6010, &lease(&[PLATE], 1, "2026-03-01", "2026-03-31", 1));
    assert!(lot.enter(PLATE));
    lot.now = at("2026-03-04T10:00");
    lot.ok(6010, &lease(&[PLATE], 1, "2026-03-01", "2026-03-02", 2));
    assert_eq!(lot.ok(6006, &fee(PLATE))["receivables"], 0);
    lot.now = at("2026-03-04T12:00");
    assert_eq!(lot.ok(6006, &fee(PLATE))["receivables"], 12, "two hours since it was shortened");
}

#[test]
fn a_car_whose_lease_ends_at_midnight_stands_for_its_next_one_from_then() {
    let mut lot = Lot::new();
    lot.ok(6010, &lease(&[PLATE], 1, "2026-03-01", "2026-03-02", 1));
    lot.ok(6010, &lease(&[PLATE, "粤B00001"], 1, "2026-03-01", "2026-03-31", 1));
    assert!(lot.enter(PLATE));
    assert!(lot.enter("粤B00001"));
    lot.tick();
    lot.now = at("2026-03-02T23:00");
    assert!(lot.leave("粤B00001"), "each on a space of its own");
    lot.now = at("2026-03-03T00:00");
    lot.tick();
    lot.now = at("2026-03-03T09:00");
    assert_eq!(lot.ok(6006, &fee(PLATE))["receivables"], 0);
}

#[test]
fn a_car_that_is_a_leases_by_another_of_its_plates_has_its_space_too() {
    let mut lot = Lot::new();
    lot.ok(6010, &lease(&[PLATE, "粤B00001"], 1, "2026-03-01", "2026-03-31", 1));
    assert!(lot.enter(PLATE));
    lot.pass_time(5);
    let mut read = lot.sight(ENTRY, "粤Z1234港", ReadMoment::Live);
    read.aliases = vec!["粤B00001".parse().unwrap()];
    assert!(lot.take_read(read));
    lot.pass_time(60);
    assert!(lot.leave(PLATE));
    lot.pass_time(300);
    assert_eq!(lot.ok(6006, &fee("粤B00001"))["receivables"], 10, "an hour as a visitor");
}

#[test]
fn leases_that_convert_from_a_reload_on_give_what_is_free_to_who_waits() {
    let mut lot = Lot::with(|rules| rules.on_free = OnFree::StayTemporary);
    lot.ok(6010, &lease(&[PLATE, "粤B00001"], 1, "2026-03-01", "2026-03-31", 1));
    assert!(lot.enter(PLATE));
    lot.pass_time(5);
    assert!(lot.enter("粤B00001"));
    lot.pass_time(60);
    assert!(lot.leave(PLATE));
    lot.ok(6010, &lease(&[PLATE, "粤B00001"], 1, "2026-03-01", "2026-04-30", 2));
    lot.pass_time(300);
    assert_eq!(lot.ok(6006, &fee("粤B00001"))["receivables"], 20, "prolonged, and a visitor yet");
    lot.rules.on_free = OnFree::Convert;
    lot.apply(&Input::RulesChanged);
    assert_eq!(lot.ok(6006, &fee("粤B00001"))["receivables"], 10);
}

#[test]
fn of_a_stay_that_is_over_only_the_time_within_the_leases_days_was_free() {
    let mut lot = Lot::new();
    assert!(lot.enter(PLATE));
    lot.ok(6010, &lease(&[PLATE], 1, "2026-03-03", "2026-03-03", 1));
    lot.now = at("2026-03-03T00:00");
    lot.tick();
    // Sixteen hours before its first day, two after its last one: it leaves owing.
    lot.now = at("2026-03-04T02:00");
    let inside = lot.ok(6006, &fee(PLATE));
    assert!(!lot.leave(PLATE));
    lot.open_exit("9");
    let left = lot.reports(5005).pop().unwrap();
    assert_eq!(left["receivables"], inside["receivables"]);
    let order = lot.ok(6006, &fee(PLATE));
    assert_eq!(
        (&order["receivables"], &order["chargingDuration"]),
        (&inside["receivables"], &json!(18 * 60)),
        "the order after its end is the one before"
    );
    let mut hour_off = fee(PLATE);
    hour_off["couponType"] = json!(2);
    hour_off["couponValue"] = json!(1);
    let quoted = lot.ok(6006, &hour_off);
    assert_eq!(quoted["discount"], 2, "one hour, not all of it");
}

#[test]
fn a_stay_whose_end_is_corrected_is_no_longer_free_than_its_leases_days() {
    let mut lot = Lot::new();
    lot.ok(6010, &lease(&[PLATE], 1, "2026-03-01", "2026-03-02", 1));
    assert!(lot.enter(PLATE));
    let record_id = Some(record_of(&lot));
    lot.now = at("2026-03-02T23:00");
    assert!(lot.leave(PLATE));
    lot.now = at("2026-03-03T08:00");
    let uses = |lot: &Lot| {
        let uses = lot.look(|tx| tx.lease_uses_of(record_id.as_ref().unwrap()).unwrap());
        uses.iter().map(|used| (used.since, used.until)).collect::<Vec<_>>()
    };
    for (number, (left, until)) in
        [("2026-03-03T02:00", "2026-03-03T00:00"), ("2026-03-02T20:00", "2026-03-02T20:00")]
            .into_iter()
            .enumerate()
    {
        let leave_time = Some(at(left));
        let right =
            Correction { record_id: record_id.clone(), leave_time, ..Correction::default() };
        let (answer, _) = lot.staff(&format!("{number}"), StaffAction::Correct(Box::new(right)));
        assert!(matches!(answer, StaffAnswer::Done(_)), "{answer:?}");
        assert_eq!(uses(&lot), [(at("2026-03-02T08:00"), Some(at(until)))], "{left}");
    }
}

#[test]
fn leases_that_begin_with_the_same_day_are_worked_off_second_by_second() {
    let mut lot = Lot::with(|rules| rules.total_spaces = 200);
    let plates: Vec<_> = (0..120).map(|number| format!("粤B{number:05}")).collect();
    for plate in &plates {
        lot.ok(6010, &lease(&[plate], 1, "2026-03-03", "2026-03-31", 1));
        assert!(lot.enter(plate));
    }
    lot.tick();
    lot.now = at("2026-03-03T00:00");
    let mut given = Vec::new();
    for _ in 0..4 {
        let told = lot.tick().happenings;
        let taken = |one: &&Happening| matches!(one, Happening::LeaseSpaceTaken { .. });
        given.push(told.iter().filter(taken).count());
        lot.now += SignedDuration::from_secs(1);
    }
    assert_eq!(given, [50, 50, 20, 0]);
    lot.now = at("2026-03-03T08:00");
    let before = lot.ok(6006, &fee(&plates[119]))["receivables"].clone();
    lot.now = at("2026-03-05T08:00");
    assert_eq!(lot.ok(6006, &fee(&plates[119]))["receivables"], before, "since midnight");
}

/// Cars of one lease that come and go: what a plain model of it says is what the lot does.
mod in_any_order {
    use super::*;
    use lotgate::lot::lease_spaces;
    use proptest::prelude::*;

    /// A car inside: since when it has a space, for how many minutes it had none.
    #[derive(Debug, Clone, Copy)]
    struct Inside {
        waits_since: i64,
        holds: bool,
        charged: i64,
    }

    struct Model {
        spaces: usize,
        on_free: OnFree,
        cars: Vec<Option<Inside>>,
        now: i64,
    }

    impl Model {
        fn held(&self) -> usize {
            self.cars.iter().flatten().filter(|car| car.holds).count()
        }

        fn pass(&mut self, minutes: i64) {
            self.now += minutes;
            for car in self.cars.iter_mut().flatten().filter(|car| !car.holds) {
                car.charged += minutes;
            }
        }

        fn come_or_go(&mut self, car: usize) {
            if self.cars[car].take().is_none() {
                let holds = self.held() < self.spaces;
                self.cars[car] = Some(Inside { waits_since: self.now, holds, charged: 0 });
            }
            while self.on_free == OnFree::Convert && self.held() < self.spaces {
                let waiting = self.cars.iter_mut().flatten().filter(|car| !car.holds);
                let Some(first) = waiting.min_by_key(|car| car.waits_since) else { break };
                first.holds = true;
            }
        }
    }

    fn lot_of(on_free: OnFree) -> Lot {
        Lot::with(|rules| {
            rules.total_spaces = 100;
            rules.on_free = on_free;
            rules.tariff.free = SignedDuration::ZERO;
            let minute = Some(lotgate::lot::tariff::Period { seconds: 60, price: Money::yuan(1) });
            rules.tariff.rules[0].days.prices.first = minute;
            rules.tariff.rules[0].days.prices.then = minute;
            rules.tariff.rules[0].cap = None;
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn never_more_stand_free_than_there_are_spaces_and_what_is_charged_is_the_time_without_one(
            spaces in 1_usize..4, convert in any::<bool>(),
            steps in prop::collection::vec((0_usize..5, 2_i64..90), 1..40),
        ) {
            let on_free = if convert { OnFree::Convert } else { OnFree::StayTemporary };
            let mut lot = lot_of(on_free);
            let plates = ["粤B00001", "粤B00002", "粤B00003", "粤B00004", "粤B00005"];
            lot.ok(6010, &lease(&plates, spaces, "2026-03-01", "2026-12-31", 1));
            let key = plates.join(" ");
            let mut model = Model { spaces, on_free, cars: vec![None; 5], now: 0 };
            for (number, (car, minutes)) in steps.into_iter().enumerate() {
                model.pass(minutes);
                lot.now += SignedDuration::from_mins(minutes);
                let leaving = model.cars[car];
                if let Some(inside) = leaving {
                    let opened = lot.leave(plates[car]);
                    prop_assert_eq!(opened, inside.charged == 0);
                    if !opened {
                        lot.open_exit(&format!("{number}"));
                    }
                    let left = lot.reports(5005).pop().unwrap();
                    prop_assert_eq!(left["receivables"].as_i64(), Some(inside.charged));
                } else {
                    prop_assert!(lot.enter(plates[car]));
                }
                model.come_or_go(car);
                let held = lot.look(|tx| {
                    let lease = tx.lease(&key).unwrap().unwrap();
                    let holders = lease_spaces::holders(tx, &lease).unwrap();
                    let waiting = lease_spaces::waiting(tx, &lease, &zone(), lot.now).unwrap();
                    (holders.len(), waiting.len())
                });
                prop_assert_eq!(held.0, model.held());
                prop_assert!(held.0 <= spaces);
                prop_assert!(!convert || held.0 == spaces || held.1 == 0, "idle while one waits");
                for (plate, inside) in plates.iter().zip(model.cars.clone()) {
                    if let Some(inside) = inside {
                        let due = lot.ok(6006, &super::fee(plate));
                        prop_assert_eq!(due["receivables"].as_i64(), Some(inside.charged));
                    }
                }
            }
        }
    }
}
