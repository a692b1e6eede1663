//! Stock taken: the stays that are open go by a count of the plates that truly stand there, and may be put back within a day.

use crate::coupons::of_staff;
use crate::prelude::*;
use lotgate::model::merchant::{CouponTarget, Reduction};
use lotgate::model::staff::StockCount;
use std::collections::BTreeMap;

/// A lot with room for many.
fn large() -> Lot {
    Lot::with(|rules| rules.total_spaces = 500)
}

fn count(lot: &Lot, plates: &[&str]) -> StockCount {
    let plates = plates.iter().map(|plate| plate.parse().unwrap()).collect();
    StockCount { at: Some(lot.now), plates, reason: "夜间盘点".to_owned() }
}

/// The records go by a count of now.
fn take(lot: &mut Lot, id: &str, plates: &[&str]) -> Value {
    let count = count(lot, plates);
    done(lot.staff(id, StaffAction::TakeStock(Box::new(count))).0)
}

fn take_back(lot: &mut Lot, id: &str) -> Value {
    done(lot.staff(id, StaffAction::TakeStockBack { number: None }).0)
}

fn done(answer: StaffAnswer) -> Value {
    match answer {
        StaffAnswer::Done(answer) => answer,
        refused @ StaffAnswer::Refused(_) => panic!("{refused:?}"),
    }
}

/// Plates of a list in an answer.
fn plates(answer: &Value, list: &str) -> Vec<String> {
    let text = |one: &Value| one.as_str().map(str::to_owned);
    let all = answer[list].as_array().unwrap().iter();
    all.map(|one| text(one).or_else(|| text(&one["plateNo"])).unwrap()).collect()
}

/// Who is inside by the records: each plate, since when, and what its stay has besides.
fn inside(lot: &Lot) -> BTreeMap<String, String> {
    lot.look(|tx| {
        let records = tx.records_inside().unwrap().into_iter();
        let shown = records.map(|record| {
            let bills = tx.charges_of(&record.id).unwrap();
            let paid: Vec<_> =
                bills.iter().map(|charge| (charge.id.clone(), charge.received)).collect();
            let lock = tx.lock_of(record.plate_text()).unwrap();
            let lock = lock.map(|lock| (lock.lock_id, lock.feature_code, lock.released_by));
            let coupons = tx.coupons_of_stay(&record.id).unwrap();
            let coupons: Vec<_> = coupons.iter().map(|one| (one.number, one.used_since)).collect();
            let uses = tx.lease_uses_of(&record.id).unwrap();
            let uses: Vec<_> =
                uses.iter().map(|used| (&used.lease_key, used.since, used.until)).collect();
            let said = format!(
                "{} {:?} {:?} {:?} {:?} {paid:?} {lock:?} {coupons:?} {uses:?} {:?}",
                record.enter_time,
                record.receivables,
                record.discount,
                record.received,
                record.lease_key,
                tx.aliases_of(&record.id).unwrap(),
            );
            (record.plate_text().to_owned(), said)
        });
        shown.collect()
    })
}

#[test]
fn ghosts_are_closed_at_nothing_and_cars_that_nobody_saw_come_in_are_entered() {
    let mut lot = large();
    for plate in ["粤A00001", "粤A00002", "粤A00003"] {
        assert!(lot.enter(plate));
    }
    lot.pass_time(120);
    let looked = count(&lot, &["粤A00001", "粤C55555"]);
    let before = (inside(&lot), lot.reports(5005).len());
    let shown = done(lot.staff("1", StaffAction::CompareStock(Box::new(looked))).0);
    assert_eq!((inside(&lot), lot.reports(5005).len()), before, "nothing is changed");
    let taken = take(&mut lot, "1", &["粤A00001", "粤C55555"]);
    for answer in [&shown, &taken] {
        assert_eq!(plates(answer, "missing"), ["粤A00002", "粤A00003"], "{answer}");
        assert_eq!(
            (plates(answer, "notKnown"), &answer["there"]),
            (vec!["粤C55555".to_owned()], &json!(1))
        );
    }
    assert_eq!(inside(&lot).keys().collect::<Vec<_>>(), ["粤A00001", "粤C55555"]);
    for closed in lot.reports(5005) {
        assert_eq!(
            (&closed["recordType"], &closed["receivables"], &closed["received"]),
            (&json!(1), &json!(0), &json!(0))
        );
        assert_eq!(closed["leaveTime"], local(lot.now).as_str());
    }
    assert_eq!(
        (lot.reports(5005).len(), lot.reports(5007).len()),
        (2, 0),
        "nobody is asked for money"
    );
    let entered = lot.reports(5004).pop().unwrap();
    assert_eq!(
        (&entered["parkCarInfo"]["plateNo"], &entered["recordType"]),
        (&json!("粤C55555"), &json!(1))
    );
    assert_eq!(lot.counts().0, 2);
    lot.pass_time(60);
    assert!(!lot.leave("粤C55555"), "it has stood there since the count, an hour");
    assert_eq!(lot.ok(6006, &fee("粤C55555"))["receivables"], 10);
}

#[test]
fn the_same_command_sent_twice_is_carried_out_once() {
    let mut lot = large();
    assert!(lot.enter("粤A00001") && lot.enter("粤A00002"));
    lot.pass_time(30);
    let counted = count(&lot, &["粤A00002", "粤C55555"]);
    let first = done(lot.staff("7", StaffAction::TakeStock(Box::new(counted.clone()))).0);
    let reports = |lot: &Lot| (lot.reports(5004).len(), lot.reports(5005).len());
    let after = reports(&lot);
    lot.pass_time(10);
    assert_eq!(done(lot.staff("7", StaffAction::TakeStock(Box::new(counted))).0), first);
    assert_eq!(reports(&lot), after);
    take_back(&mut lot, "8");
    let after = reports(&lot);
    take_back(&mut lot, "8");
    assert_eq!(reports(&lot), after);
    let again = lot.staff("9", StaffAction::TakeStockBack { number: None }).0;
    assert_eq!(again, StaffAnswer::Refused(Refusal::StockTakenBack));
}

#[test]
fn a_look_alike_letter_makes_neither_a_ghost_nor_a_new_car() {
    let mut lot = large();
    assert!(lot.enter("粤B1234S") && lot.enter("粤B88888") && lot.enter("京A77777"));
    lot.pass_time(30);
    let taken = take(&mut lot, "1", &["粤B12345", "粤A77777", "粤B88888"]);
    assert_eq!(
        (plates(&taken, "missing").len(), plates(&taken, "notKnown").len()),
        (0, 0),
        "{taken}"
    );
    assert_eq!(taken["misread"].as_array().unwrap().len(), 2);
    assert_eq!(taken["misread"][0]["stay"]["plateNo"], "粤B1234S");
    assert_eq!(inside(&lot).len(), 3);
    // Two that it may be: people look, and nothing is done.
    let mut lot = large();
    assert!(lot.enter("粤B1234S"));
    lot.pass_time(5);
    assert!(lot.enter("粤B72345"));
    lot.pass_time(30);
    let taken = take(&mut lot, "1", &["粤B12345"]);
    assert_eq!(inside(&lot).len(), 2, "{taken}");
    assert_eq!(taken["unclear"]["stays"].as_array().unwrap().len(), 2);
}

#[test]
fn who_came_later_was_seen_since_or_stands_in_a_lane_is_left_alone() {
    let mut lot = large();
    for plate in ["粤A00001", "粤A00002", "粤A00003", "粤A00004", "粤A00007"] {
        assert!(lot.enter(plate));
    }
    lot.pass_time(120);
    let counted_at = lot.now;
    lot.pass_time(30);
    assert!(lot.enter("粤A00005"));
    assert!(!lot.leave("粤A00007"), "it owes, and goes back");
    let plate = Some("粤A00007".parse().unwrap());
    lot.device(DeviceEvent::TurnedBack { device_id: EXIT.into(), plate });
    assert!(!lot.leave("粤A00002"), "it owes, and waits");
    let charge = StaffPayment {
        plate_no: "粤A00003".parse().unwrap(),
        received: Money::yuan(12),
        discount: Money::ZERO,
        pay_type: 1,
        pay_from: "现金".to_owned(),
        discounts: Vec::new(),
    };
    done(lot.staff("1", StaffAction::Pay(Box::new(charge))).0);
    assert!(lot.enter("粤A00006"));
    lot.pass_time(1);
    assert!(lot.leave("粤A00006"), "it is free yet");
    let mut count = count(&lot, &["粤C55555", "粤A00006"]);
    count.at = Some(counted_at);
    let taken = done(lot.staff("2", StaffAction::TakeStock(Box::new(count))).0);
    assert_eq!(plates(&taken, "missing"), ["粤A00001", "粤A00004"]);
    let why: Vec<_> = taken["leftOut"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["stay"]["plateNo"].as_str().unwrap(), one["why"].as_str().unwrap()))
        .collect();
    assert_eq!(
        why,
        [("粤A00002", "seen"), ("粤A00003", "seen"), ("粤A00007", "seen"), ("粤A00005", "later")]
    );
    assert_eq!(
        (plates(&taken, "notKnown"), plates(&taken, "passedSince")),
        (vec!["粤C55555".to_owned()], vec!["粤A00006".to_owned()])
    );
    let entered = lot.reports(5004).pop().unwrap();
    assert_eq!(entered["enterTime"], local(counted_at).as_str());
}

#[test]
fn a_closed_ghost_that_is_read_at_an_exit_is_that_stay_again_with_what_was_paid_and_is_due() {
    let mut lot = large();
    assert!(lot.enter(PLATE));
    let came = local(lot.now);
    lot.pass_time(60);
    lot.ok(6007, &paid(&lot, "1", 10));
    let lock = json!({ "id": "ff8080814d9be81f014d9beb81090003", "parkCode": PARK_CODE,
        "plateNo": PLATE, "lockFlag": 0, "featureCode": "14d9" });
    lot.ok(6003, &lock);
    lot.pass_time(60);
    take(&mut lot, "1", &["粤C55555"]);
    let closed = lot.reports(5005).pop().unwrap();
    assert_eq!(
        (&closed["receivables"], &closed["received"], &closed["recordType"]),
        (&json!(10), &json!(10), &json!(1))
    );
    lot.pass_time(60);
    assert!(!lot.leave(PLATE), "it owes for the time since, and is locked");
    let again = lot.reports(5004).pop().unwrap();
    assert_eq!((&again["enterTime"], &again["recordType"]), (&json!(came), &json!(1)));
    assert_ne!(again["id"], closed["id"]);
    assert_eq!((&again["chargeIdList"], &again["received"]), (&closed["chargeIdList"], &json!(10)));
    let none = lot.reports(5006).pop().unwrap();
    assert_eq!((&none["id"], &none["received"]), (&closed["id"], &json!(0)));
    assert_eq!(none.get("chargeIdList"), None, "what was paid is the other's");
    assert!(lot.look(|tx| tx.lock_of(PLATE).unwrap()).is_some(), "its lock is there again");
    assert_eq!(lot.ok(6006, &fee(PLATE))["receivables"], 14, "three hours");
    lot.ok(6007, &paid(&lot, "2", 4));
    let mut unlock = lock.clone();
    unlock["lockFlag"] = json!(1);
    lot.ok(6003, &unlock);
    let left = lot.reports(5005).pop().unwrap();
    assert_eq!(
        (&left["id"], &left["receivables"], &left["received"]),
        (&again["id"], &json!(14), &json!(14))
    );
    assert_eq!(left["chargeIdList"].as_array().unwrap().len(), 2);
    assert_eq!(inside(&lot).len(), 1);
}

#[test]
fn what_the_platform_tells_of_a_closed_ghosts_payment_later_is_paid_for_the_stay_that_goes_on() {
    let mut lot = large();
    assert!(lot.enter(PLATE));
    let notice = paid(&lot, "1", 12);
    lot.pass_time(120);
    take(&mut lot, "1", &["粤C55555"]);
    take_back(&mut lot, "2");
    lot.ok(6007, &notice);
    assert!(lot.leave(PLATE), "it was paid by the record's first id");
}

#[test]
fn an_order_that_was_quoted_before_the_count_is_paid_by_the_record_it_named_however_often_it_is_told()
 {
    let mut lot = large();
    assert!(lot.enter(PLATE));
    lot.pass_time(120);
    let order = lot.ok(6006, &fee(PLATE));
    let mut notice = paid(&lot, "1", 12);
    notice["chargeInfo"]["orderNo"] = order["orderNo"].clone();
    assert_eq!(notice["chargeInfo"]["recordId"], order["recordId"]);
    take(&mut lot, "1", &["粤C55555"]);
    assert!(!lot.leave(PLATE), "it is that stay again, and owes");
    lot.ok(6007, &notice);
    lot.ok(6007, &notice);
    assert_eq!(inside(&lot).len(), 1, "it has gone");
    let left = lot.reports(5005).pop().unwrap();
    assert_eq!(left["chargeIdList"].as_array().unwrap().len(), 1);
}

#[test]
fn a_car_that_had_gone_before_the_count_has_its_true_end() {
    let mut lot = large();
    assert!(lot.enter(PLATE));
    lot.pass_time(120);
    let gone = lot.now;
    lot.pass_time(60);
    take(&mut lot, "1", &["粤C55555"]);
    let entered = lot.reports(5004).len();
    lot.pass_time(5);
    lot.read_late(EXIT, PLATE, gone);
    assert_eq!((lot.reports(5004).len(), inside(&lot).len()), (entered, 1), "it is not inside");
    let corrected = lot.reports(5006).pop().unwrap();
    assert_eq!(
        (&corrected["leaveTime"], &corrected["receivables"]),
        (&json!(local(gone)), &json!(12))
    );
    let back = take_back(&mut lot, "2");
    assert_eq!(plates(&back, "left"), [PLATE], "nor is that taken back");
}

#[test]
fn taking_back_restores_each_stay_as_a_new_record_and_removes_who_was_entered() {
    let mut lot = large();
    lot.ok(6010, &lease(&["粤A00001"], 1, "2026-03-01", "2026-03-31", 1));
    for plate in ["粤A00001", PLATE, "粤A00003", "粤A00004"] {
        assert!(lot.enter(plate));
    }
    lot.pass_time(90);
    let gift = terms("", Reduction::Amount(Money::yuan(5)));
    let target = CouponTarget::Plate("粤A00003".parse().unwrap());
    done(lot.staff("1", of_staff(gift, target)).0);
    let before = inside(&lot);
    assert!(before["粤A00003"].contains("[(1, Some"), "{before:?}");
    take(&mut lot, "2", &["粤A00004", "粤C55555", "粤C66666"]);
    assert_eq!(inside(&lot).len(), 3);
    lot.pass_time(60);
    // One of those that were entered has been seen since.
    assert!(!lot.leave("粤C66666"));
    let back = take_back(&mut lot, "3");
    assert_eq!(plates(&back, "restored").len(), 3);
    assert_eq!(
        (plates(&back, "removed"), plates(&back, "left")),
        (vec!["粤C55555".to_owned()], vec!["粤C66666".to_owned()])
    );
    let mut after = inside(&lot);
    after.remove("粤C66666");
    assert_eq!(after, before);
    let removed = lot.reports(5005).pop().unwrap();
    assert_eq!((&removed["recordType"], &removed["receivables"]), (&json!(1), &json!(0)));
    assert_eq!(lot.counts().0, 5);
    assert!(lot.leave("粤A00001"), "it stands for its lease");
}

#[test]
fn what_is_too_long_ago_or_counted_in_the_future_is_refused() {
    let mut lot = large();
    let back = || StaffAction::TakeStockBack { number: None };
    assert_eq!(lot.staff("1", back()).0, StaffAnswer::Refused(Refusal::NoStockTaking));
    assert!(lot.enter(PLATE));
    lot.pass_time(30);
    let mut ahead = count(&lot, &["粤C55555"]);
    ahead.at = Some(lot.now + SignedDuration::from_mins(10));
    let refused = lot.staff("2", StaffAction::TakeStock(Box::new(ahead))).0;
    assert_eq!(refused, StaffAnswer::Refused(Refusal::CountedLater));
    take(&mut lot, "3", &["粤C55555"]);
    lot.pass_time(24 * 60 + 1);
    let refused = lot.staff("4", back()).0;
    assert_eq!(refused, StaffAnswer::Refused(Refusal::StockTooOld { hours: 24 }));
    assert!(!lot.leave(PLATE), "a ghost that turns up later goes on all the same");
    assert_eq!(lot.reports(5004).pop().unwrap()["parkCarInfo"]["plateNo"], PLATE);
}

#[test]
fn a_ghost_that_an_earlier_count_closed_and_a_later_one_finds_goes_on() {
    let mut lot = large();
    assert!(lot.enter(PLATE));
    let before = inside(&lot);
    lot.pass_time(60);
    take(&mut lot, "1", &["粤C55555"]);
    lot.pass_time(60);
    let taken = take(&mut lot, "2", &["粤C55555", PLATE]);
    assert_eq!(
        (plates(&taken, "foundAgain"), plates(&taken, "notKnown").len()),
        (vec![PLATE.to_owned()], 0)
    );
    let mut after = inside(&lot);
    after.remove("粤C55555");
    assert_eq!(after, before);
    // Taken back it is closed again, and goes on at the exit all the same.
    let back = take_back(&mut lot, "3");
    assert_eq!(plates(&back, "removed"), [PLATE]);
    assert_eq!(inside(&lot).keys().collect::<Vec<_>>(), ["粤C55555"]);
    assert!(!lot.leave(PLATE));
    assert_eq!(lot.ok(6006, &fee(PLATE))["receivables"], 12, "two hours");
}

#[test]
fn a_plate_that_came_and_left_since_is_not_the_ghost_that_had_it_as_its_other_plate() {
    let mut lot = large();
    let both = |lot: &mut Lot, plate: &str, other: &str| {
        let aliases = vec![other.parse().unwrap()];
        let read = PlateRead { aliases, ..lot.sight(ENTRY, plate, ReadMoment::Live) };
        assert!(lot.take_read(read));
    };
    both(&mut lot, "粤Z1234港", "AB1234");
    lot.pass_time(60);
    take(&mut lot, "1", &["粤C55555"]);
    lot.pass_time(60);
    assert!(lot.enter("AB1234"));
    lot.pass_time(10);
    assert!(lot.leave("AB1234"), "within its free minutes");
    lot.pass_time(24 * 60);
    // Its next entry is missed.
    let taken = take(&mut lot, "2", &["粤C55555", "AB1234"]);
    assert_eq!(
        (plates(&taken, "foundAgain"), plates(&taken, "notKnown")),
        (vec![], vec!["AB1234".to_owned()])
    );
}

#[test]
fn who_was_entered_and_stands_at_an_exit_is_left_there_when_it_is_taken_back() {
    let mut lot = large();
    take(&mut lot, "1", &["粤C55555"]);
    lot.pass_time(120);
    assert!(!lot.leave("粤C55555"), "it has to pay");
    let back = take_back(&mut lot, "2");
    assert_eq!(
        (plates(&back, "removed"), plates(&back, "left")),
        (vec![], vec!["粤C55555".to_owned()])
    );
}

#[test]
fn cars_without_a_plate_are_left_to_people() {
    let mut lot = large();
    let lane_id = lot.rules.lanes[0].id.clone();
    let car = lotgate::model::staff::NamedCar::default();
    done(lot.staff("1", StaffAction::LetThrough { lane_id, car, reason: "无牌".to_owned() }).0);
    lot.pass_time(30);
    let taken = take(&mut lot, "2", &["粤C55555"]);
    assert_eq!(taken["leftOut"][0]["why"], "no-plate", "{taken}");
    assert_eq!(inside(&lot).len(), 2);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn the_stays_are_those_of_the_count_up_to_pairs_and_taken_back_all_is_as_it_was(
        cars in prop::collection::btree_set("粤B[1278SZ]{5}", 0..12),
        counted in prop::collection::btree_set("粤B[1278SZ]{5}", 1..12),
        shared in prop::collection::vec(any::<bool>(), 12),
        minutes in 1_i64..300,
    ) {
        let mut lot = large();
        let has_digit = |plate: &String| plate.contains(|one: char| one.is_ascii_digit());
        let cars: Vec<String> = cars.into_iter().filter(has_digit).collect();
        for plate in &cars {
            // Who looks like the car before it is taken for that one within seconds.
            lot.pass_time(5);
            lot.enter(plate);
        }
        lot.pass_time(minutes);
        let seen = cars.iter().zip(shared).filter(|(_, there)| *there).map(|(plate, _)| plate.clone());
        let mut counted: Vec<String> = counted.into_iter().filter(has_digit).chain(seen).collect();
        counted.push("粤Z99999".to_owned());
        let texts: Vec<&str> = counted.iter().map(String::as_str).collect();
        let before = inside(&lot);
        let taken = take(&mut lot, "1", &texts);
        let now: Vec<String> = inside(&lot).into_keys().collect();
        let of = |list: &str| -> Vec<String> {
            let all = taken[list].as_array().unwrap().iter();
            all.map(|one| one["counted"].as_str().unwrap().to_owned()).collect()
        };
        let unclear = |list: &str| taken["unclear"][list].as_array().unwrap().clone();
        let open: Vec<String> = unclear("counted").iter().map(|one| one.as_str().unwrap().to_owned()).collect();
        for plate in &now {
            let paired = taken["misread"].as_array().unwrap().iter().any(|one| one["stay"]["plateNo"] == plate.as_str());
            let doubted = unclear("stays").iter().any(|one| one["plateNo"] == plate.as_str());
            prop_assert!(counted.contains(plate) || paired || doubted, "{plate} is inside: {taken}");
        }
        for plate in &counted {
            prop_assert!(now.contains(plate) || of("misread").contains(plate) || open.contains(plate), "{plate} is not: {taken}");
        }
        lot.pass_time(1);
        take_back(&mut lot, "2");
        prop_assert_eq!(inside(&lot), before);
    }
}

#[test]
fn of_a_car_that_a_count_has_entered_the_late_read_of_its_coming_holds_where_the_count_is_taken_back()
 {
    let mut lot = large();
    assert!(lot.enter("粤A00001"));
    lot.pass_time(60);
    let came = lot.now - SignedDuration::from_mins(50);
    let without_count = {
        let mut lot = large();
        lot.now = came;
        assert!(lot.enter("粤C55555"));
        inside(&lot)["粤C55555"].clone()
    };
    take(&mut lot, "1", &["粤A00001", "粤C55555", "粤C66666", "粤C77777"]);
    let counted = lot.now;
    lot.pass_time(1);
    // Cameras send what they have kept each in their own time, one of them its last first.
    for (plate, minutes) in [("粤C55555", 50), ("粤C66666", 40), ("粤C77777", 40)] {
        lot.read_late(ENTRY, plate, counted - SignedDuration::from_mins(minutes));
    }
    lot.read_late(EXIT, "粤C66666", counted - SignedDuration::from_mins(30));
    lot.read_late(EXIT, "粤C77777", counted - SignedDuration::from_mins(45));
    let by_the_count = inside(&lot);
    assert!(by_the_count.values().skip(1).all(|stay| stay.starts_with(&counted.to_string())));
    assert_eq!(lot.counts().0, 4);
    let back = take_back(&mut lot, "2");
    let mut left = plates(&back, "left");
    left.sort();
    assert_eq!(left, ["粤C55555", "粤C77777"]);
    assert_eq!(plates(&back, "removed"), ["粤C66666"]);
    let now = inside(&lot);
    assert_eq!(now.keys().collect::<Vec<_>>(), ["粤A00001", "粤C55555", "粤C77777"]);
    assert_eq!(now["粤C55555"], without_count);
    assert_eq!(lot.counts().0, 3);
    lot.pass_time(9);
    assert_eq!(lot.ok(6006, &fee("粤C55555"))["enterTime"], local(came).as_str());
    // Told once more it is known.
    lot.read_late(ENTRY, "粤C55555", came);
    assert_eq!(inside(&lot), now);
}

#[test]
fn a_late_read_of_a_car_whose_counted_entry_was_taken_back_begins_its_stay() {
    let mut lot = large();
    assert!(lot.enter("粤A00001"));
    lot.pass_time(60);
    let came = lot.now - SignedDuration::from_mins(50);
    take(&mut lot, "1", &["粤A00001", "粤C55555"]);
    lot.pass_time(1);
    take_back(&mut lot, "2");
    lot.read_late(ENTRY, "粤C55555", came);
    assert!(inside(&lot)["粤C55555"].starts_with(&came.to_string()));
}
