//! Visitors' passes by staff.

use crate::prelude::*;
use lotgate::model::merchant::NewPass;
use lotgate::store::VisitorPass;

fn pass(plates: &[&str], from: &str, until: &str, free: Option<i64>) -> StaffAction {
    StaffAction::GivePass(Box::new(NewPass {
        plates: plates.iter().map(|plate| plate.parse().unwrap()).collect(),
        from: at(from),
        until: at(until),
        free: free.map(SignedDuration::from_hours),
        reason: "看房".to_owned(),
    }))
}

fn given(lot: &mut Lot, id: &str, pass: StaffAction) -> Id {
    match lot.staff(id, pass).0 {
        StaffAnswer::Done(reply) => reply["passId"].as_str().unwrap().into(),
        StaffAnswer::Refused(refusal) => panic!("{refusal:?}"),
    }
}

fn due(lot: &mut Lot) -> Value {
    let order = lot.ok(6006, &fee(PLATE));
    json!(order["receivables"].as_f64().unwrap() - order["discount"].as_f64().unwrap())
}

#[test]
fn a_pass_that_is_over_or_ends_before_it_begins_or_lies_too_far_ahead_is_refused() {
    let mut lot = Lot::new();
    for (from, until, refusal) in [
        ("2026-03-01T08:00", "2026-03-02T08:00", Refusal::AlreadyOver),
        ("2026-03-02T09:00", "2026-03-02T09:00", Refusal::EndsBeforeItBegins),
        ("2026-03-02T09:00", "2026-03-02T08:30", Refusal::EndsBeforeItBegins),
        ("2026-03-02T09:00", "2027-03-04T09:00", Refusal::TooFar { days: 366 }),
    ] {
        let answer = lot.staff("1", pass(&[PLATE], from, until, None)).0;
        assert_eq!(answer, StaffAnswer::Refused(refusal), "{from} {until}");
        assert_eq!(refusal.field(), "until");
    }
    given(&mut lot, "1", pass(&[PLATE], "2026-03-01T08:00", "2026-03-02T08:01", None));
}

#[test]
fn a_pass_has_several_plates_is_given_once_by_its_id_and_is_listed_until_it_is_over() {
    let mut lot = Lot::new();
    let plates = [PLATE, "粤B99999"];
    let order = || pass(&plates, "2026-03-02T08:00", "2026-03-02T18:00", None);
    let first = given(&mut lot, "1", order());
    assert_eq!(given(&mut lot, "1", order()), first);
    let shown = |lot: &Lot| lot.look(|tx| tx.passes_of(PLATE, lot.now).unwrap());
    let all = shown(&lot);
    let [VisitorPass { plates: known, reason, given_by, .. }] = &all[..] else { panic!("{all:?}") };
    assert_eq!(
        (&known[..], reason.as_str(), given_by.as_str()),
        (&plates.map(str::to_owned)[..], "看房", "张三")
    );
    for plate in plates {
        assert!(lot.enter(plate));
    }
    lot.now = at("2026-03-02T17:00");
    for plate in plates {
        assert!(lot.leave(plate), "both are free");
    }
    lot.now = at("2026-03-02T18:00");
    assert!(shown(&lot).is_empty());
    let over = lot.staff("2", StaffAction::WithdrawPass { pass_id: first }).0;
    assert_eq!(over, StaffAnswer::Refused(Refusal::PassOver));
    let none = lot.staff("3", StaffAction::WithdrawPass { pass_id: "x".into() }).0;
    assert_eq!(none, StaffAnswer::Refused(Refusal::NoPass));
}

#[test]
fn a_pass_given_while_its_car_waits_lets_it_in_and_one_for_the_past_lets_it_out() {
    let mut lot = Lot::with(|rules| rules.total_spaces = 1);
    assert!(lot.enter("粤B11111"));
    assert!(!lot.enter(PLATE), "full");
    let order = pass(&[PLATE], "2026-03-02T07:00", "2026-03-02T12:00", None);
    assert_eq!(lot.staff("1", order).1.actuations.len(), 1);
    lot.pass_time(90);
    assert!(!lot.leave("粤B11111"), "12 yuan are due");
    let order = pass(&["粤B11111"], "2026-03-02T07:00", "2026-03-02T12:00", None);
    assert_eq!(lot.staff("2", order).1.actuations.len(), 1);
    assert_eq!(lot.reports(5005)[0]["receivables"], 0);
}

#[test]
fn a_stay_under_another_plate_of_its_car_has_the_pass_too() {
    let mut lot = Lot::new();
    let aliases = vec!["粤Z1234港".parse().unwrap()];
    let read = lot.sight(ENTRY, PLATE, ReadMoment::Live);
    assert!(lot.take_read(PlateRead { aliases, ..read }));
    let order = pass(&["粤Z1234港"], "2026-03-02T07:00", "2026-03-02T20:00", None);
    given(&mut lot, "1", order);
    lot.pass_time(300);
    assert_eq!(due(&mut lot), 0.0);
}

#[test]
fn a_plate_has_no_more_than_twenty_passes_at_once() {
    let mut lot = Lot::new();
    let order = |day: usize| {
        pass(&[PLATE], "2026-03-02T08:00", &format!("2026-03-{:02}T08:00", day + 3), None)
    };
    for day in 0..20 {
        given(&mut lot, &day.to_string(), order(day));
    }
    let one_more = lot.staff("20", order(20)).0;
    assert_eq!(one_more, StaffAnswer::Refused(Refusal::TooMany { max: 20 }));
    lot.now = at("2026-03-03T08:00");
    given(&mut lot, "21", order(20));
    // One that is withdrawn counts no more, and is shown no more.
    let again = lot.staff("22", order(20)).0;
    assert_eq!(again, StaffAnswer::Refused(Refusal::TooMany { max: 20 }));
    let shown = |lot: &Lot| lot.look(|tx| tx.passes_of(PLATE, lot.now).unwrap());
    let pass_id = shown(&lot)[0].id.clone();
    lot.staff("23", StaffAction::WithdrawPass { pass_id });
    assert_eq!(shown(&lot).len(), 19);
    given(&mut lot, "24", order(20));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn with_passes_a_longer_stay_never_costs_less(
        passes in prop::collection::vec((0_i64..600, 1_i64..600, prop::option::of(1_i64..5)), 0..4),
        moments in prop::collection::vec(1_i64..1500, 1..6),
    ) {
        let mut lot = Lot::new();
        let begin = lot.now;
        for (index, (from, long, free)) in passes.iter().enumerate() {
            let (from, until) = (begin + SignedDuration::from_mins(*from), begin + SignedDuration::from_mins(from + long));
            let action = StaffAction::GivePass(Box::new(NewPass {
                plates: vec![PLATE.parse().unwrap()],
                from, until, free: free.map(SignedDuration::from_hours),
                reason: "访客".to_owned(),
            }));
            given(&mut lot, &index.to_string(), action);
        }
        prop_assert!(lot.enter(PLATE));
        let mut moments = moments;
        moments.sort_unstable();
        let mut before = 0.0;
        for minutes in moments {
            lot.now = begin + SignedDuration::from_mins(minutes);
            let cost = due(&mut lot).as_f64().unwrap();
            prop_assert!(cost >= before, "{cost} after {before} at {minutes}");
            before = cost;
        }
    }
}
