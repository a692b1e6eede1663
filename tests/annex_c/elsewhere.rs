//! C.3 to C.6: guidance, garages, reconciliation, electronic tags.

use super::*;
use lotgate::sim::garage::register;
use lotgate::sim::plan::{GARAGE_CODE, GARAGE_SPACES, HardwarePlan, space_no};
use rumqttc::{AsyncClient, Event, Incoming, MqttOptions, QoS};

#[tokio::test(flavor = "multi_thread")]
async fn c_3_a_sign_shows_what_the_platform_says_of_the_lot_and_its_spaces() {
    let world = World::new().await;
    // The platform knows how many spaces are free from the lot itself.
    world.enter(PLATE).await;
    world.counts_are(1, 0, 199).await;
    let counts = world.lot.platform.received(5003).pop().unwrap();
    world
        .ordered(
            9001,
            json!({ "parkCode": PARK_CODE, "parkName": "演示停车场", "address": "演示路 1 号",
                "districtCode": "440304001", "listEntranceInfo": [], "totalSpaces": 200, "remainingSpace": counts["unusedSpaces"],
                "publicInfo": "00:00~24:00，首小时10元" }),
        )
        .await;
    let address = world.lot.broker;
    let options = MqttOptions::new("sign", address.ip().to_string(), address.port());
    let (client, mut events) = AsyncClient::new(options, 10);
    client.subscribe(format!("lotgate/guidance/{PARK_CODE}"), QoS::AtLeastOnce).await.unwrap();
    let shown = tokio::time::timeout(PATIENCE, async {
        loop {
            if let Event::Incoming(Incoming::Publish(publish)) = events.poll().await.unwrap() {
                return serde_json::from_slice::<Value>(&publish.payload).unwrap();
            }
        }
    });
    let shown = shown.await.unwrap();
    assert_eq!((&shown["parkName"], &shown["remainingSpace"]), (&json!("演示停车场"), &json!(199)));
    assert_eq!(shown["publicInfo"], "00:00~24:00，首小时10元");
    world.assert_lawful().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn c_4_a_car_is_put_into_the_garage_and_taken_out_of_it() {
    let plan = |plan: &mut lotgate::sim::plan::Plan| {
        plan.hardware = Some(HardwarePlan::default());
    };
    let world = World::with(plan, "").await;
    let garage = &world.lot.hardware.as_ref().unwrap().garage;
    let space = json!(space_no(GARAGE_SPACES.start));
    let mission = json!({ "parkCode": PARK_CODE, "garageCode": GARAGE_CODE, "plateNo": PLATE, "garagePassCode": 1 });
    world.report(8002, |state| state["garagestate"] == 1).await;
    world.lot.entry.read(PLATE).await;
    let came = world.report(5004, |came| plate_of(came) == PLATE).await;
    world.ordered(8004, mission.clone()).await;
    world.report(2002, |event| event["remark"] == "车辆入库" && event["plateNo"] == PLATE).await;
    let stored = world.report(5006, |record| record["id"] == came["id"]).await;
    assert_eq!((&stored["garageNo"], &stored["spaceNo"]), (&json!(GARAGE_CODE), &space));
    world.space_is(&space, 2).await;
    world.report(8003, |spaces| spaces["garageSpacesList"][0]["availableSmallSpaces"] == 3).await;
    world.until("the garage at rest", || garage.get(register::BUSY) == 0).await;
    world.ordered(8005, mission).await;
    world.report(2002, |event| event["remark"] == "车辆出库" && event["plateNo"] == PLATE).await;
    world.space_is(&space, 0).await;
    world.lot.exit.read(PLATE).await;
    world.left(PLATE).await;
    assert_eq!(garage.cars(), 0);
    world.assert_lawful().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn c_5_what_was_paid_at_the_platform_and_at_the_lot_reconciles_by_order() {
    let rule = "direction = \"exit\"|rule = \"leave-then-charge\"";
    let world = World::with(|plan| "0s".clone_into(&mut plan.free), rule).await;
    let online = world.enter("粤B00001").await;
    let order = world.asks_fee("粤B00001").await;
    let by_phone = world.pays_online(&order).await;
    world.leaves("粤B00001").await;
    let cash =
        json!({ "id": Id::random(), "plateNo": "粤B00002", "received": 10, "operator": "张三" });
    let at_booth = world.enter("粤B00002").await;
    assert!(world.pay(&cash).await.0.contains("200"));
    world.leaves("粤B00002").await;
    world.lot.platform.open_contract("粤B00003");
    let signed = world.enter("粤B00003").await;
    world.has_contract("粤B00003").await;
    world.leaves("粤B00003").await;
    let asked = world.report(5007, |order| order["recordId"] == signed["id"]).await;
    let deducted = world.deducts(&asked).await;
    world.report(5006, |record| record["id"] == signed["id"]).await;
    // The platform's payments are found again among the lot's charges, each by its order and once.
    let charges = world.lot.platform.received(5008);
    for (paid, record) in [(&by_phone, &online), (&deducted, &signed)] {
        let its: Vec<_> =
            charges.iter().filter(|charge| charge["orderNo"] == paid["orderNo"]).collect();
        assert_eq!(its.len(), 1, "{paid}");
        assert_eq!((&its[0]["id"], &its[0]["received"]), (&paid["id"], &paid["received"]));
        assert_eq!(its[0]["recordId"], record["id"]);
    }
    // What is left over was taken at the lot, by an order of its own.
    let rest = charges.iter().find(|charge| charge["recordId"] == at_booth["id"]).unwrap();
    assert!(rest["orderNo"].as_str().is_some_and(|order| !order.is_empty()), "{rest}");
    world.assert_lawful().await;
    let totals = world.lot.platform.ledger().totals();
    assert_eq!((totals.charged, totals.refunded, totals.recorded), (3000, 0, 3000));
}

#[tokio::test(flavor = "multi_thread")]
async fn c_6_a_record_says_whether_an_electronic_tag_was_read() {
    let world = World::with(|_| {}, "[lot]|eid_equipped = true").await;
    assert_eq!(world.enter(PLATE).await["parkCarInfo"]["eidEquiped"], true);
    world.assert_lawful().await;
}
