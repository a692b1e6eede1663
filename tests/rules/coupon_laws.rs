//! What holds of coupons whatever comes: a shop's quota, a longer stay, a payment on the way, sums that meet.

use crate::coupons::{
    all, at_booth, done, give, money, of_shop, of_staff, pay_by_order, pay_due, plate, settled,
    with_shop,
};
use crate::prelude::*;
use lotgate::model::merchant::{CouponTerms, Quota, Reduction};
use lotgate::store::{CouponState, GivenCoupon, Store};
use proptest::sample::Index;

/// The gateway starts again on what it has committed.
fn started_again(lot: Lot) -> Lot {
    let Lot { folder, store, rules, now, sent, max_age, reads, images, shows, deaf, clock } = lot;
    drop(store);
    let (store, _) = Store::open(&folder.path().join("lotgate.db"), now).unwrap();
    let mut lot =
        Lot { folder, store, rules, now, sent, max_age, reads, images, shows, deaf, clock };
    lot.apply(&Input::Started);
    lot
}

#[derive(Debug, Clone)]
enum Step {
    Give(Index, Index),
    Back(Index),
    Enter(Index),
    Leave(Index),
    Wait(i64),
    Restart,
}

fn any_step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (any::<Index>(), any::<Index>()).prop_map(|(name, plate)| Step::Give(name, plate)),
        1 => any::<Index>().prop_map(Step::Back),
        2 => any::<Index>().prop_map(Step::Enter),
        2 => any::<Index>().prop_map(Step::Leave),
        2 => (1_i64..1000).prop_map(Step::Wait),
        1 => Just(Step::Restart),
    ]
}

const PLATES: [&str; 4] = ["粤B00001", "粤B00002", "粤B00003", "粤B00004"];

/// What a shop has given by its coupons themselves, on the days that begin so.
fn by_hand(coupons: &[GivenCoupon], day: &str) -> (i64, Money) {
    let counts = coupons.iter().filter(|one| {
        one.day.to_string().starts_with(day)
            && matches!(one.state, CouponState::Open | CouponState::Used)
    });
    let worth = |one: &GivenCoupon| match one.state {
        CouponState::Used => one.taken,
        _ => one.terms.worth().unwrap(),
    };
    let counts: Vec<_> = counts.collect();
    (i64::try_from(counts.len()).unwrap(), counts.iter().map(|one| worth(one)).sum())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn whatever_happens_and_whenever_the_gateway_starts_again_no_quota_is_exceeded(
        steps in prop::collection::vec(any_step(), 1..40),
    ) {
        let quota = Quota {
            per_day: Some(3), per_month: Some(5),
            yuan_per_day: Some(Money::yuan(60)), yuan_per_month: Some(Money::yuan(120)),
        };
        let mut lot = with_shop(quota);
        for (id, step) in (1..).zip(&steps) {
            let id = id.to_string();
            match step {
                Step::Give(name, plate) => {
                    let name = ["5 off", "an hour off", "all off"][name.index(3)];
                    let _ = lot.staff(&id, of_shop(name, PLATES[plate.index(PLATES.len())]));
                }
                Step::Back(which) => {
                    let number = i64::try_from(which.index(12)).unwrap();
                    let _ = lot.staff(&id, StaffAction::ReturnCoupon { number, merchant: None });
                }
                Step::Enter(plate) => { lot.enter(PLATES[plate.index(PLATES.len())]); }
                Step::Leave(plate) => {
                    if !lot.leave(PLATES[plate.index(PLATES.len())]) {
                        lot.open_exit(&id);
                    }
                }
                Step::Wait(minutes) => lot.pass_time(*minutes),
                Step::Restart => lot = started_again(lot),
            }
            let coupons = all(&lot);
            let days: std::collections::BTreeSet<_> =
                coupons.iter().map(|one| one.day.to_string()).collect();
            for day in days {
                let (of_day, yuan_of_day) = by_hand(&coupons, &day);
                let (of_month, yuan_of_month) = by_hand(&coupons, &day[..7]);
                prop_assert!(of_day <= 3 && yuan_of_day <= Money::yuan(60), "{of_day} {yuan_of_day}");
                prop_assert!(of_month <= 5 && yuan_of_month <= Money::yuan(120), "{of_month} {yuan_of_month}");
            }
            // Whatever was let off is in the records and in the charges alike.
            let let_off = |code| lot.reports(code).iter().map(|one| one["discount"].to_string().parse::<Money>().unwrap()).sum::<Money>();
            prop_assert_eq!(let_off(5005), let_off(5008));
            let taken: Money = coupons.iter().map(|one| one.taken).sum();
            prop_assert_eq!(taken, let_off(5005));
        }
    }

    #[test]
    fn with_coupons_a_longer_stay_never_costs_less_and_a_payment_on_the_way_never_changes_the_sum(
        coupons in prop::collection::vec(any_terms(), 0..4),
        on_the_way in 16_i64..1500, more in 16_i64..1500,
    ) {
        let parked = || {
            let mut lot = Lot::new();
            assert!(lot.enter(PLATE));
            for (id, terms) in (1..).zip(&coupons) {
                // One that may not be used with another is refused.
                lot.staff(&id.to_string(), of_staff(terms.clone(), plate()));
            }
            lot
        };
        let bill = |lot: &mut Lot| {
            let bill = done(lot.staff("99", StaffAction::Quote { plate_no: PLATE.parse().unwrap() }).0);
            ["receivables", "discount", "due"].map(|name| bill[name].to_string().parse::<Money>().unwrap())
        };
        let mut lot = parked();
        lot.pass_time(on_the_way);
        let [fee, discount, due] = bill(&mut lot);
        prop_assert!(discount <= fee);
        prop_assert_eq!(fee, discount + due);
        if due > Money::ZERO {
            let mut payment = at_booth(0);
            let StaffAction::Pay(paid) = &mut payment else { unreachable!() };
            paid.received = due;
            give(&mut lot, "100", payment);
        }
        lot.pass_time(more);
        let rest = bill(&mut lot)[2];
        let mut at_once = parked();
        at_once.pass_time(on_the_way);
        at_once.pass_time(more);
        let [whole, let_off, at_the_end] = bill(&mut at_once);
        prop_assert!(due <= at_the_end, "{due} and later {at_the_end}");
        prop_assert_eq!(due + rest, at_the_end);
        prop_assert_eq!(whole, let_off + at_the_end);
    }
}

/// What is done to one car inside.
#[derive(Debug, Clone)]
enum Deed {
    Wait(i64),
    Coupon(CouponTerms),
    Part,
    AtBooth,
    ByOrder,
}

fn any_deed() -> impl Strategy<Value = Deed> {
    prop_oneof![
        3 => (1_i64..400).prop_map(Deed::Wait),
        2 => any_terms().prop_map(Deed::Coupon),
        1 => Just(Deed::Part),
        1 => Just(Deed::AtBooth),
        1 => Just(Deed::ByOrder),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn whenever_coupons_come_and_however_it_is_paid_the_sums_meet(
        deeds in prop::collection::vec(any_deed(), 1..12),
    ) {
        let mut lot = Lot::new();
        assert!(lot.enter(PLATE));
        let mut hours = false;
        for (id, deed) in (1..).zip(&deeds) {
            let id = format!("{id:0>4}");
            match deed {
                Deed::Wait(minutes) => lot.pass_time(*minutes),
                Deed::Coupon(terms) => {
                    hours |= matches!(terms.reduction, Reduction::Hours(_));
                    lot.staff(&id, of_staff(terms.clone(), plate()));
                }
                // Refused where less is due.
                Deed::Part => drop(lot.staff(&id, at_booth(1))),
                Deed::AtBooth => pay_due(&mut lot, &id),
                Deed::ByOrder => pay_by_order(&mut lot, &id),
            }
        }
        pay_due(&mut lot, "1000");
        prop_assert!(lot.leave(PLATE));
        let left = lot.reports(5005).pop().unwrap();
        let [fee, discount, received] =
            ["receivables", "discount", "received"].map(|name| money(&left[name]));
        prop_assert_eq!(fee, discount + received, "{}", left);
        prop_assert!(settled(&lot));
        let told = |name: &str| lot.reports(5008).iter().map(|one| money(&one[name])).sum::<Money>();
        prop_assert_eq!(told("received"), received);
        // What hours took off at first the cap of a long stay may take off as well.
        prop_assert!(told("discount") == discount || hours && told("discount") > discount);
        let coupons = all(&lot);
        prop_assert!(coupons.iter().all(|one| one.terms.at_most.is_none_or(|most| one.taken <= most)));
    }
}

fn any_terms() -> impl Strategy<Value = CouponTerms> {
    let reduction = prop_oneof![
        (1_i64..40).prop_map(|yuan| Reduction::Amount(Money::yuan(yuan))),
        (1_i64..300).prop_map(|minutes| Reduction::Hours(SignedDuration::from_mins(minutes))),
        (1_u8..=100).prop_map(Reduction::Percent),
        Just(Reduction::All),
    ];
    (reduction, prop::option::of(1_i64..30)).prop_map(|(reduction, most)| CouponTerms {
        at_most: most.map(Money::yuan),
        stackable: true,
        ..terms("", reduction)
    })
}
