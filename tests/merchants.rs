//! Passes and coupons through the HTTP API of the running gateway, by staff and by a shop.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod common;

use common::{PATIENCE, World};
use lotgate::sim::plan::BOOTH_TOKEN;
use lotgate::standard::id::Id;
use serde_json::{Value, json};

const STAFF: &str = BOOTH_TOKEN;
const SHOP: &str = "token-of-the-shop";

/// A lot with a shop that has a token, too; the shop may give two coupons a day.
async fn world() -> World {
    let more = "[[merchant]]\n\
                name = \"一楼超市\"\n\
                token = \"token-of-the-shop\"\n\
                per_day = 2\n\
                [[merchant.coupon]]\n\
                name = \"减5元\"\n\
                amount = 5\n\
                [[merchant.coupon]]\n\
                name = \"全免\"\n\
                all = true\n";
    World::with(|plan| "0s".clone_into(&mut plan.free), more).await
}

fn of_shop(coupon: &str, plate: &str) -> Value {
    json!({ "id": Id::random(), "coupon": coupon, "plateNo": plate })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shops_coupon_opens_the_exit_and_reaches_the_platform_as_a_discount() {
    let mut world = world().await;
    world.enter("粤B00001").await;
    world.lot.exit.read("粤B00001").await;
    world.until("the hold", || world.log().contains("粤B00001 is held")).await;
    let order = of_shop("全免", "粤B00001");
    let (status, given) = world.show(SHOP, "/api/coupons", Some(&order)).await;
    assert!(status.contains("200"), "{status} {given}");
    assert!(given.get("recordId").is_none() && given.get("due").is_none(), "{given}");
    assert!(world.lot.exit.opened(1, PATIENCE).await, "{}", world.log());
    let charge = world.report(5008, |_| true).await;
    let sums = ["receivables", "discount", "received"].map(|name| charge[name].clone());
    assert_eq!(sums, [json!(10), json!(10), json!(0)]);
    let told = &charge["listDiscounts"][0];
    assert_eq!((&told["couponType"], &told["discountChannel"]), (&json!(4), &json!("一楼超市")));
    assert_eq!(told["couponNo"], given["couponNo"]);
    world.report(5005, |left| left["discount"] == 10 && left["received"] == 0).await;
    // The same id is the same coupon, also after a crash, and the quota is kept over it.
    world.kill();
    world.restart().await;
    assert_eq!(world.show(SHOP, "/api/coupons", Some(&order)).await.1, given);
    let second = of_shop("减5元", "粤B00002");
    assert!(world.show(SHOP, "/api/coupons", Some(&second)).await.0.contains("200"));
    let third = of_shop("减5元", "粤B00003");
    let (status, refused) = world.show(SHOP, "/api/coupons", Some(&third)).await;
    assert!(status.contains("409") && refused["field"] == "coupon", "{status} {refused}");
    let offers = world.show(SHOP, "/api/coupons/offers", None).await.1;
    assert_eq!(offers["merchants"][0]["day"]["given"], 2);
    assert_eq!(offers["merchants"][0]["coupons"][1]["name"], "全免");
    // A shop that is no longer configured is let in no more from the reload on.
    let path = world.lot.config_path();
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.split("[[merchant]]").next().unwrap()).unwrap();
    world.hang_up();
    world.until("the reload", || world.log().contains("reloaded")).await;
    assert!(world.show(SHOP, "/api/coupons", None).await.0.contains("401"));
    let coupons = world.show(STAFF, "/api/coupons", None).await.1["coupons"].clone();
    assert_eq!(coupons.as_array().unwrap().len(), 2, "what it gave stays");
    world.assert_lawful().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_and_shops_come_and_go_with_a_reload_and_nobody_is_staff_without_one() {
    let mut world = World::at_rest(|_| {}, "").await;
    let path = world.lot.config_path();
    let with_token = std::fs::read_to_string(&path).unwrap();
    let line = format!("token = \"{STAFF}\"\n");
    world.change_configuration(&line, "");
    world.start();
    world.ready().await;
    let status = |token: &'static str| {
        let world = &world;
        async move { world.show(token, "/api/passes", None).await.0 }
    };
    assert!(status("").await.contains("401"), "nobody has a token");
    let without = std::fs::read_to_string(&path).unwrap();
    let shop = format!(
        "\n[[merchant]]\nname = \"一楼超市\"\ntoken = \"{SHOP}\"\n\
         [[merchant.coupon]]\nname = \"减5元\"\namount = 5\n"
    );
    std::fs::write(&path, with_token + &shop).unwrap();
    world.hang_up();
    world.until("the reload", || world.log().contains("reloaded")).await;
    assert!(status("").await.contains("401"));
    assert!(status(SHOP).await.contains("403"));
    assert!(status(STAFF).await.contains("200"));
    assert!(world.show(SHOP, "/api/coupons", None).await.0.contains("200"));
    // One that is taken away is nobody's at once.
    std::fs::write(&path, without).unwrap();
    world.hang_up();
    let reloads = || world.log().matches("reloaded").count();
    world.until("the second reload", || reloads() == 2).await;
    assert!(status("").await.contains("401"));
    assert!(status(STAFF).await.contains("401"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shop_does_and_sees_nothing_but_its_own_coupons() {
    let world = world().await;
    let document = world.look("/api/openapi.json").await.1;
    for (path, methods) in document["paths"].as_object().unwrap() {
        if path.starts_with("/api/coupons") {
            continue;
        }
        for method in methods.as_object().unwrap().keys() {
            let body = (method == "post").then(|| json!({}));
            let (status, answer) = world.show(SHOP, path, body.as_ref()).await;
            assert!(status.contains("403"), "{method} {path}: {status}");
            let words = answer["error"].as_str().unwrap();
            assert!(words.contains("its own coupons") || words.contains("own coupons"), "{words}");
        }
    }
    for token in ["", "token-of-nobody"] {
        for path in ["/api/coupons", "/api/records?plateNo=x", "/api/passes"] {
            assert!(world.show(token, path, None).await.0.contains("401"), "{token} {path}");
        }
    }
    // Who was turned away is told, in few lines.
    let log = world.log();
    for words in [
        "127.0.0.1 called [web] with a wrong token or none",
        "the shop 一楼超市 (127.0.0.1) asked for what only staff may do and was refused",
    ] {
        assert_eq!(log.matches(words).count(), 1, "{words}: {log}");
    }
    let record = world.enter("粤B00001").await;
    let of_staff = json!({ "id": Id::random(), "recordId": record["id"], "kind": "percent",
        "value": 50, "stackable": true, "operator": "张三" });
    let given = world.show(STAFF, "/api/coupons", Some(&of_staff)).await.1;
    assert_eq!((&given["recordId"], &given["due"]), (&record["id"], &json!(5)), "{given}");
    world.show(SHOP, "/api/coupons", Some(&of_shop("减5元", "粤B00002"))).await;
    let numbers = |list: &Value| -> Vec<Value> {
        list["coupons"].as_array().unwrap().iter().map(|one| one["couponNo"].clone()).collect()
    };
    let seen = world.show(SHOP, "/api/coupons?merchant=another", None).await.1;
    assert_eq!(numbers(&seen), [json!("0000000002")]);
    let all = world.show(STAFF, "/api/coupons", None).await.1;
    assert_eq!(numbers(&all), [json!("0000000002"), json!("0000000001")]);
    // It cannot take back what is not its own, nor learn by an id what others were answered.
    let back = |number: &str| json!({ "couponNo": number });
    let (status, refused) =
        world.show(SHOP, "/api/coupons/return", Some(&back("0000000001"))).await;
    assert!(status.contains("404") && refused["field"] == "couponNo", "{status} {refused}");
    let same = json!({ "id": of_staff["id"], "coupon": "减5元", "plateNo": "粤B00003" });
    let own = world.show(SHOP, "/api/coupons", Some(&same)).await.1;
    assert_eq!(own["couponNo"], "0000000003", "{own}");
    let back = world.show(SHOP, "/api/coupons/return", Some(&back("3"))).await.1;
    assert_eq!(back["status"], "returned");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_a_coupon_is_told_by_field() {
    let world = world().await;
    let with = |more: &Value| {
        let mut body = json!({ "id": Id::random(), "plateNo": "粤B00001", "operator": "张三" });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    for (token, more, code, field) in [
        (STAFF, json!({}), "400", "kind"),
        (STAFF, json!({ "kind": "amount" }), "400", "value"),
        (STAFF, json!({ "kind": "amount", "value": 0 }), "422", "value"),
        (STAFF, json!({ "kind": "percent", "value": 101 }), "422", "value"),
        (STAFF, json!({ "kind": "percent", "value": 0.5 }), "422", "value"),
        (STAFF, json!({ "kind": "hours", "value": 1000 }), "422", "value"),
        (STAFF, json!({ "kind": "all", "value": 1 }), "422", "value"),
        (STAFF, json!({ "kind": "all", "class": "x" }), "422", "class"),
        (STAFF, json!({ "kind": "class", "class": "x" }), "404", "class"),
        (STAFF, json!({ "kind": "all", "atMost": 0 }), "422", "atMost"),
        (STAFF, json!({ "kind": "all", "recordId": "0" }), "422", "plateNo"),
        (STAFF, json!({ "kind": "all", "plateNo": "粤B1" }), "422", "plateNo"),
        (STAFF, json!({ "kind": "all", "coupon": "减5元" }), "422", "coupon"),
        (STAFF, json!({ "kind": "all", "until": "2020-01-01 00:00:00" }), "409", "until"),
        (STAFF, json!({ "kind": "all", "until": "2099-01-01 00:00:00" }), "409", "until"),
        (SHOP, json!({}), "400", "coupon"),
        (SHOP, json!({ "coupon": "减6元" }), "409", "coupon"),
        (SHOP, json!({ "coupon": "减5元", "kind": "all" }), "422", "kind"),
        (SHOP, json!({ "coupon": "减5元", "until": "2026-01-01 00:00:00" }), "422", "until"),
        (SHOP, json!({ "coupon": "减5元", "id": "1" }), "422", "id"),
    ] {
        let (status, answer) = world.show(token, "/api/coupons", Some(&with(&more))).await;
        assert!(status.contains(code), "{more}: {status} {answer}");
        assert_eq!(answer["field"], field, "{more}: {answer}");
        let words = answer["error"].as_str().unwrap();
        assert_eq!(words.contains("whole number"), more["kind"] == "percent", "{words}");
    }
    assert_eq!(world.show(STAFF, "/api/coupons", None).await.1["coupons"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn staff_give_list_and_withdraw_passes() {
    let world = world().await;
    let pass = |more: Value| {
        let mut body = json!({ "plateNoList": ["粤B00001", "粤B00002"], "reason": "看房",
            "until": shown(8), "operator": "张三" });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    for (more, code, field) in [
        (json!({ "until": "2020-01-01 00:00:00" }), "409", "until"),
        (json!({ "from": shown(9) }), "409", "until"),
        (json!({ "until": "2099-01-01 00:00:00" }), "409", "until"),
        (json!({ "plateNoList": ["粤B0000"] }), "422", "plateNoList"),
        (json!({ "plateNoList": [] }), "422", "plateNoList"),
        (json!({ "hours": 0 }), "422", "hours"),
        (json!({ "reason": " " }), "422", "reason"),
    ] {
        let (status, answer) = world.show(STAFF, "/api/passes", Some(&pass(more.clone()))).await;
        assert!(status.contains(code) && answer["field"] == field, "{more}: {status} {answer}");
    }
    let over = json!({ "until": "2020-01-01 00:00:00" });
    let said = world.show(STAFF, "/api/passes", Some(&pass(over))).await.1["error"].to_string();
    assert!(said.contains("has passed already"), "{said}");
    let body = pass(json!({ "id": Id::random() }));
    let given = world.show(STAFF, "/api/passes", Some(&body)).await.1;
    // The same id said once more is the same pass; said otherwise it is refused, by whatever path.
    assert_eq!(world.show(STAFF, "/api/passes", Some(&body)).await.1, given);
    let mut other = body.clone();
    other["reason"] = json!("送货");
    let coupon =
        json!({ "id": body["id"], "plateNo": "粤B00001", "kind": "all", "operator": "张三" });
    for (path, body) in [("/api/passes", &other), ("/api/coupons", &coupon)] {
        let (status, answer) = world.show(STAFF, path, Some(body)).await;
        assert!(status.contains("409") && answer["field"] == "id", "{path}: {status} {answer}");
    }
    assert_eq!(world.show(STAFF, "/api/coupons", None).await.1["coupons"], json!([]));
    let list = world.show(STAFF, "/api/passes", None).await.1;
    let shown = &list["passes"][0];
    assert_eq!((&shown["passId"], &shown["reason"]), (&given["passId"], &json!("看房")));
    world.enter("粤B00001").await;
    world.lot.exit.read("粤B00001").await;
    assert!(world.lot.exit.opened(1, PATIENCE).await, "{}", world.log());
    world.report(5005, |left| left["receivables"] == 0).await;
    let withdrawal = json!({ "passId": given["passId"], "operator": "张三" });
    let path = "/api/passes/withdraw";
    assert_eq!(world.show(STAFF, path, Some(&withdrawal)).await.1["status"], "withdrawn");
    let (status, again) = world.show(STAFF, path, Some(&withdrawal)).await;
    assert!(status.contains("409") && again["field"] == "passId", "{status} {again}");
    world.assert_lawful().await;
}

/// So many hours from now as the lot's clocks show it.
fn shown(hours: i64) -> String {
    let zone = jiff::tz::TimeZone::get("Asia/Shanghai").unwrap();
    let moment = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(hours);
    lotgate::standard::datetime::DateTime::at(moment, &zone).to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn staff_put_a_car_into_a_class_for_one_stay_or_a_plate_until_a_moment() {
    let more = "[[tariff.class]]\nname = \"ambulance\"\nfree = true\n";
    let world = World::with(|_| {}, more).await;
    world.enter("粤B00001").await;
    let class = |more: Value| {
        let mut body = json!({ "plateNo": "粤B00001", "class": "ambulance", "operator": "张三",
            "reason": "救护车" });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    for (more, code, field) in [
        (json!({ "thisStay": true, "until": shown(1) }), "422", "until"),
        (json!({ "until": "2020-01-01 00:00:00" }), "409", "until"),
        (json!({ "class": "fire engine" }), "404", "class"),
        (json!({ "plateNo": "粤B00002", "thisStay": true }), "404", "plateNo"),
    ] {
        let (status, answer) = world.show(STAFF, "/api/classes", Some(&class(more.clone()))).await;
        assert!(status.contains(code) && answer["field"] == field, "{more}: {status} {answer}");
    }
    assert_eq!(world.show(STAFF, "/api/classes", None).await.1["plates"], json!([]));
    let (status, given) = world.show(STAFF, "/api/classes", Some(&class(json!({})))).await;
    assert!(status.contains("200"), "{status} {given}");
    let list = world.show(STAFF, "/api/classes", None).await.1;
    assert_eq!(list["plates"][0]["class"], "ambulance");
    world.lot.exit.read("粤B00001").await;
    assert!(world.lot.exit.opened(1, PATIENCE).await, "{}", world.log());
    world.assert_lawful().await;
}
