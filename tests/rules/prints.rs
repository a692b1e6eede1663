//! A command is the same one in whatever print it comes: repeated in another it is answered as before and does nothing, and what
//! earlier programs wrote down by its print is found.

use crate::prelude::*;
use lotgate::foreign::json::canonical;
use lotgate::standard::sign::hex;
use lotgate::store::JournalEntry;
use sha1::{Digest, Sha1};

fn printed(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

fn expiry(lot: &Lot) -> Timestamp {
    lot.look(|tx| tx.booking("YD1").unwrap().unwrap().over_time)
}

#[test]
fn an_extension_that_comes_again_in_another_print_extends_nothing() {
    let mut lot = Lot::new();
    let made = book("YD1", "粤B10001", lot.now, 30);
    lot.ok(6001, &made);
    let sent = lot.now.as_second() + 600;
    lot.pass_time(10);
    let extend = |state: &str| {
        printed(&format!(r#"{{"bookCode":"YD1","parkCode":"{PARK_CODE}","confirmstate":{state}}}"#))
    };
    let (first, _) = lot.command_at(sent, 6002, &[extend("2")]);
    assert!(first.succeeded(), "{first:?}");
    let extended = expiry(&lot);
    for state in ["2", "2.0", "\"2\"", "2E+0", "0.2e1", "\" 2.00 \""] {
        lot.pass_time(1);
        let (again, _) = lot.command_at(sent, 6002, &[extend(state)]);
        assert_eq!((again, expiry(&lot)), (first.clone(), extended), "{state}");
    }
    // Another one is another.
    lot.command_at(sent + 1, 6002, &[extend("2.0")]);
    assert!(expiry(&lot) > extended);
}

#[test]
fn what_an_earlier_program_wrote_down_by_its_print_is_answered_from_the_journal() {
    let mut lot = Lot::new();
    let (sent, element) = (lot.now.as_second(), control("1", 4));
    let digest = hex(&Sha1::digest(format!("4001\n{sent}\n{}", canonical(&element))));
    let entry =
        JournalEntry { action: "set".to_owned(), reply: vec![json!({ "id": "a".repeat(32) })] };
    let tx = lot.store.begin().unwrap();
    tx.add_journal_entry(4001, &digest, "1", &entry, lot.now).unwrap();
    tx.commit().unwrap();
    let (reply, _) = lot.command_at(sent, 4001, &[element]);
    assert_eq!(reply.data, entry.reply);
}

#[test]
fn a_payment_of_a_java_platform_counts_once_and_in_full() {
    let mut lot = Lot::new();
    lot.enter(PLATE);
    lot.pass_time(61);
    let mut notice = paid(&lot, "1", 10);
    let charge = &mut notice["chargeInfo"];
    let local = charge["payTime"].as_str().unwrap().to_owned();
    charge["received"] = printed("1E+1");
    charge["payTime"] = json!(format!("{local}.0"));
    lot.ok(6007, &notice);
    notice["chargeInfo"]["received"] = json!("10.00");
    notice["chargeInfo"]["payTime"] = json!(local.replace('-', "/").replace(' ', "T"));
    lot.ok(6007, &notice);
    assert_eq!(lot.reports(5008).len(), 1);
    assert_eq!(lot.reports(5008)[0]["received"], json!(10));
}

#[test]
fn a_payment_without_a_discount_or_with_half_a_car_lets_its_driver_out() {
    for (field, value) in [
        ("discount", Value::Null),
        ("discount", json!("")),
        ("receivables", Value::Null),
        ("received", json!("¥10")),
        ("received", json!("￥10.00")),
        ("parkCarInfo", json!({ "plateNo": PLATE })),
        ("parkCarInfo", json!({ "plateNo": PLATE, "eidEquiped": null })),
    ] {
        let mut lot = Lot::new();
        lot.enter(PLATE);
        lot.pass_time(61);
        let mut notice = paid(&lot, "1", 10);
        notice["chargeInfo"][field] = value.clone();
        lot.ok(6007, &notice);
        let report = &lot.reports(5008)[0];
        let sums = ["receivables", "discount", "received"].map(|name| report[name].clone());
        assert_eq!(sums, [json!(10), json!(0), json!(10)], "{field} {value}");
    }
}

#[test]
fn a_payment_that_leaves_labels_out_or_says_them_in_its_own_words_lets_its_driver_out() {
    let without = |charge: &mut Value, name: &str| {
        charge.as_object_mut().unwrap().remove(name);
    };
    let said = |charge: &mut Value, name: &str, value: Value| {
        charge["parkCarInfo"] = json!({ "plateNo": PLATE, "eidEquiped": false, name: value });
    };
    let changes: [&dyn Fn(&mut Value); 12] = [
        &|charge| without(charge, "discount"),
        &|charge| without(charge, "receivables"),
        &|charge| {
            without(charge, "discount");
            without(charge, "receivables");
        },
        &|charge| without(charge, "payFrom"),
        &|charge| charge["payFrom"] = json!(" "),
        &|charge| charge["payFrom"] = json!(true),
        &|charge| said(charge, "carLogo", json!("Mercedes-Benz")),
        &|charge| said(charge, "carColor", json!("#FFFFFF")),
        &|charge| said(charge, "plateColor", json!("渐变绿色")),
        &|charge| said(charge, "carModel", json!("小型车")),
        &|charge| said(charge, "licensePlateType", json!(3)),
        &|charge| said(charge, "vrdb_usage", json!({ "usage": "unknown" })),
    ];
    for (at, change) in changes.iter().enumerate() {
        let mut lot = Lot::new();
        lot.enter(PLATE);
        lot.pass_time(61);
        let mut notice = paid(&lot, "1", 12);
        change(&mut notice["chargeInfo"]);
        lot.ok(6007, &notice);
        let report = &lot.reports(5008)[0];
        let sums = ["receivables", "discount", "received"].map(|name| report[name].clone());
        assert_eq!(sums, [json!(12), json!(0), json!(12)], "{at}");
        assert!(!report["payFrom"].as_str().unwrap().trim().is_empty(), "{at}");
        assert!(lot.leave(PLATE), "{at}");
    }
}

#[test]
fn a_payment_under_an_id_of_another_form_is_in_the_books_once_with_all_that_follows_from_it() {
    for id in
        [json!("1465984561234567892"), json!(1_465_984_561_234_567_892_i64), json!("支付2026")]
    {
        let mut lot = Lot::new();
        lot.enter(PLATE);
        lot.pass_time(61);
        let mut notice = paid(&lot, "1", 12);
        notice["chargeInfo"]["id"] = id.clone();
        notice["chargeInfo"]["listDiscounts"] =
            json!([{ "id": id, "couponType": 1, "couponValue": 0 }]);
        lot.ok(6007, &notice);
        lot.ok(6007, &notice);
        assert!(lot.leave(PLATE), "{id}");
        let (charges, left) = (lot.reports(5008), lot.reports(5005));
        assert_eq!((charges.len(), left.len()), (1, 1), "{id}");
        assert_eq!(charges[0]["id"].as_str().unwrap().len(), 32, "{id}");
        assert_eq!(left[0]["chargeIdList"][0], charges[0]["id"], "{id}");
    }
}

#[test]
fn a_payment_by_an_app_of_a_long_name_lets_its_driver_out() {
    let mut lot = Lot::new();
    lot.enter(PLATE);
    lot.pass_time(61);
    let mut notice = paid(&lot, "1", 12);
    notice["chargeInfo"]["payFrom"] = "深圳市智慧停车统一支付平台微信公众号".into();
    lot.ok(6007, &notice);
    assert_eq!(lot.reports(5008)[0]["payFrom"], "深圳市智慧停车统一支");
    assert!(lot.leave(PLATE));
}

#[test]
fn an_entry_of_the_list_ends_with_its_last_day_however_that_is_printed() {
    for day in ["2026-07-31", "2026/7/31", " 20260731 ", "2026年7月31日"] {
        let mut lot = Lot::new();
        let mut entry = control("1", 4);
        entry["blackWhiteGraySheet"]["endDate"] = json!(day);
        lot.ok(4001, &entry);
        let end = lot.look(|tx| tx.controls_of(PLATE, (lot.now, lot.now)).unwrap()[0].end);
        assert_eq!(local(end), "2026-07-31 23:59:59", "{day}");
    }
}
