//! A plate becomes a report, a payment or an unlocking becomes an open barrier: the real binary, a real
//! broker, real TLS, the strict simulated platform.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod common;

use common::{A_WHILE, PATIENCE, World, plate_of};
use lotgate::sim::camera::ReadOptions;
use lotgate::standard::datetime::DateTime;
use lotgate::standard::id::Id;
use serde_json::json;

/// The lot's own time.
fn local(moment: jiff::Timestamp) -> String {
    let zone = jiff::tz::TimeZone::get("Asia/Shanghai").unwrap();
    DateTime::at(moment, &zone).to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plate_at_the_entry_opens_the_barrier_and_is_reported() {
    let world = World::new().await;
    let record = world.enter("粤B12345").await;
    assert_eq!(record["parkCarInfo"]["plateColor"], "蓝色");
    assert_eq!(record["inEquipmentId"], "a1dc1d9fccdc441fb6238fb43faba901");
    assert_eq!((&record["receivables"], &record["recordType"]), (&json!(0), &json!(0)));
    let counts = world.report(5003, |counts| counts["usedSpaces"] == 1).await;
    assert_eq!(counts["unusedSpaces"], 199);
    world.report(5002, |state| state["id"] == record["inEquipmentId"] && state["state"] == 1).await;
    let order: Vec<u16> =
        world.lot.platform.all_received().iter().map(|stored| stored.code).collect();
    assert_eq!(order[..6], [3001, 3005, 3002, 3002, 3003, 3003]);
    world.assert_lawful().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_car_that_stands_there_while_the_first_connection_ever_is_made_is_let_in() {
    let mut world = World::at_rest(|_| {}, "").await;
    world.start();
    let coming = async {
        loop {
            world.lot.entry.read("粤B12345").await;
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    };
    tokio::select! {
        () = coming => {}
        opened = world.lot.entry.opened(1, PATIENCE) => assert!(opened, "{}", world.log()),
    }
    world.report(5004, |record| plate_of(record) == "粤B12345").await;
    assert!(!world.log().contains("was here earlier"), "{}", world.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn base_data_the_platform_has_acknowledged_are_not_sent_again_after_a_restart() {
    let mut world = World::new().await;
    world.report(3003, |device| device["equipment"]["name"] == "出口相机").await;
    world.enter("粤B10000").await;
    world.kill();
    world.restart().await;
    world.enter("粤B10001").await;
    assert_eq!((world.lot.platform.calls(3001), world.lot.platform.received(3003).len()), (1, 2));
    world.assert_lawful().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_car_that_owes_is_held_and_leaves_as_soon_as_it_has_paid() {
    let world = World::new().await;
    let record = world.enter("粤B20001").await;
    world.lot.exit.read("粤B20001").await;
    world.until("the hold", || world.log().contains("粤B20001 is held: 10 yuan due")).await;
    let payment = Id::random();
    let paid = json!({ "id": payment, "plateNo": "粤 b20001", "received": 10, "operator": "张三" });
    let (status, body) = world.pay(&paid).await;
    assert_eq!((status.as_str(), &body["status"]), ("HTTP/1.1 200 OK", &json!("noted")));
    assert!(world.lot.exit.opened(1, PATIENCE).await, "{}", world.log());
    let left = world.report(5005, |left| left["id"] == record["id"]).await;
    assert_eq!((&left["receivables"], &left["received"]), (&json!(10), &json!(10)));
    assert_eq!(left["chargeIdList"], json!([payment]));
    let charge = world.report(5008, |charge| charge["recordId"] == record["id"]).await;
    assert_eq!((&charge["id"], &charge["payType"]), (&json!(payment), &json!(1)));
    assert_eq!(world.pay(&paid).await.1, body, "the same id is answered the same");
    assert_eq!(world.lot.platform.received(5008).len(), 1);
    world.assert_lawful().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_the_platform_took_opens_the_exit_and_is_reported_once() {
    let world = World::new().await;
    let record = world.enter("粤B20002").await;
    world.lot.exit.read("粤B20002").await;
    world.until("the hold", || world.log().contains("粤B20002 is held")).await;
    let charge = json!({
        "id": Id::random(), "recordId": record["id"], "payTime": local(jiff::Timestamp::now()),
        "receivables": 10, "discount": 2, "received": 8, "payType": 2, "payFrom": "微信公众号",
        "parkCarInfo": { "plateNo": "粤B20002", "eidEquiped": false },
    });
    let notice = json!({ "parkCode": record["parkCode"], "chargeInfo": charge });
    for _ in 0..2 {
        let reply = world.lot.platform.command(6007, std::slice::from_ref(&notice)).await.unwrap();
        assert!(reply.succeeded() && reply.data.is_empty(), "{reply:?}");
    }
    assert!(world.lot.exit.opened(1, PATIENCE).await, "{}", world.log());
    let reported = world.report(5008, |charge| charge["recordId"] == record["id"]).await;
    assert_eq!((&reported["id"], &reported["discount"]), (&notice["chargeInfo"]["id"], &json!(2)));
    world.report(5005, |left| left["id"] == record["id"]).await;
    assert_eq!(world.lot.platform.received(5008).len(), 1);
    world.assert_lawful().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_locked_car_stays_behind_the_barrier_until_it_is_unlocked() {
    let world = World::with(|_| {}, "").await;
    world.enter("粤B30001").await;
    let id = Id::random();
    let locked = world.lock(&id, "粤B30001", 0).await;
    assert_eq!(locked.data, [json!({ "id": id, "lockstate": 1 })]);
    for _ in 0..2 {
        world.lot.exit.read("粤B30001").await;
    }
    world
        .until("two holds", || {
            world.log().matches("粤B30001 is held: its owner locked it").count() == 2
        })
        .await;
    assert!(!world.lot.exit.opened(1, A_WHILE).await);
    let unlocked = world.lock(&id, "粤B30001", 1).await;
    assert_eq!(unlocked.data, [json!({ "id": id, "lockstate": 0 })]);
    assert!(world.lot.exit.opened(1, PATIENCE).await, "{}", world.log());
    let left = world.report(5005, |_| true).await;
    assert_eq!((&left["recordType"], &left["receivables"]), (&json!(0), &json!(0)));
    world.assert_lawful().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_camera_message_that_comes_twice_does_nothing_twice() {
    let world = World::new().await;
    let message = world.lot.entry.message("粤B40001", &ReadOptions::default());
    for _ in 0..3 {
        world.lot.entry.publish(message.clone()).await;
    }
    world.lot.entry.read("粤B40001").await;
    assert!(world.lot.entry.opened(1, PATIENCE).await, "{}", world.log());
    world.enter("粤B40002").await;
    assert_eq!(world.lot.platform.received(5004).len(), 2);
    assert_eq!(world.lot.entry.opens().len(), 2);
    world.assert_lawful().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_with_images_of_several_megabytes_passes() {
    let world = World::new().await;
    let options = ReadOptions { image_bytes: 6 * 1024 * 1024, ..ReadOptions::default() };
    world.lot.entry.publish(world.lot.entry.message("粤B50001", &options)).await;
    assert!(world.lot.entry.opened(1, PATIENCE).await, "{}", world.log());
    let record = world.report(5004, |record| common::plate_of(record) == "粤B50001").await;
    world.until("the image", || world.lot.platform.images().len() == 1).await;
    let image = &world.lot.platform.images()[0];
    assert!(image.file.len() == options.image_bytes && image.file[3..].iter().all(|b| *b == 0xd8));
    assert_eq!(image.fields["imageBizType"], "2");
    let id = record["id"].as_str().unwrap();
    assert!(
        image.fields["destPath"].ends_with(&format!("/{}/{id}/", lotgate::sim::plan::PARK_CODE))
    );
    let query = json!({ "parkCode": record["parkCode"], "plateNo": "50001" });
    let found = world.lot.platform.command(6005, &[query]).await.unwrap();
    let path = format!("{}{}", image.fields["destPath"], image.fields["fileName"]);
    assert_eq!(found.data[0]["imageUrl"], path);
    // It stays for people to compare while its car is inside.
    let pictures = world.look("/api/lanes").await.1;
    assert_eq!(pictures["allUp"], serde_json::Value::Null);
    let kept = || std::fs::read_dir(world.folder.path().join("images")).unwrap().count();
    assert_eq!(kept(), 1);
    world.assert_lawful().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_sent_late_is_a_record_in_its_own_time_and_opens_nothing() {
    let world = World::new().await;
    let two_hours_ago = u64::try_from(jiff::Timestamp::now().as_second()).unwrap() - 7200;
    let options = ReadOptions { offline: Some(two_hours_ago), ..ReadOptions::default() };
    world.lot.entry.publish(world.lot.entry.message("粤B60001", &options)).await;
    let record = world.report(5004, |record| common::plate_of(record) == "粤B60001").await;
    let then = jiff::Timestamp::from_second(i64::try_from(two_hours_ago).unwrap()).unwrap();
    assert_eq!(record["enterTime"], local(then));
    assert!(!world.lot.entry.opened(1, A_WHILE).await);
    // Two hours and a little: three hours begun.
    world.lot.exit.read("粤B60001").await;
    world.until("the fee", || world.log().contains("粤B60001 is held: 14 yuan due")).await;
    world.assert_lawful().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_lot_holds_the_next_car_and_lets_it_in_when_one_leaves() {
    let world = World::with(|plan| plan.total_spaces = 2, "").await;
    world.enter("粤B70001").await;
    world.enter("粤B70002").await;
    world.lot.entry.read("粤B70003").await;
    world.until("the hold", || world.log().contains("粤B70003 is held: the lot is full")).await;
    assert!(!world.lot.entry.opened(3, A_WHILE).await);
    world.lot.exit.read("粤B70001").await;
    assert!(world.lot.entry.opened(3, PATIENCE).await, "{}", world.log());
    world.report(5004, |record| common::plate_of(record) == "粤B70003").await;
    world.report(5003, |counts| counts["usedSpaces"] == 2 && counts["unusedSpaces"] == 0).await;
    world.assert_lawful().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_camera_that_does_not_answer_is_told_and_commanded_again_when_its_car_is_read_again() {
    let world = World::new().await;
    world.lot.entry.mute();
    world.lot.entry.read("粤B80001").await;
    assert!(world.lot.entry.opened(1, PATIENCE).await, "{}", world.log());
    world
        .until("the fault", || {
            world.log().contains("the barrier did not open: the device did not answer")
        })
        .await;
    assert_eq!(world.lot.entry.opens().len(), 1);
    assert_eq!(world.lot.platform.received(5004).len(), 0, "nothing says that it came in");
    world.lot.entry.hear();
    world.enter("粤B80001").await;
    assert_eq!(world.lot.entry.opens().len(), 2);
    world.assert_lawful().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_booth_request_that_is_wrong_names_the_field() {
    let world = World::new().await;
    let (status, body) = world
        .pay(&json!({ "id": "short", "plateNo": "粤B1", "received": 1, "operator": "张三" }))
        .await;
    assert_eq!(
        (status.as_str(), &body["field"]),
        ("HTTP/1.1 422 Unprocessable Entity", &json!("id"))
    );
    let nobody =
        json!({ "id": Id::random(), "plateNo": "粤B99999", "received": 1, "operator": "张三" });
    assert_eq!(world.pay(&nobody).await.1["field"], "plateNo");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_garage_without_a_plc_is_reported_and_the_lot_names_it_by_its_id() {
    let world = World::with(|plan| plan.numbered_spaces = 2, "").await;
    let lot = world.report(3001, |_| true).await["parkInfo"].clone();
    assert_eq!(lot["isGarage"], 1);
    assert_eq!(lot["garagesInfoTable"], json!(["a1dc1d9fccdc441fb6238fb43fab0001"]));
    world.report(8002, |garage| garage["garagestate"] == 1).await;
    let spaces = world.report(8003, |_| true).await["garageSpacesList"][0].clone();
    assert_eq!(
        (&spaces["totalSmallSpaces"], &spaces["availableSmallSpaces"]),
        (&json!(60), &json!(60))
    );
    world.assert_lawful().await;
}
