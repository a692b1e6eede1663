//! Moments that cannot be right, from whomever: they stop nobody, and none of them makes a stay.

use crate::prelude::*;
use lotgate::model::event::Arrival;
use lotgate::model::put_aside::AsideWhy;

fn minutes(minutes: i64) -> SignedDuration {
    SignedDuration::from_mins(minutes)
}

fn kept(lot: &Lot) -> Vec<(Option<String>, String)> {
    let kept = lot.look(|tx| tx.all_put_aside(i64::MAX, 100).unwrap());
    kept.into_iter().map(|one| (one.what.plate_no, one.what.said)).collect()
}

fn late(lot: &mut Lot, moment: Timestamp) -> Outcome {
    let read = lot.sight(EXIT, PLATE, ReadMoment::Late(moment));
    lot.device(DeviceEvent::PlateRead(Box::new(read)))
}

#[test]
fn a_late_read_of_a_far_date_is_kept_with_an_event_opens_nothing_and_makes_no_stay() {
    for far in [Timestamp::MAX, Timestamp::MIN, at("9999-12-30T00:00"), at("1970-01-01T08:00")] {
        let mut lot = Lot::new();
        assert!(lot.enter(PLATE));
        let events = lot.reports(2002).len();
        lot.pass_time(120);
        let out = late(&mut lot, far);
        assert_eq!((out.actuations.len(), lot.reports(5005).len()), (0, 0), "{far}");
        assert_eq!(kept(&lot), [(Some(PLATE.to_owned()), local(far))]);
        let event = lot.reports(2002).pop().unwrap();
        assert_eq!(lot.reports(2002).len(), events + 1);
        assert_eq!((&event["plateNo"], &event["time"]), (&json!(PLATE), &json!(local(lot.now))));
        assert_eq!(lot.ok(6006, &fee(PLATE))["receivables"], 12, "it is inside yet");
        // The same once more is the same, under another id, too.
        let read =
            PlateRead { message: "m".to_owned(), ..lot.sight(EXIT, PLATE, ReadMoment::Late(far)) };
        for _ in 0..2 {
            lot.device(DeviceEvent::PlateRead(Box::new(read.clone())));
        }
        assert_eq!(lot.reports(2002).len(), events + 1);
    }
}

#[test]
fn a_read_is_late_by_forty_days_at_the_most_and_ahead_by_five_minutes() {
    let days = |days: i64| SignedDuration::from_hours(24 * days);
    for (off, taken) in [
        (minutes(0), true),
        (-days(40), true),
        (-days(40) - minutes(1), false),
        (minutes(5), true),
        (minutes(6), false),
    ] {
        let mut lot = Lot::new();
        assert!(!lot.read_late(ENTRY, PLATE, lot.now + off));
        assert_eq!(lot.reports(5004).len(), usize::from(taken), "{off:#}");
        assert_eq!(kept(&lot).len(), usize::from(!taken), "{off:#}");
        if taken {
            let entered = (lot.now + off).min(lot.now);
            assert_eq!(lot.reports(5004)[0]["enterTime"], local(entered), "{off:#}");
        }
    }
}

#[test]
fn while_nobody_knows_what_time_it_is_only_the_years_of_a_late_read_are_asked() {
    for (moment, taken) in [
        ("1999-12-31T23:59", false),
        ("2000-01-01T00:00", true),
        ("2026-03-02T08:00", true),
        ("2199-12-31T23:59", true),
        ("2200-01-01T00:00", false),
    ] {
        let mut lot = Lot::new();
        lot.now = at("1970-01-01T08:01");
        lot.read_late(ENTRY, PLATE, at(moment));
        assert_eq!(lot.reports(5004).len(), usize::from(taken), "{moment}");
        assert_eq!(kept(&lot).len(), usize::from(!taken), "{moment}");
    }
}

#[test]
fn a_read_that_is_not_late_is_taken_whatever_its_own_moment_is() {
    for sent in [Timestamp::MIN, Timestamp::MAX, at("1970-01-01T08:00"), at("2019-01-01T00:00")] {
        for arrival in [Arrival::Fresh, Arrival::Unmarked] {
            let mut lot = Lot::new();
            // A clock that was right a moment ago, and a silence that says nothing.
            lot.device(DeviceEvent::Clock { device_id: ENTRY.into(), right: true });
            let silence = Some((Timestamp::MIN, Timestamp::MAX));
            let read = lot.sight(ENTRY, PLATE, ReadMoment::Live);
            let read = PlateRead { sent: Some(sent), silence, arrival: arrival.clone(), ..read };
            assert!(lot.take_read(read), "{sent} {arrival:?}");
            assert_eq!(lot.reports(5004)[0]["enterTime"], local(lot.now), "{sent} {arrival:?}");
        }
    }
}

#[test]
fn a_camera_whose_clock_is_wrong_fills_no_disk() {
    let mut lot = Lot::with(|rules| rules.events = EventCodes::all(None));
    for read in 0..1100 {
        late(&mut lot, Timestamp::MAX - minutes(read));
    }
    let kept = lot.look(|tx| tx.all_put_aside(i64::MAX, 10_000).unwrap());
    assert_eq!(kept.len(), 1000);
    assert_eq!(kept[0].what.said, local(Timestamp::MAX - minutes(1099)), "the newest stay");
}

#[test]
fn a_fee_is_asked_until_the_last_of_all_days_at_the_most() {
    let mut lot = Lot::new();
    assert!(lot.enter(PLATE));
    let ask = |end: &str| {
        let mut ask = fee(PLATE);
        ask["endTime"] = json!(end);
        ask
    };
    let (far, last) = (ask("9999-12-31 23:59:59"), ask("2199-12-31 23:59:59"));
    let told = lot.ok(6006, &far);
    assert_eq!(told["leaveTime"], "2199-12-31 23:59:59");
    assert_eq!(told["receivables"], lot.ok(6006, &last)["receivables"]);
    // As D.33 asks.
    assert_eq!(lot.ok(6006, &ask("2115-02-04 00:00:00"))["leaveTime"], "2115-02-04 00:00:00");
    assert_eq!(lot.refused(6006, &ask("1999-12-31 23:59:59")), 1007);
}

#[test]
fn a_booking_for_ever_is_kept_until_the_last_day() {
    let mut lot = Lot::new();
    let mut booking = book("YD1", PLATE, lot.now, 60);
    booking["overTime"] = json!("9999-12-31 23:59:59");
    for minutes in [30, i32::MAX] {
        booking["obligatTime"] = json!(minutes);
        lot.ok(6001, &booking);
    }
    lot.tick();
    assert!(lot.enter(PLATE));
    for (name, time) in [("bookTime", "1999-12-31 00:00:00"), ("bookTime", "2200-01-01 00:00:00")] {
        let mut bad = book("YD2", "粤B00001", lot.now, 60);
        bad[name] = json!(time);
        assert_eq!(lot.refused(6001, &bad), 1007, "{name} {time}");
    }
}

#[test]
fn leases_lists_and_shares_for_ever_end_on_the_last_day_and_none_begins_before_the_first() {
    let mut lot = Lot::new();
    let moment = i64::from(u32::MAX);
    let forever = lease(&[PLATE], 1, "2000-01-01", "9999-12-31", moment);
    lot.ok(6010, &forever);
    let shown = lot.ok(6009, &json!({ "parkCode": PARK_CODE, "plateNo": PLATE }));
    assert_eq!(shown["lease"]["endDate"], "2199-12-31");
    assert_eq!(shown["lease"]["moment"], moment, "a number to compare");
    let early = lease(&["粤B00001"], 1, "1999-12-31", "2026-12-31", 1);
    assert_eq!(lot.refused(6010, &early), 1007);
    let over = lease(&["粤B00001"], 1, "2000-01-01", "1999-12-31", 1);
    assert_eq!(lot.refused(6010, &over), 1007);

    let mut list = control("c1", 5);
    list["blackWhiteGraySheet"]["endDate"] = json!("9999-12-31");
    lot.ok(4001, &list);
    list["blackWhiteGraySheet"]["beginDate"] = json!("0001-01-01 00:00:00");
    assert_eq!(lot.refused(4001, &list), 1007);

    let mut shared = share("00:00:00", "23:59:59", 0);
    shared["endDate"] = json!("9999-12-31");
    lot.ok(6004, &shared);
    shared["startDate"] = json!("1900-01-01");
    assert_eq!(lot.refused(6004, &shared), 1007);
    lot.tick();
    assert!(lot.enter(PLATE) && lot.leave(PLATE));
}

#[test]
fn a_payment_of_a_day_that_never_was_is_refused_with_its_name() {
    let mut lot = Lot::new();
    assert!(lot.enter(PLATE));
    lot.pass_time(60);
    for time in ["9999-12-31 23:59:59", "1970-01-01 08:00:00"] {
        let mut notice = paid(&lot, "p1", 10);
        notice["chargeInfo"]["payTime"] = json!(time);
        assert_eq!(lot.refused(6007, &notice), 1007, "{time}");
    }
    let notice = paid(&lot, "p1", 10);
    assert!(lot.command(6007, &notice).succeeded());
}

#[test]
fn whatever_moments_staff_write_nothing_overflows() {
    for (enter, leave) in [
        (Timestamp::MIN, Timestamp::MAX),
        (Timestamp::MIN, Timestamp::MIN),
        (at("2000-01-01T00:00"), Timestamp::MAX),
    ] {
        let mut lot = Lot::new();
        assert!(lot.enter(PLATE));
        let record_id = Some(record_of(&lot));
        let action = StaffAction::Correct(Box::new(Correction {
            record_id,
            enter_time: Some(enter),
            leave_time: Some(leave),
            reason: None,
            ..Correction::default()
        }));
        lot.staff(&format!("{:032}", 1), action);
        lot.pass_time(1);
        lot.enter(PLATE);
        lot.leave(PLATE);
    }
}

#[test]
fn a_camera_that_sends_a_days_reads_with_a_wrong_date_is_one_event_a_minute() {
    let mut lot = Lot::new();
    let wrong = at("1999-01-01T08:00");
    for number in 0..120 {
        lot.read_late(ENTRY, &format!("粤A{number:05}"), wrong);
        lot.now += SignedDuration::from_secs(1);
    }
    lot.read_late(EXIT, "粤B00001", wrong);
    let count = lot.look(|tx| tx.put_aside_for(AsideWhy::OutOfTime).unwrap());
    assert_eq!(count, 121, "each is kept");
    assert_eq!(lot.reports(2002).len(), 3, "two minutes of one camera, and another");
}
