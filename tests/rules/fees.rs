//! What a stay costs and how it is paid (6006, 6007).

use crate::prelude::*;

#[test]
fn an_order_has_every_sum_and_keeps_its_number_while_nothing_changed() {
    let mut lot = Lot::new();
    assert_eq!(lot.refused(6006, &fee(PLATE)), 4001);
    assert!(lot.enter(PLATE));
    lot.pass_time(10);
    let free = lot.ok(6006, &fee(PLATE));
    assert_eq!((&free["receivables"], &free["chargeType"]), (&json!(0), &json!(1)));
    lot.pass_time(80);
    let order = lot.ok(6006, &fee(PLATE));
    let entered = lot.reports(5004)[0].clone();
    for (name, value) in [
        ("recordId", entered["id"].clone()),
        ("parkCode", json!(PARK_CODE)),
        ("plateNo", json!(PLATE)),
        ("enterTime", json!("2026-03-02 08:00:00")),
        ("chargingStart", json!("2026-03-02 08:00:00")),
        ("chargingDuration", json!(90)),
        ("paidAmount", json!(0)),
        ("receivables", json!(12)),
        ("otherFee", json!(0)),
        ("discount", json!(0)),
        ("chargingFee", json!(0)),
        ("chargeType", json!(0)),
        ("freeMinute", json!(15)),
        ("surplusMinute", json!(15)),
    ] {
        assert_eq!(order[name], value, "{name}");
    }
    lot.pass_time(10);
    assert_eq!(lot.ok(6006, &fee(PLATE))["orderNo"], order["orderNo"]);
    lot.pass_time(30);
    assert_ne!(lot.ok(6006, &fee(PLATE))["orderNo"], order["orderNo"]);
}

#[test]
fn coupons_take_off_what_table_83_says() {
    let mut lot = Lot::new();
    assert!(lot.enter(PLATE));
    lot.pass_time(150);
    for (kind, value, discount, charge_type) in [
        (0, json!(0), json!(0), 0),
        (1, json!(3), json!(3), 0),
        (1, json!(2.55), json!(2.55), 0),
        (1, json!(99), json!(14), 4),
        (2, json!(1), json!(2), 0),
        (2, json!(0.5), json!(2), 0),
        (2, json!(9), json!(14), 4),
        (3, json!(1), json!(14), 4),
    ] {
        let mut query = fee(PLATE);
        query["couponType"] = json!(kind);
        query["couponValue"] = value.clone();
        let order = lot.ok(6006, &query);
        assert_eq!(
            (&order["receivables"], &order["discount"], &order["chargeType"]),
            (&json!(14), &discount, &json!(charge_type)),
            "{kind} {value}"
        );
    }
    for (kind, value, code) in
        [(1, json!(-1), 1007), (2, json!(null), 1000), (4, json!(1), 1007), (1, json!("x"), 1005)]
    {
        let mut query = fee(PLATE);
        query["couponType"] = json!(kind);
        query["couponValue"] = value;
        assert_eq!(lot.refused(6006, &query), code, "{kind}");
    }
}

#[test]
fn a_fee_is_reckoned_up_to_the_moment_asked_for() {
    let mut lot = Lot::new();
    assert!(lot.enter(PLATE));
    let mut query = fee(PLATE);
    for (end, yuan) in [
        ("2026-03-02 08:10:00", 0),
        ("2026-03-02 10:00:00", 12),
        ("2026-03-04 08:00:00", 60),
        ("2026-03-01 08:00:00", 0),
        // As far as D.33 asks.
        ("2115-06-02 12:23:12", 977_950),
    ] {
        query["endTime"] = json!(end);
        let order = lot.ok(6006, &query);
        assert_eq!((&order["receivables"], &order["leaveTime"]), (&json!(yuan), &json!(end)));
    }
}

#[test]
fn a_payment_counts_once_opens_to_the_car_that_waits_and_lets_others_leave_in_time() {
    let mut lot = Lot::new();
    assert!(lot.enter(PLATE));
    lot.pass_time(90);
    assert!(!lot.leave(PLATE));
    let part = paid(&lot, "1", 5);
    let (_, out) = lot.command_at(900, 6007, std::slice::from_ref(&part));
    assert!(out.actuations.is_empty(), "5 of 12 are not enough");
    let rest = paid(&lot, "2", 7);
    for _ in 0..2 {
        lot.ok(6007, &part);
    }
    let (reply, out) = lot.command_at(901, 6007, std::slice::from_ref(&rest));
    assert_eq!((reply.succeeded(), reply.data.len(), out.actuations.len()), (true, 0, 1));
    let left = &lot.reports(5005)[0];
    assert_eq!((&left["received"], &left["receivables"]), (&json!(12), &json!(12)));
    assert_eq!(lot.reports(5008).len(), 2);
    let mut unknown = rest.clone();
    unknown["chargeInfo"]["id"] = json!("9".repeat(32));
    unknown["chargeInfo"]["recordId"] = json!("9".repeat(32));
    assert_eq!(lot.refused(6007, &unknown), 1100);
}

#[test]
fn sums_beyond_all_money_stop_nobody_and_a_row_of_an_earlier_version_that_holds_one_is_read() {
    let mut lot = Lot::new();
    assert!(lot.enter(PLATE));
    lot.pass_time(90);
    let payments = ["1", "2", "3", "4"].map(|id| {
        let mut payment = paid(&lot, id, 6_912_345_678);
        if id > "2" {
            payment["chargeInfo"]["discount"] = json!(6_912_345_678_i64);
        }
        payment
    });
    for payment in &payments {
        lot.ok(6007, payment);
    }
    assert!(lot.enter("粤C00001"), "another car comes in");
    assert!(lot.leave(PLATE), "it has paid");
    let left = &lot.reports(5005)[0];
    assert_eq!(left["received"], json!(10_000_000_000_i64));
    // An earlier version has written the sum down.
    let database = rusqlite::Connection::open(lot.folder.path().join("lotgate.db")).unwrap();
    let poison = "UPDATE parking_record SET received = '13824691356', discount = '13824691356.5'
                  WHERE plate_no = '粤C00001'";
    database.execute(poison, []).unwrap();
    assert!(lot.enter("粤C00005"), "nobody else is stopped");
    lot.pass_time(5);
    assert!(lot.leave("粤C00001"));
}

#[test]
fn one_bad_notice_among_good_ones_is_the_only_one_refused() {
    let mut lot = Lot::new();
    assert!(lot.enter(PLATE));
    let good = paid(&lot, "1", 5);
    let mut bad = paid(&lot, "2", 5);
    bad["chargeInfo"]["recordId"] = json!("9".repeat(32));
    let (reply, _) = lot.command_at(900, 6007, &[bad, good]);
    assert_eq!((reply.result_code, reply.data.len()), (0, 1));
    assert_eq!(reply.data[0]["code"], 1100);
    assert_eq!(lot.reports(5008).len(), 1);
}

#[test]
fn who_paid_before_driving_to_the_exit_leaves_within_the_leaving_time() {
    let mut lot = Lot::new();
    assert!(lot.enter(PLATE));
    lot.pass_time(50);
    let payment = paid(&lot, "1", 10);
    lot.ok(6007, &payment);
    lot.pass_time(15);
    assert!(lot.leave(PLATE));
}

#[test]
fn a_year_that_the_calendar_lacks_is_an_event_once_and_only_where_prices_need_it() {
    let mut lot = Lot::new();
    lot.tick();
    assert!(lot.reports(2002).is_empty());
    let day = lot.rules.tariff.rules[0].days.clone();
    lot.rules.tariff.rules[0].non_working_days = Some(day);
    lot.tick();
    lot.tick();
    let told = lot.reports(2002);
    assert_eq!(told.len(), 1);
    assert!(told[0]["remark"].as_str().unwrap().contains("节假日历缺少2026年"), "{told:?}");
}
