//! Coupons by staff and shops, and how many a shop may give.

use crate::prelude::*;
use lotgate::lot::tariff::{ClassDefinition, DayPrices, Period, Prices, TariffRule, VehicleClass};
use lotgate::lot::unsettled;
use lotgate::model::merchant::{
    CouponChoice, CouponTarget, CouponTerms, NewCoupon, Quota, Reduction,
};
use lotgate::model::staff::{QuotaKind, StaffCommand};
use lotgate::store::{CouponFilter, CouponState, GivenCoupon};

pub fn of_shop(name: &str, plate: &str) -> StaffAction {
    let which = CouponChoice::Offered { merchant: SHOP.to_owned(), name: name.to_owned() };
    let target = CouponTarget::Plate(plate.parse().unwrap());
    StaffAction::GiveCoupon(Box::new(NewCoupon { which, target }))
}

pub fn of_staff(terms: CouponTerms, target: CouponTarget) -> StaffAction {
    let which = CouponChoice::Free { terms, from: None, until: None };
    StaffAction::GiveCoupon(Box::new(NewCoupon { which, target }))
}

pub fn plate() -> CouponTarget {
    CouponTarget::Plate(PLATE.parse().unwrap())
}

fn yuan_off(yuan: i64) -> CouponTerms {
    terms("", Reduction::Amount(Money::yuan(yuan)))
}

pub fn with_shop(quota: Quota) -> Lot {
    Lot::with(|rules| rules.merchants = vec![shop(quota)])
}

pub fn done(answer: StaffAnswer) -> Value {
    match answer {
        StaffAnswer::Done(reply) => reply,
        StaffAnswer::Refused(refusal) => panic!("{refusal:?}"),
    }
}

pub fn give(lot: &mut Lot, id: &str, action: StaffAction) -> Value {
    done(lot.staff(id, action).0)
}

fn refused(lot: &mut Lot, id: &str, action: StaffAction) -> Refusal {
    match lot.staff(id, action).0 {
        StaffAnswer::Refused(refusal) => refusal,
        StaffAnswer::Done(reply) => panic!("{reply}"),
    }
}

/// All coupons, the oldest first.
pub fn all(lot: &Lot) -> Vec<GivenCoupon> {
    let mut coupons = lot.look(|tx| tx.coupons(&CouponFilter::default(), 1000).unwrap());
    coupons.reverse();
    coupons
}

fn states(lot: &Lot) -> Vec<CouponState> {
    all(lot).iter().map(|one| one.state).collect()
}

pub fn at_booth(yuan: i64) -> StaffAction {
    StaffAction::Pay(Box::new(StaffPayment {
        plate_no: PLATE.parse().unwrap(),
        received: Money::yuan(yuan),
        discount: Money::ZERO,
        pay_type: 1,
        pay_from: "线下缴费".to_owned(),
        discounts: Vec::new(),
    }))
}

pub fn money(value: &Value) -> Money {
    value.to_string().parse().unwrap()
}

/// What is due is paid, if anything is.
pub fn pay_due(lot: &mut Lot, id: &str) {
    let quote = StaffAction::Quote { plate_no: PLATE.parse().unwrap() };
    let due = money(&done(lot.staff("999", quote).0)["due"]);
    if due > Money::ZERO {
        let mut payment = at_booth(0);
        if let StaffAction::Pay(paid) = &mut payment {
            paid.received = due;
        }
        give(lot, id, payment);
    }
}

/// The platform asks what is due, and pays that.
pub fn pay_by_order(lot: &mut Lot, id: &str) {
    let order = lot.ok(6006, &fee(PLATE));
    let sum = |name: &str| money(&order[name]);
    let due = sum("receivables").less(sum("discount") + sum("paidAmount"));
    if due > Money::ZERO {
        let mut notice = paid(lot, id, 0);
        let charge = &mut notice["chargeInfo"];
        charge["orderNo"] = order["orderNo"].clone();
        for (name, value) in
            [("receivables", sum("receivables")), ("discount", sum("discount")), ("received", due)]
        {
            charge[name] = json!(value);
        }
        lot.ok(6007, &notice);
    }
}

fn sums(report: &Value) -> [i64; 3] {
    ["receivables", "discount", "received"].map(|name| report[name].as_i64().unwrap())
}

/// Neither owed nor overpaid.
pub fn settled(lot: &Lot) -> bool {
    lot.look(|tx| {
        unsettled::in_arrears(tx, lot.now, 10).unwrap().is_empty()
            && unsettled::overpaid(tx, 10).unwrap().is_empty()
    })
}

#[test]
fn a_coupon_is_told_with_the_payment_as_table_16_lists_it() {
    let mut lot = with_shop(Quota::default());
    assert!(lot.enter(PLATE));
    let coupon = give(&mut lot, "1", of_shop("an hour off", PLATE));
    assert_eq!(coupon["couponNo"], "0000000001");
    lot.pass_time(150);
    give(&mut lot, "2", at_booth(4));
    let charge = lot.reports(5008).pop().unwrap();
    assert_eq!(sums(&charge), [14, 10, 4]);
    let listed = &charge["listDiscounts"];
    let wanted = [
        ("couponNo", json!("0000000001")),
        ("couponType", json!(2)),
        ("couponValue", json!(1)),
        ("discountChannel", json!(SHOP)),
        ("channelOrgCode", json!("91440300MA5FXXXX1A")),
    ];
    for (name, value) in wanted {
        assert_eq!(listed[0][name], value, "{name}");
    }
    assert_eq!(listed.as_array().unwrap().len(), 1);
    assert!(lot.leave(PLATE));
    let left = lot.reports(5005).pop().unwrap();
    assert_eq!(sums(&left), [14, 10, 4]);
    assert_eq!(left["chargeIdList"].as_array().unwrap().len(), 1, "told once");
    assert!(settled(&lot));
    let used = &all(&lot)[0];
    assert_eq!((used.state, used.taken), (CouponState::Used, Money::yuan(10)));
}

#[test]
fn each_kind_of_coupon_is_told_by_its_number_of_table_16() {
    for (reduction, kind, value, discount) in [
        (Reduction::Amount("2.5".parse().unwrap()), 1, json!(2.5), json!(2.5)),
        (Reduction::Hours(SignedDuration::from_mins(90)), 2, json!(1.5), json!(10)),
        (Reduction::Percent(30), 3, json!(0.3), json!(4.2)),
        (Reduction::All, 4, json!(1), json!(14)),
    ] {
        let mut lot = Lot::new();
        assert!(lot.enter(PLATE));
        give(&mut lot, "1", of_staff(terms("", reduction.clone()), plate()));
        lot.pass_time(150);
        lot.open_exit("2");
        lot.leave(PLATE);
        lot.open_exit("3");
        let charge = lot.reports(5008).pop().unwrap();
        let told = &charge["listDiscounts"][0];
        assert_eq!((&told["couponType"], &told["couponValue"]), (&json!(kind), &value));
        assert_eq!(
            (&charge["discount"], &charge["received"]),
            (&discount, &json!(0)),
            "{reduction:?}"
        );
        assert_eq!(lot.reports(5005)[0]["discount"], discount);
    }
}

#[test]
fn the_same_id_gives_one_coupon_and_is_answered_the_same() {
    let mut lot = with_shop(Quota::default());
    let first = give(&mut lot, "1", of_shop("5 off", PLATE));
    assert_eq!(give(&mut lot, "1", of_shop("5 off", PLATE)), first);
    assert_eq!(all(&lot).len(), 1);
    assert_eq!(refused(&mut lot, "2", of_shop("5 off", PLATE)), Refusal::NotStackable);
    assert_eq!(refused(&mut lot, "3", of_shop("6 off", PLATE)), Refusal::NoOffer);
}

#[test]
fn a_coupon_for_a_record_is_for_that_stay_alone() {
    let mut lot = Lot::new();
    let nobody = CouponTarget::Record("0".repeat(32).as_str().into());
    assert_eq!(refused(&mut lot, "1", of_staff(yuan_off(5), nobody)), Refusal::NoRecord);
    assert!(lot.enter(PLATE));
    let record = || CouponTarget::Record(record_of_first(&lot));
    let answer = {
        let target = record();
        give(&mut lot, "2", of_staff(yuan_off(5), target))
    };
    assert_eq!(answer["due"], 0);
    lot.pass_time(10);
    assert!(lot.leave(PLATE));
    assert_eq!(states(&lot), [CouponState::Void], "the stay had no use for it");
    let ended = CouponTarget::Record(answer["recordId"].as_str().unwrap().into());
    assert_eq!(refused(&mut lot, "3", of_staff(yuan_off(5), ended)), Refusal::StayEnded);
}

fn record_of_first(lot: &Lot) -> Id {
    lot.reports(5004)[0]["id"].as_str().unwrap().into()
}

#[test]
fn one_bound_to_an_entry_ends_with_it_and_another_waits_until_its_time_is_over() {
    let mut lot = Lot::new();
    let bound = CouponTerms { entry_bound: true, stackable: true, ..yuan_off(5) };
    let loose = CouponTerms { stackable: true, ..yuan_off(3) };
    give(&mut lot, "1", of_staff(bound, plate()));
    give(&mut lot, "2", of_staff(loose, plate()));
    assert!(lot.enter(PLATE));
    lot.pass_time(10);
    assert!(lot.leave(PLATE));
    assert_eq!(states(&lot), [CouponState::Void, CouponState::Open]);
    lot.pass_time(24 * 60);
    assert_eq!(states(&lot), [CouponState::Void, CouponState::Ended]);
    assert!(lot.enter(PLATE));
    lot.pass_time(90);
    assert_eq!(lot.ok(6006, &fee(PLATE))["discount"], 0, "it came too late");
}

#[test]
fn a_car_that_turns_back_at_the_entry_or_left_unseen_has_its_coupon_for_the_next_stay() {
    let mut lot = Lot::new();
    give(&mut lot, "1", of_staff(yuan_off(5), plate()));
    assert!(lot.enter(PLATE));
    lot.pass_time(300);
    assert!(lot.enter(PLATE), "nobody saw it leave");
    let unseen = lot.reports(5005).pop().unwrap();
    assert_eq!(sums(&unseen), [0, 0, 0], "nothing is claimed, and nothing let off");
    lot.pass_time(90);
    assert_eq!(lot.ok(6006, &fee(PLATE))["discount"], 5);
}

#[test]
fn a_misread_car_has_the_coupon_of_its_true_plate_once_that_is_known() {
    let mut lot = Lot::new();
    give(&mut lot, "1", of_staff(yuan_off(5), plate()));
    assert!(lot.enter("粤B8888B"));
    lot.pass_time(90);
    let correction = Correction {
        record_id: Some(record_of(&lot)),
        plate_no: PLATE.parse().ok(),
        ..Correction::default()
    };
    give(&mut lot, "2", StaffAction::Correct(Box::new(correction)));
    assert_eq!(lot.ok(6006, &fee(PLATE))["discount"], 5);
}

#[test]
fn who_is_let_out_by_hand_owes_what_the_coupon_leaves() {
    let mut lot = Lot::new();
    assert!(lot.enter(PLATE));
    give(&mut lot, "1", of_staff(yuan_off(5), plate()));
    lot.pass_time(90);
    assert!(!lot.leave(PLATE));
    lot.open_exit("2");
    assert_eq!(sums(&lot.reports(5005)[0]), [12, 5, 0]);
    let owed = lot.look(|tx| unsettled::in_arrears(tx, lot.now, 10).unwrap());
    assert_eq!(owed.iter().map(|(_, due)| *due).collect::<Vec<_>>(), [Money::yuan(7)]);
    give(&mut lot, "3", at_booth(7));
    assert!(settled(&lot));
    assert_eq!(sums(&lot.reports(5006).pop().unwrap()), [12, 5, 7]);
}

#[test]
fn what_the_platform_says_once_more_of_our_coupon_is_not_let_off_twice() {
    let mut lot = Lot::new();
    assert!(lot.enter(PLATE));
    give(&mut lot, "1", of_staff(yuan_off(5), plate()));
    lot.pass_time(90);
    let order = lot.ok(6006, &fee(PLATE));
    assert_eq!((&order["receivables"], &order["discount"]), (&json!(12), &json!(5)));
    let mut notice = paid(&lot, "1", 7);
    let charge = &mut notice["chargeInfo"];
    charge["orderNo"] = order["orderNo"].clone();
    charge["receivables"] = json!(12);
    charge["discount"] = json!(5);
    lot.ok(6007, &notice);
    assert_eq!(sums(&lot.reports(5008)[0]), [12, 5, 7]);
    lot.pass_time(60);
    assert_eq!(
        lot.staff("2", at_booth(9)).0,
        StaffAnswer::Refused(Refusal::MoreThanDue { due: Money::yuan(2) })
    );
    give(&mut lot, "3", at_booth(2));
    assert!(lot.leave(PLATE));
    assert_eq!(sums(&lot.reports(5005)[0]), [14, 5, 9]);
    assert!(settled(&lot));
}

#[test]
fn a_coupon_that_two_payments_told_is_one_coupon() {
    let mut lot = Lot::new();
    assert!(lot.enter(PLATE));
    give(&mut lot, "1", of_staff(terms("", Reduction::Percent(50)), plate()));
    for (id, minutes) in [("2", 90), ("3", 60)] {
        lot.pass_time(minutes);
        pay_by_order(&mut lot, id);
    }
    assert_eq!(lot.reports(5008).iter().map(sums).collect::<Vec<_>>(), [[12, 6, 6], [2, 1, 1]]);
    let order = lot.ok(6006, &fee(PLATE));
    assert_eq!((&order["receivables"], &order["discount"]), (&json!(14), &json!(7)));
    assert!(lot.leave(PLATE));
    assert_eq!(sums(&lot.reports(5005)[0]), [14, 7, 7]);
    assert!(settled(&lot));
}

/// A lot with a class whose whole day costs 5.
fn with_patients() -> Lot {
    Lot::with(|rules| {
        let class =
            |name: &str| ClassDefinition { name: name.to_owned(), ..ClassDefinition::default() };
        rules.tariff.classes = vec![class("patient")];
        let first = Some(Period { seconds: 86_400, price: Money::yuan(5) });
        let patients = TariffRule {
            vehicles: Some(vec![VehicleClass::named("patient")]),
            days: DayPrices {
                prices: Prices { first, ..Prices::default() },
                ..DayPrices::default()
            },
            ..TariffRule::default()
        };
        rules.tariff.rules.insert(0, patients);
    })
}

fn at_the_end(lot: &Lot, name: &str) -> Money {
    lot.reports(5008).iter().map(|one| money(&one[name])).sum()
}

#[test]
fn with_a_coupon_after_a_part_was_paid_the_payments_tell_no_more_than_the_stay_was_let_off() {
    let hour = Reduction::Hours(SignedDuration::from_hours(1));
    let all = [
        terms("", Reduction::Amount(Money::yuan(3))),
        terms("", Reduction::Percent(50)),
        terms("", Reduction::Percent(33)),
        terms("", hour.clone()),
        CouponTerms { at_most: Some(Money::yuan(4)), ..terms("", hour) },
        terms("", Reduction::All),
        terms("", Reduction::Class("patient".to_owned())),
    ];
    let stackable = all.map(|terms| CouponTerms { stackable: true, ..terms });
    for first in &stackable {
        for second in &stackable {
            let mut lot = with_patients();
            assert!(lot.enter(PLATE));
            lot.pass_time(90);
            give(&mut lot, "1", of_staff(first.clone(), plate()));
            // Where the first leaves something, a part of it is paid.
            lot.staff("2", at_booth(1));
            give_if_it_fits(&mut lot, second);
            pay_due(&mut lot, "4");
            assert!(lot.leave(PLATE));
            let left = &lot.reports(5005)[0];
            for name in ["discount", "received"] {
                let told = at_the_end(&lot, name);
                assert_eq!(told, money(&left[name]), "{name}: {first:?} {second:?}");
            }
            let taken: Money = super::coupons::all(&lot).iter().map(|one| one.taken).sum();
            assert_eq!(taken, money(&left["discount"]), "{first:?} {second:?}");
            assert!(settled(&lot), "{first:?} {second:?}");
        }
    }
}

fn give_if_it_fits(lot: &mut Lot, terms: &CouponTerms) {
    lot.staff("3", of_staff(terms.clone(), plate()));
}

#[test]
fn a_part_paid_with_a_coupon_is_told_without_it_and_the_rest_with_it() {
    let mut lot = Lot::new();
    assert!(lot.enter(PLATE));
    lot.pass_time(6 * 60);
    let stackable = |reduction| CouponTerms { stackable: true, ..terms("", reduction) };
    give(&mut lot, "1", of_staff(stackable(Reduction::Percent(50)), plate()));
    give(&mut lot, "2", at_booth(1));
    let back = StaffAction::ReturnCoupon { number: 1, merchant: None };
    assert_eq!(refused(&mut lot, "3", back), Refusal::CouponInUse, "a part was paid with it");
    let hour = Reduction::Hours(SignedDuration::from_hours(1));
    give(&mut lot, "4", of_staff(stackable(hour), plate()));
    give(&mut lot, "5", at_booth(4));
    assert!(lot.leave(PLATE));
    // 20, of which the first hour is 10 and a half of the rest 5.
    assert_eq!(lot.reports(5008).iter().map(sums).collect::<Vec<_>>(), [[10, 0, 1], [19, 15, 4]]);
    assert_eq!(sums(&lot.reports(5005)[0]), [20, 15, 5]);
    assert_eq!(all(&lot).iter().map(|one| one.taken).collect::<Vec<_>>(), [5, 10].map(Money::yuan));
}

#[test]
fn what_a_price_was_told_with_holds_though_the_shop_wants_its_coupon_back() {
    let mut lot = with_shop(Quota::default());
    assert!(lot.enter(PLATE));
    give(&mut lot, "1", of_shop("5 off", PLATE));
    lot.pass_time(90);
    let back = |merchant: Option<&str>| StaffAction::ReturnCoupon {
        number: 1,
        merchant: merchant.map(str::to_owned),
    };
    assert_eq!(refused(&mut lot, "2", back(Some("二楼超市"))), Refusal::NoCoupon);
    let order = lot.ok(6006, &fee(PLATE));
    assert_eq!(order["discount"], 5);
    assert_eq!(refused(&mut lot, "3", back(Some(SHOP))), Refusal::CouponInUse);
    lot.pass_time(6);
    give(&mut lot, "4", back(Some(SHOP)));
    assert_eq!(lot.ok(6006, &fee(PLATE))["discount"], 0);
    assert_eq!(refused(&mut lot, "5", back(None)), Refusal::CouponGone);
    give(&mut lot, "6", of_shop("5 off", PLATE));
    give(&mut lot, "7", at_booth(7));
    let back = StaffAction::ReturnCoupon { number: 2, merchant: None };
    assert_eq!(refused(&mut lot, "8", back), Refusal::CouponInUse, "paid with");
}

#[test]
fn a_coupon_for_a_class_gives_its_prices_and_goes_with_it() {
    let mut lot = with_patients();
    let of_class = |name: &str| of_staff(terms("", Reduction::Class(name.to_owned())), plate());
    assert_eq!(refused(&mut lot, "1", of_class("motorbike")), Refusal::NoClass);
    assert!(lot.enter(PLATE));
    lot.pass_time(90);
    assert_eq!(lot.ok(6006, &fee(PLATE))["receivables"], 12);
    give(&mut lot, "2", of_class("patient"));
    let order = lot.ok(6006, &fee(PLATE));
    assert_eq!((&order["receivables"], &order["discount"]), (&json!(5), &json!(0)));
    lot.pass_time(6);
    give(&mut lot, "3", StaffAction::ReturnCoupon { number: 1, merchant: None });
    assert_eq!(lot.ok(6006, &fee(PLATE))["receivables"], 12);
    lot.pass_time(6);
    give(&mut lot, "4", of_class("patient"));
    give(&mut lot, "5", at_booth(5));
    assert!(lot.leave(PLATE));
    assert_eq!(sums(&lot.reports(5005)[0]), [5, 0, 5]);
    assert_eq!(states(&lot), [CouponState::Returned, CouponState::Used]);
}

#[test]
fn a_shop_gives_no_more_coupons_or_yuan_than_its_day_and_its_month_allow() {
    let quotas = [
        (Quota { per_day: Some(2), ..Quota::default() }, QuotaKind::CouponsADay),
        (Quota { per_month: Some(2), ..Quota::default() }, QuotaKind::CouponsAMonth),
        (Quota { yuan_per_day: Some(Money::yuan(14)), ..Quota::default() }, QuotaKind::YuanADay),
        (
            Quota { yuan_per_month: Some(Money::yuan(14)), ..Quota::default() },
            QuotaKind::YuanAMonth,
        ),
    ];
    for (quota, kind) in quotas {
        let mut lot = with_shop(quota);
        let reached = Refusal::QuotaReached { quota: kind };
        for (id, plate) in [("1", "粤B00001"), ("2", "粤B00002")] {
            give(&mut lot, id, of_shop("5 off", plate));
        }
        assert_eq!(refused(&mut lot, "3", of_shop("5 off", "粤B00003")), reached);
        lot.now = at("2026-03-03T08:00");
        lot.tick();
        // Unused ones count no more; on the next day a day's bound is new.
        give(&mut lot, "4", of_shop("5 off", "粤B00003"));
        assert_eq!(states(&lot)[..2], [CouponState::Ended, CouponState::Ended]);
        give(&mut lot, "5", of_shop("5 off", "粤B00004"));
        assert_eq!(refused(&mut lot, "6", of_shop("5 off", "粤B00005")), reached);
    }
}

#[test]
fn a_used_coupon_counts_by_what_it_took_off() {
    let quota = Quota { yuan_per_month: Some(Money::yuan(60)), ..Quota::default() };
    let mut lot = with_shop(quota);
    give(&mut lot, "1", of_shop("all off", PLATE));
    let full = Refusal::QuotaReached { quota: QuotaKind::YuanAMonth };
    assert_eq!(refused(&mut lot, "2", of_shop("all off", "粤B00002")), full, "50 and 50");
    assert!(lot.enter(PLATE));
    lot.pass_time(60);
    assert!(lot.leave(PLATE));
    give(&mut lot, "3", of_shop("all off", "粤B00002"));
    let month = |day: &str| day.parse().unwrap();
    let given =
        lot.look(|tx| tx.given_between(SHOP, month("2026-03-01"), month("2026-03-31")).unwrap());
    assert_eq!(given, (2, Money::yuan(60)), "10 and 50");
}

#[test]
fn a_coupon_for_a_record_begins_at_once_and_one_for_a_plate_may_begin_later() {
    let mut lot = Lot::new();
    assert!(lot.enter(PLATE));
    let record = lot.look(|tx| tx.open_record_of(PLATE).unwrap().unwrap().id);
    let later = |target| {
        let from = Some(at("2026-03-02T10:00"));
        let which = CouponChoice::Free { terms: yuan_off(5), from, until: None };
        StaffAction::GiveCoupon(Box::new(NewCoupon { which, target }))
    };
    let refusal = refused(&mut lot, "1", later(CouponTarget::Record(record)));
    assert_eq!((refusal, refusal.field()), (Refusal::BeginsLater, "from"));
    assert!(all(&lot).is_empty());
    give(&mut lot, "2", later(plate()));
    lot.pass_time(119);
    assert_eq!(all(&lot)[0].record_id, None);
    lot.pass_time(1);
    assert_eq!(all(&lot)[0].record_id, lot.look(|tx| Some(tx.open_record_of(PLATE).unwrap()?.id)));
}

#[test]
fn of_coupons_that_take_off_time_one_may_be_bounded() {
    let mut lot = Lot::new();
    assert!(lot.enter(PLATE));
    let hour = |at_most: Option<i64>| {
        let hour = terms("", Reduction::Hours(SignedDuration::from_hours(1)));
        let at_most = at_most.map(Money::yuan);
        of_staff(CouponTerms { at_most, stackable: true, ..hour }, plate())
    };
    give(&mut lot, "1", hour(Some(4)));
    assert_eq!(refused(&mut lot, "2", hour(Some(4))), Refusal::NotStackable);
    give(&mut lot, "3", hour(None));
    lot.pass_time(150);
    assert_eq!(lot.ok(6006, &fee(PLATE))["discount"], 12);
    assert!(!lot.leave(PLATE));
    give(&mut lot, "4", at_booth(2));
    let taken: Vec<_> = all(&lot).iter().map(|one| one.taken).collect();
    assert_eq!(taken, [Money::yuan(2), Money::yuan(10)], "each no more than its hour");
}

#[test]
fn a_corrected_plate_leaves_the_other_ones_coupon_where_nothing_was_paid_with_it() {
    for paid in [false, true] {
        let mut lot = with_shop(Quota::default());
        give(&mut lot, "1", of_shop("5 off", PLATE));
        assert!(lot.enter(PLATE));
        lot.pass_time(90);
        if paid {
            give(&mut lot, "2", at_booth(7));
        }
        let record_id = lot.look(|tx| tx.open_record_of(PLATE).unwrap().unwrap().id);
        let correction = lotgate::model::staff::Correction {
            record_id: Some(record_id),
            plate_no: "粤B00009".parse().ok(),
            leave_time: Some(lot.now),
            ..lotgate::model::staff::Correction::default()
        };
        give(&mut lot, "3", StaffAction::Correct(Box::new(correction)));
        let coupon = &all(&lot)[0];
        if paid {
            assert_eq!((coupon.state, coupon.taken), (CouponState::Used, Money::yuan(5)));
            assert!(settled(&lot));
        } else {
            assert_eq!((coupon.state, &coupon.record_id), (CouponState::Open, &None));
        }
    }
}

#[test]
fn coupons_from_before_a_bound_in_yuan_leave_none_until_they_are_used() {
    let unbounded = |lot: &mut Lot, bound: bool| {
        for offer in &mut lot.rules.merchants[0].offers {
            offer.terms.at_most = bound.then_some(Money::yuan(50));
        }
    };
    let mut lot = with_shop(Quota::default());
    unbounded(&mut lot, false);
    give(&mut lot, "1", of_shop("all off", PLATE));
    lot.rules.merchants[0].quota.yuan_per_day = Some(Money::yuan(60));
    unbounded(&mut lot, true);
    let reached = Refusal::QuotaReached { quota: QuotaKind::YuanADay };
    assert_eq!(refused(&mut lot, "2", of_shop("5 off", "粤B00002")), reached);
    assert!(lot.enter(PLATE));
    lot.pass_time(600);
    assert!(lot.leave(PLATE));
    assert_eq!(all(&lot)[0].taken, Money::yuan(28));
    give(&mut lot, "3", of_shop("5 off", "粤B00002"));
    assert_eq!(refused(&mut lot, "4", of_shop("all off", "粤B00003")), reached);
}

#[test]
fn a_shop_that_is_gone_gives_nothing_and_what_it_gave_stays_good() {
    let mut lot = with_shop(Quota::default());
    assert!(lot.enter(PLATE));
    give(&mut lot, "1", of_shop("5 off", PLATE));
    lot.rules.merchants.clear();
    assert_eq!(refused(&mut lot, "2", of_shop("5 off", "粤B00002")), Refusal::NoOffer);
    lot.pass_time(90);
    assert_eq!(lot.ok(6006, &fee(PLATE))["discount"], 5);
    let command = StaffCommand {
        id: "3".into(),
        said: None,
        operator: SHOP.to_owned(),
        action: StaffAction::ReturnCoupon { number: 9, merchant: Some(SHOP.to_owned()) },
    };
    let (answer, _) = lot.apply(&Input::Staff(command));
    assert!(matches!(
        answer,
        lotgate::model::input::Answer::Staff(StaffAnswer::Refused(Refusal::NoCoupon))
    ));
}
