//! C.2: spaces along a street, each with a geomagnetic sensor.

use super::*;
use lotgate::sim::plan::{SENSOR_SPACES, space_no};

/// A street that costs from the first second.
async fn street() -> World {
    World::with(
        |plan| {
            (plan.on_street, plan.total_spaces, plan.free) = (true, 2, "0s".to_owned());
            plan.reservable_spaces = 0;
        },
        "",
    )
    .await
}

fn space() -> Value {
    json!(space_no(SENSOR_SPACES.start))
}

impl World {
    /// The first space's sensor sees a car come or go.
    async fn sensor_sees(&self, car: bool) {
        self.lot.sensors.as_ref().unwrap().sees(1, car).await;
    }

    /// A car parks; its 5004.
    async fn parks(&self) -> Value {
        self.sensor_sees(true).await;
        self.report(5004, |came| came["spaceNo"] == space()).await
    }

    /// It drives away; its 5005.
    async fn drives_away(&self, came: &Value) -> Value {
        self.sensor_sees(false).await;
        self.report(5005, |left| left["id"] == came["id"]).await
    }

    async fn arrears(&self) -> usize {
        let (status, body) = self.look("/api/arrears").await;
        assert!(status.contains("200"), "{status}");
        body["records"].as_array().unwrap().len()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn c_2_2_1_a_sensor_tells_a_car_that_parks() {
    let world = street().await;
    let came = world.parks().await;
    assert!(came["parkCarInfo"]["plateNo"].as_str().is_none_or(str::is_empty), "{came}");
    world.space_is(&space(), 2).await;
    world.counts_are(1, 0, 1).await;
    world.assert_lawful().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn c_2_2_2_a_sensor_tells_a_car_that_drives_away() {
    let world = street().await;
    let came = world.parks().await;
    let left = world.drives_away(&came).await;
    assert_eq!((&left["spaceNo"], sums(&left)), (&space(), [10, 0, 0]));
    world.space_is(&space(), 0).await;
    world.counts_are(0, 0, 2).await;
    world.assert_lawful().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn c_2_2_3_ordered_and_paid_while_parked() {
    let world = street().await;
    let came = world.parks().await;
    let by_space = json!({ "parkCode": PARK_CODE, "spaceNo": space() });
    let order = world.ordered(6006, by_space).await;
    assert_eq!((&order["recordId"], &order["receivables"]), (&came["id"], &json!(10)));
    world.pays_online(&order).await;
    let left = world.drives_away(&came).await;
    assert_eq!(sums(&left), [10, 0, 10]);
    assert_eq!(world.heard_of(&came), [5004, 5008, 5005]);
    assert_eq!(world.arrears().await, 0);
    world.assert_lawful().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn c_2_2_4_a_signed_car_drives_away_and_its_fee_is_deducted() {
    let world = street().await;
    world.lot.platform.open_contract(PLATE);
    let came = world.parks().await;
    // Somebody of the lot goes along the street and reads the plate.
    let read = json!({ "recordId": came["id"], "plateNo": PLATE, "operator": "张三" });
    assert_eq!(world.booth("/api/records/correct", &read).await.1["status"], "corrected");
    world.until("the question", || world.lot.platform.calls(5010) == 1).await;
    let left = world.drives_away(&came).await;
    assert_eq!((plate_of(&left), sums(&left)), (PLATE, [10, 0, 0]));
    let order = world.report(5007, |order| order["recordId"] == came["id"]).await;
    world.deducts(&order).await;
    world.report(5006, |record| sums(record) == [10, 0, 10]).await;
    assert_eq!(world.lot.platform.received(5008).len(), 1);
    world.assert_lawful().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn c_2_2_5_who_drove_away_unpaid_pays_afterwards() {
    let world = street().await;
    let came = world.parks().await;
    world.drives_away(&came).await;
    let order = world.report(5007, |order| order["recordId"] == came["id"]).await;
    assert_eq!((&order["receivables"], &order["spaceNo"]), (&json!(10), &space()));
    assert_eq!(world.arrears().await, 1);
    // The driver is reminded, looks the order up and pays.
    let found = world.ordered(6006, json!({ "parkCode": PARK_CODE, "spaceNo": space() })).await;
    assert_eq!((&found["orderNo"], &found["receivables"]), (&order["orderNo"], &json!(10)));
    world.pays_online(&found).await;
    world.report(5006, |record| sums(record) == [10, 0, 10]).await;
    assert_eq!(world.arrears().await, 0);
    assert_eq!(world.heard_of(&came)[3..], [5008, 5006]);
    world.assert_lawful().await;
}
