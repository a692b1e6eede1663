//! A box that wakes in 1970, and clocks that step: what is charged, what is in force, what is told and when.

use crate::prelude::*;
use lotgate::model::moment::{Boot, Voucher};

/// A lot whose box was started at eight by a clock that a time server vouches for.
fn lot() -> Lot {
    let mut lot = Lot::new();
    switch_on(&mut lot, "first", Some(Voucher::TimeServer));
    lot
}

/// The box is started now.
fn switch_on(lot: &mut Lot, boot: &str, voucher: Option<Voucher>) {
    let (boot, lower_bound) = (Boot { id: boot.to_owned(), starts: lot.now }, lot.now);
    let lower_bound = match &lot.clock {
        Some(clock) if clock.voucher.is_none() => clock.lower_bound,
        _ => lower_bound,
    };
    lot.clock = Some(BoxClock { boot, voucher, lower_bound, noted: None });
    lot.tick();
}

/// The process is started again.
fn restart(lot: &mut Lot) {
    lot.clock.as_mut().unwrap().noted = None;
    lot.tick();
}

/// The clock says another time from now on, as somebody vouches.
fn step(lot: &mut Lot, by: SignedDuration) {
    let clock = lot.clock.as_mut().unwrap();
    clock.boot.starts += by;
    clock.voucher = Some(Voucher::Platform);
    lot.now += by;
    lot.tick();
}

fn due(lot: &mut Lot, plate: &str) -> i64 {
    lot.ok(6006, &fee(plate))["receivables"].as_i64().unwrap()
}

fn hours(hours: i64) -> SignedDuration {
    SignedDuration::from_hours(hours)
}

#[test]
fn a_box_that_wakes_in_1970_charges_what_is_proven_and_never_more() {
    let mut lot = lot();
    assert!(lot.enter(PLATE));
    lot.pass_time(120);
    // Nobody knows how long it had no power.
    switch_on(&mut lot, "second", None);
    lot.pass_time(5);
    assert!(!lot.leave(PLATE), "it is held for what it owes, as ever");
    assert_eq!(due(&mut lot, PLATE), 14, "two hours and five minutes");
    // It was off for two days.
    step(&mut lot, hours(48));
    assert_eq!(due(&mut lot, PLATE), 66, "two days at 30, and three hours begun");
    assert_eq!(lot.reports(5004)[0]["enterTime"], "2026-03-02 08:00:00");
}

#[test]
fn who_comes_and_goes_meanwhile_pays_for_that_time_and_is_told_of_with_the_true_moments() {
    let mut lot = lot();
    lot.pass_time(60);
    switch_on(&mut lot, "second", None);
    assert!(lot.enter(PLATE) && lot.enter("粤B00001"));
    lot.pass_time(90);
    assert_eq!(due(&mut lot, PLATE), 12);
    let cash = StaffPayment {
        plate_no: PLATE.parse().unwrap(),
        received: Money::yuan(12),
        discount: Money::ZERO,
        pay_type: 1,
        pay_from: "线下缴费".to_owned(),
        discounts: Vec::new(),
    };
    let (answer, _) = lot.staff("1", StaffAction::Pay(Box::new(cash)));
    assert!(matches!(answer, StaffAnswer::Done(_)), "{answer:?}");
    assert!(lot.leave(PLATE));
    for code in [5004, 5005, 5008] {
        assert_eq!(lot.reports(code), Vec::<Value>::new(), "{code} waits");
    }
    step(&mut lot, hours(24 * 365));
    let entered = lot.reports(5004);
    assert_eq!(entered.len(), 2);
    assert_eq!(entered[0]["enterTime"], "2027-03-02 09:00:00");
    let left = lot.reports(5005).pop().unwrap();
    assert_eq!(left["enterTime"], "2027-03-02 09:00:00");
    assert_eq!(left["leaveTime"], "2027-03-02 10:30:00");
    assert_eq!(left["receivables"], 12);
    assert_eq!(lot.reports(5008)[0]["payTime"], "2027-03-02 10:30:00");
    // Who is inside yet has stood there as long as before.
    assert_eq!(due(&mut lot, "粤B00001"), 12);
    let event = lot.reports(2002).pop().unwrap();
    assert!(event["remark"].as_str().unwrap().contains("已校正31536000秒"), "{event}");
}

#[test]
fn a_step_of_any_size_changes_no_stay() {
    for by in [hours(1), hours(-1), hours(24), hours(-24), hours(24 * 18_262), hours(-24 * 18_262)]
    {
        let mut lot = lot();
        assert!(lot.enter("粤B00001") && lot.enter(PLATE));
        lot.pass_time(90);
        lot.ok(6007, &paid(&lot, "1", 12));
        assert!(lot.enter("粤B00002"));
        lot.deaf = true;
        assert!(lot.enter("粤B00003"));
        let waiting = lot.look(|tx| tx.all_passing().unwrap().len());
        step(&mut lot, by);
        assert_eq!(due(&mut lot, "粤B00001"), 12, "{by}");
        assert_eq!(due(&mut lot, "粤B00002"), 0, "{by}");
        assert!(lot.leave(PLATE), "{by}: it has paid, and its time to leave runs yet");
        assert_eq!(waiting, 1);
        assert_eq!(lot.look(|tx| tx.all_passing().unwrap().len()), 2, "{by}: it stands there yet");
        let record = lot.look(|tx| tx.open_record_of("粤B00001").unwrap().unwrap());
        assert_eq!(lot.now.duration_since(record.enter_time), SignedDuration::from_mins(90));
    }
}

#[test]
fn a_restart_or_another_start_of_the_box_in_between_changes_nothing_of_that() {
    let mut lot = lot();
    assert!(lot.enter(PLATE));
    lot.pass_time(60);
    switch_on(&mut lot, "second", None);
    assert!(lot.enter("粤B00001"));
    lot.pass_time(50);
    restart(&mut lot);
    lot.pass_time(10);
    switch_on(&mut lot, "third", None);
    assert!(lot.enter("粤B00002"));
    lot.pass_time(30);
    restart(&mut lot);
    assert_eq!((due(&mut lot, PLATE), due(&mut lot, "粤B00001")), (14, 12));
    assert_eq!(lot.reports(5004).len(), 1, "the others' wait");
    // The process ends just before it learns the time.
    lot.clock.as_mut().unwrap().noted = None;
    step(&mut lot, hours(100));
    assert_eq!(due(&mut lot, "粤B00001"), 12, "an hour and a half is proven, and no more");
    assert_eq!(due(&mut lot, "粤B00002"), 10);
    let entered: Vec<Value> =
        lot.reports(5004).into_iter().map(|one| one["enterTime"].clone()).collect();
    assert_eq!(entered, ["2026-03-02 08:00:00", "2026-03-06 13:00:00", "2026-03-06 14:00:00"]);
    // What was vouched for moves no more by what a later start turns out to be.
    switch_on(&mut lot, "fourth", Some(Voucher::HardwareClock));
    assert!(lot.enter("粤B00003"));
    step(&mut lot, hours(1));
    assert_eq!(due(&mut lot, "粤B00003"), 0);
    assert_eq!(due(&mut lot, "粤B00002"), 12, "an hour more has gone by for it");
}

#[test]
fn a_start_that_is_vouched_for_at_once_ends_what_was_not_proven_before() {
    let mut lot = lot();
    lot.pass_time(60);
    switch_on(&mut lot, "second", None);
    assert!(lot.enter(PLATE));
    lot.pass_time(60);
    // A day later the power comes back, and with it a time server.
    lot.now += hours(24);
    switch_on(&mut lot, "third", Some(Voucher::TimeServer));
    lot.pass_time(20);
    assert_eq!(due(&mut lot, PLATE), 12, "an hour before and the minutes since are proven");
    assert_eq!(lot.reports(5004)[0]["enterTime"], "2026-03-03 09:00:00");
}

#[test]
fn what_was_in_force_when_somebody_vouched_last_does_not_end_meanwhile() {
    let mut lot = lot();
    lot.ok(6010, &lease(&[PLATE], 1, "2026-01-01", "2026-03-02", 1));
    let mut free = control("1", 5);
    free["blackWhiteGraySheet"]["parkCarInfo"]["plateNo"] = json!("粤B00001");
    free["blackWhiteGraySheet"]["endDate"] = json!("2026-03-03 00:00:00");
    lot.ok(4001, &free);
    assert!(lot.enter(PLATE));
    lot.pass_time(60);
    switch_on(&mut lot, "second", None);
    lot.pass_time(60 * 24);
    assert!(lot.enter("粤B00001"));
    lot.pass_time(60 * 5);
    assert!(lot.leave(PLATE), "its lease");
    assert!(lot.leave("粤B00001"), "the free list");
    assert!(lot.enter(PLATE), "and in again");
    lot.pass_time(60);
    assert!(lot.leave(PLATE));
    lot.pass_time(5);
    assert!(lot.enter(PLATE));
    step(&mut lot, hours(24));
    lot.pass_time(60);
    assert!(!lot.leave(PLATE), "now it has ended");
}

#[test]
fn a_right_that_may_have_begun_meanwhile_is_not_charged() {
    let mut lot = lot();
    lot.ok(6010, &lease(&[PLATE], 1, "2026-03-03", "2026-03-31", 1));
    assert!(lot.enter("粤B00002"));
    lot.pass_time(60);
    switch_on(&mut lot, "second", None);
    assert!(lot.enter(PLATE) && lot.enter("粤B00001"));
    lot.pass_time(120);
    assert!(!lot.leave("粤B00001"), "nothing but its time is known");
    assert!(lot.leave(PLATE), "its lease may have begun");
    lot.pass_time(5);
    assert!(lot.enter(PLATE));
    step(&mut lot, hours(24));
    lot.pass_time(120);
    assert!(lot.leave(PLATE), "and had");
}

#[test]
fn a_late_reads_own_moment_is_its_cameras_and_does_not_move() {
    let mut lot = lot();
    lot.pass_time(60);
    switch_on(&mut lot, "second", None);
    // The camera's clock has gone on.
    let truly = lot.now + hours(48);
    lot.read_late(ENTRY, PLATE, truly);
    assert_eq!(due(&mut lot, PLATE), 0, "nothing of it is proven");
    lot.pass_time(60);
    step(&mut lot, hours(49));
    assert_eq!(lot.reports(5004)[0]["enterTime"], local(truly));
    assert_eq!(due(&mut lot, PLATE), 12);
}

#[test]
fn a_late_read_of_a_camera_that_is_years_ahead_costs_nobody_more_than_the_time_that_is_proven() {
    for ahead in [hours(2), hours(24 * 60), hours(24 * 365 * 11)] {
        let mut lot = lot();
        lot.pass_time(60);
        switch_on(&mut lot, "second", None);
        assert!(lot.enter(PLATE));
        lot.pass_time(600);
        let proven = due(&mut lot, PLATE);
        lot.read_late(EXIT, PLATE, lot.now + ahead);
        let record = &lot.reports(5005);
        assert!(record.is_empty(), "it waits until the clock is right");
        step(&mut lot, hours(49));
        let record = lot.reports(5005).remove(0);
        assert_eq!(record["receivables"], proven, "{ahead:?} {record}");
        let left: jiff::civil::DateTime =
            record["leaveTime"].as_str().unwrap().replace(' ', "T").parse().unwrap();
        let entered: jiff::civil::DateTime =
            record["enterTime"].as_str().unwrap().replace(' ', "T").parse().unwrap();
        assert_eq!(left.duration_since(entered).as_secs(), 36_000, "{record}");
    }
}

#[test]
fn a_clock_that_is_set_right_while_a_car_stands_in_a_lane_sends_it_nowhere() {
    let mut lot = lot();
    lot.pass_time(60);
    switch_on(&mut lot, "second", None);
    lot.rules.lanes[0].passing_loop =
        Some(Contact { device_id: BOARD.into(), input: 0, inverted: false });
    online(&mut lot, BOARD, true);
    assert!(lot.enter(PLATE));
    step(&mut lot, hours(24 * 20_000));
    assert_eq!(lot.look(|tx| tx.all_passing().unwrap().len()), 1);
    assert_eq!(lot.look(|tx| tx.used_spaces().unwrap()), 0, "it has not driven on yet");
}
