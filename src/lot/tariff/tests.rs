//! The tariff's arithmetic by itself. Whole signs with their sums are in `tests/tariffs.rs`.

use super::*;
use proptest::prelude::*;
use rust_decimal::Decimal;

fn hours(hours: i64, yuan: i64) -> Period {
    Period { seconds: hours * 3600, price: Money::yuan(yuan) }
}

fn rule(first: Option<Period>, then: Option<Period>, cap: Option<Cap>) -> TariffRule {
    let prices = Prices { first, steps: Vec::new(), then };
    TariffRule { days: DayPrices { prices, ..DayPrices::default() }, cap, ..TariffRule::default() }
}

fn by_day(yuan: i64) -> Cap {
    Cap { window: CapWindow::CalendarDay, prices: vec![Money::yuan(yuan)] }
}

fn tariff(free_minutes: i64, rule: TariffRule) -> Tariff {
    Tariff {
        free: SignedDuration::from_mins(free_minutes),
        leave_within: SignedDuration::from_mins(15),
        pay_within: SignedDuration::from_mins(5),
        rules: vec![rule],
        ..Tariff::free_of_charge(TimeZone::get("Asia/Shanghai").unwrap())
    }
}

fn minimal() -> Tariff {
    let cap = Cap { window: CapWindow::FromEntry(86_400), prices: vec![Money::yuan(30)] };
    let rule = rule(Some(hours(1, 10)), Some(hours(1, 2)), Some(cap));
    tariff(15, TariffRule { vehicles: Some(vec![VehicleClass::Small]), ..rule })
}

fn entry() -> Timestamp {
    Timestamp::from_second(1_700_000_000).unwrap()
}

fn sum(tariff: &Tariff, vehicle: &Vehicle, enter: Timestamp, parts: &[Interval]) -> Money {
    tariff.fee(&PricedStay::plain(vehicle, enter, parts)).sum
}

fn fee_from(tariff: &Tariff, vehicle: &Vehicle, enter: Timestamp, seconds: i64) -> Money {
    let to = enter + SignedDuration::from_secs(seconds);
    sum(tariff, vehicle, enter, &[Interval { from: enter, to }])
}

fn fee(tariff: &Tariff, seconds: i64) -> Money {
    fee_from(tariff, &Vehicle::small(), entry(), seconds)
}

fn local(tariff: &Tariff, text: &str) -> Timestamp {
    tariff.time_zone.to_timestamp(text.parse().unwrap()).unwrap()
}

/// The fee from one local time of the lot to another.
fn between(tariff: &Tariff, from: &str, to: &str) -> Money {
    let whole = Interval { from: local(tariff, from), to: local(tariff, to) };
    sum(tariff, &Vehicle::small(), whole.from, &[whole])
}

#[test]
fn the_smallest_lots_tariff_costs_what_its_sign_says() {
    let (m, h) = (60, 3600);
    for (seconds, yuan) in [
        (0, 0),
        (15 * m, 0),
        (15 * m + 1, 10),
        (h, 10),
        (h + 1, 12),
        (2 * h, 12),
        (2 * h + 1, 14),
        (10 * h, 28),
        (11 * h, 30),
        (12 * h, 30),
        (24 * h, 30),
        (24 * h + 1, 32),
        (30 * h, 42),
        (48 * h, 60),
        (49 * h, 62),
    ] {
        assert_eq!(fee(&minimal(), seconds), Money::yuan(yuan), "{seconds} s");
    }
}

#[test]
fn a_vehicle_no_rule_names_pays_nothing() {
    let large = Vehicle { classes: vec![VehicleClass::Large], free: false };
    assert_eq!(fee_from(&minimal(), &large, entry(), 7200), Money::ZERO);
}

#[test]
fn a_clock_set_back_makes_no_negative_fee() {
    assert_eq!(fee(&minimal(), -7200), Money::ZERO);
}

fn with_night() -> Tariff {
    let prices = Prices { then: Some(hours(1, 1)), ..Prices::default() };
    let hours_of_night =
        Hours { from: "22:00:00".parse().unwrap(), to: "08:00:00".parse().unwrap() };
    let night = Night { hours: hours_of_night, prices, cap: Some(Money::yuan(5)) };
    let mut rule = rule(Some(hours(1, 10)), Some(hours(1, 4)), Some(by_day(40)));
    rule.days.night = Some(night);
    tariff(0, rule)
}

#[test]
fn a_period_costs_what_the_time_of_day_it_begins_in_costs() {
    let tariff = with_night();
    for (from, to, yuan) in [
        // 10 for 20:30, 4 for 21:30; the one begun at 21:30 covers the night's first half hour.
        ("2026-03-02T20:30", "2026-03-02T22:30", 14),
        ("2026-03-02T20:30", "2026-03-02T22:31", 15),
        // A night costs 5 at most.
        ("2026-03-02T22:00", "2026-03-03T08:00", 5),
        ("2026-03-02T20:00", "2026-03-03T08:00", 14 + 5),
        // In the morning an hour is a following one.
        ("2026-03-02T22:00", "2026-03-03T09:00", 5 + 4),
        // By day 10 + 4 × 13 = 62, of which a calendar day costs 40 with its share of the night.
        ("2026-03-02T08:00", "2026-03-02T22:00", 40),
        ("2026-03-02T08:00", "2026-03-03T08:00", 40 + 5),
    ] {
        assert_eq!(between(&tariff, from, to), Money::yuan(yuan), "{from} to {to}");
    }
}

#[test]
fn time_that_is_free_does_not_run() {
    let tariff = minimal();
    let part = |from: i64, to: i64| Interval {
        from: entry() + SignedDuration::from_mins(from),
        to: entry() + SignedDuration::from_mins(to),
    };
    let fee = |parts: &[Interval]| sum(&tariff, &Vehicle::small(), entry(), parts);
    assert_eq!(fee(&[]), Money::ZERO);
    assert_eq!(fee(&[part(0, 10), part(600, 605)]), Money::ZERO);
    assert_eq!(fee(&[part(0, 30), part(600, 630)]), Money::yuan(10));
    assert_eq!(fee(&[part(0, 30), part(600, 631)]), Money::yuan(12));
}

#[test]
fn hours_are_hours_when_clocks_are_changed() {
    let mut tariff = tariff(0, rule(None, Some(hours(1, 1)), None));
    tariff.time_zone = TimeZone::get("Europe/Berlin").unwrap();
    // The night of the change to summer time has 23 hours, the one back has 25.
    assert_eq!(between(&tariff, "2026-03-28T12:00", "2026-03-29T12:00"), Money::yuan(23));
    assert_eq!(between(&tariff, "2026-10-24T12:00", "2026-10-25T12:00"), Money::yuan(25));
    tariff.rules[0].cap = Some(by_day(3));
    assert_eq!(between(&tariff, "2026-10-24T12:00", "2026-10-26T12:00"), Money::yuan(9));
}

/// The fee of two hundred years, and through how many stretches the meter has run.
fn fee_of_two_hundred_years(tariff: &Tariff) -> (Money, u64) {
    let (enter, to) = (local(tariff, "2000-01-01T08:30"), local(tariff, "2200-01-01T08:30"));
    let before = meter::STRETCHES.get();
    let fee = sum(tariff, &Vehicle::small(), enter, &[Interval { from: enter, to }]);
    (fee, meter::STRETCHES.get() - before)
}

#[test]
fn two_hundred_years_are_reckoned_like_a_few_days() {
    // 30 a day on 73,049 days, and eight hours on the last.
    let by_day = tariff(15, rule(Some(hours(1, 10)), Some(hours(1, 2)), Some(by_day(30))));
    let (fee, stretches) = fee_of_two_hundred_years(&by_day);
    assert_eq!(fee, Money::yuan(30 * 73_049 + 16));
    assert!(stretches < 50, "{stretches}");
    let (fee, stretches) = fee_of_two_hundred_years(&minimal());
    assert_eq!(fee, Money::yuan(30 * 73_049));
    assert!(stretches < 50, "{stretches}");
    let (_, stretches) = fee_of_two_hundred_years(&with_night());
    assert!(stretches < 100, "{stretches}");
}

#[test]
fn what_costs_more_than_money_can_be_costs_the_most_it_can() {
    let minute = Period { seconds: 60, price: Money::MOST };
    let cap = Cap { window: CapWindow::CalendarDay, prices: vec![Money::MOST] };
    let tariff = tariff(0, rule(None, Some(minute), Some(cap)));
    assert_eq!(fee_of_two_hundred_years(&tariff).0, Money::MOST);
}

#[test]
fn a_far_date_costs_what_it_costs_and_breaks_nothing() {
    let far = Timestamp::MAX;
    for tariff in [minimal(), tariff(0, rule(Some(hours(1, 5)), Some(hours(1, 1)), None))] {
        let parts = [Interval { from: far - SignedDuration::from_hours(30), to: far }];
        assert!(sum(&tariff, &Vehicle::small(), parts[0].from, &parts) > Money::ZERO);
    }
}

#[test]
fn a_waived_hour_counts_and_costs_nothing_until_its_period_reaches_beyond_it() {
    let waiver = |per, hours| Waiver {
        vehicles: vec![VehicleClass::named("new-energy")],
        length: SignedDuration::from_hours(hours),
        per,
    };
    let vehicle = Vehicle {
        classes: vec![VehicleClass::Small, VehicleClass::named("new-energy")],
        free: false,
    };
    let mut tariff = tariff(0, rule(Some(hours(3, 10)), Some(hours(1, 2)), None));
    tariff.waivers = vec![waiver(WaiverPer::Stay, 1)];
    let fee = |tariff: &Tariff, minutes: i64| fee_from(tariff, &vehicle, entry(), minutes * 60);
    // The first three hours cost 10 as soon as the stay goes on beyond the waived one.
    for (minutes, yuan) in [(60, 0), (61, 10), (180, 10), (181, 12)] {
        assert_eq!(fee(&tariff, minutes), Money::yuan(yuan), "{minutes} min");
    }
    // Those of several add up.
    tariff.waivers.push(waiver(WaiverPer::Stay, 3));
    for (minutes, yuan) in [(240, 0), (241, 2), (301, 4)] {
        assert_eq!(fee(&tariff, minutes), Money::yuan(yuan), "{minutes} min, 4 h waived");
    }
    assert_eq!(fee_from(&tariff, &Vehicle::small(), entry(), 3600), Money::yuan(10));
}

#[test]
fn a_days_waived_hours_are_used_up_by_all_visits_of_the_day() {
    let mut tariff = tariff(0, rule(None, Some(hours(1, 3)), None));
    tariff.waivers = vec![Waiver {
        vehicles: vec![VehicleClass::Small],
        length: SignedDuration::from_hours(2),
        per: WaiverPer::Day,
    }];
    let visit = |from: &str, to: &str| {
        let whole = Interval { from: local(&tariff, from), to: local(&tariff, to) };
        Visit { enter: whole.from, charged: vec![whole], claimed: Money::ZERO }
    };
    let fee = |earlier: &[Visit], from: &str, to: &str| {
        let Visit { enter, charged, .. } = visit(from, to);
        let vehicle = &Vehicle::small();
        let stay = PricedStay { earlier, ..PricedStay::plain(vehicle, enter, &charged) };
        tariff.fee(&stay).sum
    };
    let first = visit("2026-03-02T08:00", "2026-03-02T09:00");
    assert_eq!(fee(&[], "2026-03-02T10:00", "2026-03-02T12:00"), Money::ZERO);
    assert_eq!(
        fee(std::slice::from_ref(&first), "2026-03-02T10:00", "2026-03-02T12:00"),
        Money::yuan(3)
    );
    // The next day has hours of its own, also within one stay.
    assert_eq!(
        fee(std::slice::from_ref(&first), "2026-03-03T10:00", "2026-03-03T12:00"),
        Money::ZERO
    );
    assert_eq!(fee(&[first], "2026-03-02T22:00", "2026-03-03T03:00"), Money::yuan(3 + 3));
}

#[test]
fn the_free_time_may_be_taken_off_longer_stays_too() {
    let rule = TariffRule {
        free: Some(SignedDuration::from_mins(30)),
        free_taken_off: true,
        ..rule(None, Some(hours(1, 4)), None)
    };
    let tariff = tariff(0, rule);
    for (minutes, yuan) in [(30, 0), (31, 4), (90, 4), (91, 8)] {
        assert_eq!(fee(&tariff, minutes * 60), Money::yuan(yuan), "{minutes} min");
    }
}

#[test]
fn a_class_is_by_plate_kind_list_colour_camera_or_given_and_white_alone_is_none() {
    let camera = crate::standard::id::Id::from("camera");
    let class =
        |name: &str| ClassDefinition { name: name.to_owned(), ..ClassDefinition::default() };
    let tariff = Tariff {
        free_kinds: vec![PlateKind::Police, PlateKind::ArmedPolice, PlateKind::Military],
        classes: vec![
            ClassDefinition {
                plates: vec!["粤B12345".to_owned()],
                free: true,
                ..class("ambulance")
            },
            ClassDefinition { plate_colors: vec!["黄绿色".to_owned()], ..class("bus") },
            ClassDefinition { cameras: vec![camera.clone()], ..class("motorbike") },
            class("patient"),
        ],
        ..Tariff::free_of_charge(TimeZone::UTC)
    };
    let is =
        |sight: Sight<'_>, name: &str| tariff.vehicle(&sight).is_any(&[VehicleClass::named(name)]);
    let plate = |plate_no| Sight { plate_no, ..Sight::default() };
    assert!(is(plate("粤B12345"), "ambulance") && !is(plate("粤B12346"), "ambulance"));
    assert!(is(plate("粤BD12345"), "new-energy") && is(plate("粤B12345D"), "new-energy"));
    assert!(!is(plate("粤B12345"), "new-energy"));
    assert!(is(Sight { plate_color: Some("黄绿色"), ..plate("") }, "bus"));
    assert!(is(Sight { camera: Some(&camera), ..plate("") }, "motorbike"));
    assert!(is(Sight { given: &["patient".to_owned()], ..plate("") }, "patient"));
    assert!(is(Sight { car_model: Some(1), ..plate("") }, "large"));
    assert!(is(plate(""), "small"));
    for (plate_no, color, free) in [
        ("粤B12345", None, true),
        ("粤B1234警", None, true),
        ("WJ粤1234X", Some("白色"), true),
        ("粤X1234应急", None, true),
        // The army's string is a green plate's without its province.
        ("BD12345", Some("白色"), true),
        ("BD12345", Some("绿色"), false),
        ("BD12345", None, false),
        ("粤B88888", Some("白色"), false),
        ("粤B88888", None, false),
    ] {
        let sight = Sight { plate_color: color, ..plate(plate_no) };
        assert_eq!(tariff.vehicle(&sight).free, free, "{plate_no} {color:?}");
    }
}

fn any_period() -> impl Strategy<Value = Period> {
    (60_i64..30 * 3600, 0_i64..100)
        .prop_map(|(seconds, yuan)| Period { seconds, price: Money::yuan(yuan) })
}

fn any_steps() -> impl Strategy<Value = Vec<Step>> {
    prop::collection::vec((1_i64..40_000, any_period()), 0..4).prop_map(|steps| {
        let mut until = 0;
        steps
            .into_iter()
            .map(|(length, period)| {
                until += length;
                Step { until, period }
            })
            .collect()
    })
}

fn any_prices() -> impl Strategy<Value = Prices> {
    (prop::option::of(any_period()), any_steps(), prop::option::of(any_period()))
        .prop_map(|(first, steps, then)| Prices { first, steps, then })
}

fn any_hours() -> impl Strategy<Value = Hours> {
    let time =
        || (0_i8..24, 0_i8..60).prop_map(|(hour, minute)| Time::constant(hour, minute, 0, 0));
    (time(), time()).prop_map(|(from, to)| Hours { from, to })
}

fn any_night() -> impl Strategy<Value = Night> {
    (any_hours(), any_prices(), prop::option::of(0_i64..50))
        .prop_map(|(hours, prices, cap)| Night { hours, prices, cap: cap.map(Money::yuan) })
}

fn any_day() -> impl Strategy<Value = DayPrices> {
    (any_prices(), prop::option::of(any_night()), prop::option::of(any_hours()))
        .prop_map(|(prices, night, hours)| DayPrices { prices, night, hours })
}

fn any_cap() -> impl Strategy<Value = Cap> {
    let window = prop_oneof![
        (60_i64..30 * 3600).prop_map(CapWindow::FromEntry),
        Just(CapWindow::CalendarDay),
    ];
    (window, prop::collection::vec((0_i64..100).prop_map(Money::yuan), 1..4))
        .prop_map(|(window, prices)| Cap { window, prices })
}

fn any_rule() -> impl Strategy<Value = TariffRule> {
    let visits = prop_oneof![
        Just(None),
        Just(Some(Visits::OneDay)),
        (60_i64..200_000).prop_map(|within| Some(Visits::Within(within))),
    ];
    let anew = (any::<bool>(), any::<bool>())
        .prop_map(|(every_24h, every_day)| Anew { every_24h, every_day });
    (
        any_day(),
        prop::option::of(any_day()),
        prop::option::of(any_cap()),
        anew,
        visits,
        any::<bool>(),
    )
        .prop_map(|(days, non_working_days, cap, anew, visits, free_taken_off)| TariffRule {
            vehicles: None,
            free: None,
            free_taken_off,
            days,
            non_working_days,
            cap,
            anew,
            visits,
        })
}

fn any_waivers() -> impl Strategy<Value = Vec<Waiver>> {
    let per = prop_oneof![Just(WaiverPer::Day), Just(WaiverPer::Stay)];
    let waiver = (per, 1_i64..400).prop_map(|(per, minutes)| Waiver {
        vehicles: vec![VehicleClass::Small],
        length: SignedDuration::from_mins(minutes),
        per,
    });
    prop::collection::vec(waiver, 0..3)
}

fn any_tariff() -> impl Strategy<Value = Tariff> {
    let zone = prop::sample::select(&["Asia/Shanghai", "Europe/Berlin", "Pacific/Apia"][..]);
    (any_rule(), any_waivers(), 0_i64..7200, zone).prop_map(|(rule, waivers, free, zone)| Tariff {
        free: SignedDuration::from_secs(free),
        rules: vec![rule],
        waivers,
        ..Tariff::free_of_charge(TimeZone::get(zone).unwrap())
    })
}

/// Around the changes of clocks, too.
fn any_entry() -> impl Strategy<Value = Timestamp> {
    (1_790_000_000_i64..1_795_000_000).prop_map(|second| Timestamp::from_second(second).unwrap())
}

/// Visits of up to a day and a half, one after the other, and when the next may begin.
fn visits(enter: Timestamp, lengths: &[(i64, i64)]) -> (Vec<Interval>, Timestamp) {
    let mut at = enter;
    let mut visits = Vec::new();
    for (stay, away) in lengths {
        let whole = Interval { from: at, to: at + SignedDuration::from_secs(*stay) };
        visits.push(whole);
        at = whole.to + SignedDuration::from_secs(*away);
    }
    (visits, at)
}

/// A stay after others of the same plate, its first hours waived.
fn fee_after(
    tariff: &Tariff,
    earlier: &[Interval],
    whole: Interval,
    waived: SignedDuration,
) -> Money {
    let vehicle = &Vehicle::small();
    let (earlier, since) = tariff.visits(vehicle, earlier);
    let visits_since = tariff.visits_since(vehicle, since, whole.from);
    let charged = [whole];
    let plain = PricedStay::plain(vehicle, whole.from, &charged);
    tariff.fee(&PricedStay { earlier: &earlier, visits_since, waived, ..plain }).sum
}

#[test]
fn a_coupons_hours_are_of_its_own_visit() {
    let mut rule = rule(None, Some(hours(1, 5)), None);
    rule.visits = Some(Visits::Within(86_400));
    let tariff = tariff(0, rule);
    let whole =
        |from: &str, to: &str| Interval { from: local(&tariff, from), to: local(&tariff, to) };
    let first = [whole("2026-03-02T08:00", "2026-03-02T11:00")];
    let second = whole("2026-03-02T12:00", "2026-03-02T15:00");
    let two_hours = SignedDuration::from_hours(2);
    assert_eq!(fee_after(&tariff, &first, second, SignedDuration::ZERO), Money::yuan(15));
    assert_eq!(fee_after(&tariff, &first, second, two_hours), Money::yuan(5));
}

#[test]
fn visits_day_after_day_pay_each_time_their_hours_are_over_however_many_there_were() {
    let mut rule = rule(Some(Period { seconds: ONCE, price: Money::yuan(8) }), None, None);
    rule.visits = Some(Visits::Within(86_400));
    let tariff = tariff(0, rule);
    let lengths = vec![(3 * 3600, 17 * 3600); 200];
    let (stays, _) = visits(entry(), &lengths);
    let (visits, _) = tariff.visits(&Vehicle::small(), &stays);
    let claimed: Vec<_> = visits.iter().map(|visit| visit.claimed).collect();
    // Every 20 hours: the second of each pair is within 24 hours of the first.
    for (index, claimed) in claimed.iter().enumerate() {
        let yuan = if index % 2 == 0 { 8 } else { 0 };
        assert_eq!(*claimed, Money::yuan(yuan), "visit {index}");
    }
}

#[test]
fn what_was_never_claimed_of_a_visit_is_not_taken_off_the_next() {
    let mut rule = rule(Some(Period { seconds: ONCE, price: Money::yuan(8) }), None, None);
    rule.visits = Some(Visits::Within(86_400));
    let tariff = tariff(0, rule);
    let stay = |hours: i64| Interval {
        from: entry() + SignedDuration::from_hours(hours),
        to: entry() + SignedDuration::from_hours(hours + 1),
    };
    let (vehicle, charged) = (&Vehicle::small(), [stay(3)]);
    let fee = |claimed| {
        let earlier = [Visit { enter: entry(), charged: vec![stay(0)], claimed }];
        let plain = PricedStay::plain(vehicle, charged[0].from, &charged);
        tariff.fee(&PricedStay { earlier: &earlier, visits_since: entry(), ..plain }).sum
    };
    assert_eq!(fee(Money::yuan(8)), Money::ZERO);
    assert_eq!(fee(Money::ZERO), Money::yuan(8));
}

#[test]
fn a_period_that_is_waived_whole_uses_up_nothing_of_the_nights_cap() {
    let mut tariff = with_night();
    tariff.waivers = vec![Waiver {
        vehicles: vec![VehicleClass::Small],
        length: SignedDuration::from_hours(2),
        per: WaiverPer::Stay,
    }];
    assert_eq!(between(&tariff, "2026-03-02T22:00", "2026-03-03T08:00"), Money::yuan(5));
}

proptest! {
    #[test]
    fn a_longer_stay_never_costs_less_whatever_visits_and_coupons_came_before(
        tariff in any_tariff(), enter in any_entry(), a in 0_i64..500_000, b in 0_i64..500_000,
        before in prop::collection::vec((0_i64..130_000, 0_i64..130_000), 0..4), waived in 0_i64..20_000,
    ) {
        let (earlier, enter) = visits(enter, &before);
        let waived = SignedDuration::from_secs(waived);
        let fee = |stay| {
            let whole = Interval { from: enter, to: enter + SignedDuration::from_secs(stay) };
            fee_after(&tariff, &earlier, whole, waived)
        };
        prop_assert!(fee(a.min(b)) <= fee(a.max(b)));
    }

    #[test]
    fn the_parts_of_a_fee_add_up_to_it_and_lie_one_after_the_other(
        tariff in any_tariff(), enter in any_entry(), stay in 0_i64..500_000,
    ) {
        let to = enter + SignedDuration::from_secs(stay);
        let charged = [Interval { from: enter, to }];
        let (fee, parts) = tariff.explained(&PricedStay::plain(&Vehicle::small(), enter, &charged));
        prop_assert_eq!(parts.iter().map(|part| part.charged).sum::<Money>(), fee.sum);
        let mut at = enter;
        for part in &parts {
            prop_assert_eq!(part.when.from, at);
            at = part.when.to;
        }
        prop_assert!(parts.is_empty() || at == to);
    }

    #[test]
    fn visits_that_cost_as_one_cost_in_all_what_one_of_that_length_would(
        tariff in any_tariff(), enter in any_entry(), first in 0_i64..40_000, second in 0_i64..40_000, away in 0_i64..40_000,
    ) {
        let mut tariff = tariff;
        tariff.waivers.clear();
        tariff.rules[0].visits = Some(Visits::Within(200_000));
        let (earlier, again) = visits(enter, &[(first, away)]);
        let second = Interval { from: again, to: again + SignedDuration::from_secs(second) };
        let of_second = fee_after(&tariff, &earlier, second, SignedDuration::ZERO);
        let of_first = fee_from(&tariff, &Vehicle::small(), enter, first);
        let both = [earlier[0], second];
        prop_assert_eq!(of_first + of_second, sum(&tariff, &Vehicle::small(), enter, &both));
    }

    #[test]
    fn a_cap_is_never_exceeded(tariff in any_tariff(), enter in any_entry(), stay in 0_i64..500_000) {
        if let Some(cap) = &tariff.rules[0].cap {
            let windows = match cap.window {
                CapWindow::FromEntry(seconds) => stay.div_euclid(seconds) + 1,
                // 500,000 s touch at most 7 days.
                CapWindow::CalendarDay => 7,
            };
            let price = |window: i64| {
                let which = usize::try_from(window).unwrap();
                *cap.prices.get(which).or(cap.prices.last()).unwrap()
            };
            let most: Money = (0..windows).map(price).sum();
            prop_assert!(fee_from(&tariff, &Vehicle::small(), enter, stay) <= most);
        }
    }

    #[test]
    fn a_night_never_costs_more_than_its_cap(tariff in any_tariff(), enter in any_entry(), stay in 0_i64..500_000) {
        let mut tariff = tariff;
        let rule = &mut tariff.rules[0];
        let Some(cap) = rule.days.night.as_ref().and_then(|night| night.cap) else { return Ok(()) };
        rule.days.prices = Prices::default();
        rule.non_working_days = None;
        rule.cap = None;
        let most = Money::new(cap.decimal() * Decimal::from(8)).unwrap();
        prop_assert!(fee_from(&tariff, &Vehicle::small(), enter, stay) <= most);
    }

    #[test]
    fn nobody_pays_outside_the_hours_that_are_charged(tariff in any_tariff(), enter in any_entry(), stay in 0_i64..500_000) {
        let to = enter + SignedDuration::from_secs(stay);
        let charged = [Interval { from: enter, to }];
        let (_, parts) = tariff.explained(&PricedStay::plain(&Vehicle::small(), enter, &charged));
        for part in parts.iter().filter(|part| part.charged > Money::ZERO) {
            let local = tariff.time_zone.to_datetime(part.when.from);
            let day = tariff.rules[0].day(tariff.calendar.is_working_day(local.date()));
            prop_assert!(day.hours.is_none_or(|hours| hours.contain(local.time())));
        }
    }
}

/// Years in which some days are exceptions, among those that any stay lies in.
fn any_calendar() -> impl Strategy<Value = Calendar> {
    let days = || prop::collection::btree_set(0_i64..366, 0..6);
    let year = (2026_i16..2029, days(), days()).prop_map(|(year, holidays, make_up)| {
        let of = |days: std::collections::BTreeSet<i64>| {
            let first = jiff::civil::date(year, 1, 1);
            let days = days.into_iter().map(|day| first + SignedDuration::from_hours(24 * day));
            days.filter(|day| day.year() == year).collect()
        };
        crate::model::calendar::CalendarYear {
            year,
            holidays: of(holidays),
            make_up_days: of(make_up),
        }
    });
    prop::collection::vec(year, 0..3).prop_map(|years| Calendar { years })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn going_round_shows_what_running_through_shows(
        tariff in any_tariff(), calendar in any_calendar(), enter in any_entry(), stay in 0_i64..60_000_000,
    ) {
        let tariff = Tariff { calendar, ..tariff };
        let charged = [Interval { from: enter, to: enter + SignedDuration::from_secs(stay) }];
        let vehicle = Vehicle::small();
        let stay = PricedStay::plain(&vehicle, enter, &charged);
        // Whoever asks for each stretch has the meter run through all of them.
        let (ran, parts) = tariff.explained(&stay);
        prop_assert_eq!(parts.iter().map(|part| part.charged).sum::<Money>(), ran.sum);
        prop_assert_eq!(tariff.fee(&stay), ran);
    }
}
