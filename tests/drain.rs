//! What waits goes to a platform far away many requests at a time, over HTTP/1.1 and HTTP/2, each record in its order; and when
//! the platform returns, soon.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod common;

use common::{PATIENCE, World};
use lotgate::sim::plan::{PARK_CODE, Plan};
use lotgate::sim::platform::Fault;
use lotgate::standard::id::Id;
use lotgate::standard::money::MoneyStyle;
use lotgate::standard::report::Report;
use lotgate::store::{Store, Urgency};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::time::Duration;

/// Stays that came in and went out while nobody reported them.
const STAYS: usize = 4000;

/// So many requests fly at once as long as nothing is known of a platform; how many more depends on the machine.
const BEGINS_WITH: usize = 8;

/// A lot that is at rest, and a platform so far away.
async fn far_away(http2: bool) -> World {
    let change = |plan: &mut Plan| {
        plan.settings.latency = Duration::from_millis(100);
        plan.settings.http2 = http2;
    };
    let world = World::at_rest(change, "").await;
    let path = world.folder.path().join("lotgate.db");
    let (mut store, _) = Store::open(&path, jiff::Timestamp::now()).unwrap();
    let tx = store.begin().unwrap();
    for stay in 0..STAYS {
        let id = Id::random();
        let mut element = json!({
            "id": id, "parkCode": PARK_CODE,
            "parkCarInfo": { "plateNo": format!("粤B{stay:05}"), "plateColor": "蓝色", "carModel": 3, "eidEquiped": false },
            "enterTime": "2026-01-01 00:00:00", "inEquipmentId": "a1dc1d9fccdc441fb6238fb43faba901",
            "receivables": 0, "discount": 0, "received": 0, "isStagger": 0, "recordType": 0,
        });
        let queue = |code, element: &Value| {
            let report = Report::new(code, element, MoneyStyle::Shortest).unwrap();
            let subject = format!("record:{id}");
            tx.queue(&report, &subject, Urgency::Record, jiff::Timestamp::now()).unwrap();
        };
        queue(5004, &element);
        element["leaveTime"] = "2026-01-01 00:05:00".into();
        element["outEquipmentId"] = "a1dc1d9fccdc441fb6238fb43faba902".into();
        queue(5005, &element);
    }
    tx.commit().unwrap();
    world
}

/// All has come, each stay's beginning before its end.
async fn drained(world: &World) {
    let platform = &world.lot.platform;
    let all = |code| platform.received(code).len() >= STAYS;
    assert!(platform.until(PATIENCE, |_| all(5004) && all(5005)).await, "{}", world.log());
    let mut began = HashMap::new();
    for (place, report) in platform.all_received().iter().enumerate() {
        match report.code {
            5004 => drop(began.insert(report.element["id"].clone(), place)),
            5005 => assert!(began.contains_key(&report.element["id"]), "{:?}", report.element),
            _ => {}
        }
    }
    assert_eq!(began.len(), STAYS);
    assert_eq!(platform.violations(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn to_a_platform_far_away_more_and_more_goes_at_once_and_each_record_in_its_order() {
    let mut world = far_away(false).await;
    world.start();
    drained(&world).await;
    let (most, repeats) = (world.lot.platform.most_at_once(), world.lot.platform.repeats());
    assert!(most > BEGINS_WITH && most <= 64 && repeats == 0, "{most}, {repeats}");
}

#[tokio::test(flavor = "multi_thread")]
async fn where_the_platform_speaks_http_2_one_connection_carries_all() {
    let mut world = far_away(true).await;
    world.start();
    drained(&world).await;
    let platform = &world.lot.platform;
    let (requests, connections) = platform.over_http2();
    assert!(requests >= 2 * STAYS / 50 && connections <= 2, "{requests} on {connections}");
    assert!(platform.most_at_once() > BEGINS_WITH, "{}", platform.most_at_once());
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_fails_in_the_middle_has_everything_once_in_the_end() {
    for fault in [Fault::Status(503), Fault::Drop] {
        let mut world = far_away(true).await;
        world.start();
        let platform = &world.lot.platform;
        platform.until(PATIENCE, |platform| platform.received(5004).len() >= 1000).await;
        platform.fail(Some(fault));
        let failed = platform.failed();
        platform.until(PATIENCE, |platform| platform.failed() > failed).await;
        platform.fail(None);
        drained(&world).await;
    }
}
