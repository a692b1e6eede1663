//! Cars that pass while the box is down: by cameras' own lists, and in the books afterwards. With mosquitto; where it is
//! not installed these tests say so and pass.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod common;
#[path = "common/mosquitto.rs"]
mod mosquitto;

use common::World;
use lotgate::sim::camera::SimulatedCamera;
use lotgate::sim::plan::{ENTRY_CAMERA, EXIT_CAMERA};
use mosquitto::Mosquitto;
use serde_json::{Value, json};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

const TENANT: &str = "粤B00001";
const VISITOR: &str = "粤A77777";

fn seconds_ago(seconds: u64) -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() - seconds
}

/// A moment as reports write it.
fn local(world: &World, seconds: u64) -> Value {
    let moment = jiff::Timestamp::from_second(i64::try_from(seconds).unwrap()).unwrap();
    json!(world.lot.local(moment).to_string())
}

/// The plates that a camera's own list holds.
fn own_list(camera: &SimulatedCamera) -> Vec<String> {
    camera.own_list().into_keys().collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tenants_car_passes_while_the_box_is_down_and_is_in_the_books_afterwards() {
    let kept = "persistence true\nautosave_on_changes true\nautosave_interval 1";
    let Some(mut broker) = Mosquitto::start(kept) else { return };
    let lists =
        [ENTRY_CAMERA, EXIT_CAMERA].map(|sn| format!("sn = \"{sn}\"|white_list = true")).join("\n");
    let listen = broker.listen;
    let mut world = World::with(|plan| plan.broker = Some(listen), &lists).await;
    let lease = json!({ "plateNoList": [TENANT, "粤B00002"], "spaceNoList": ["S1"],
        "beginDate": "2026-01-01", "endDate": "2099-12-31", "operator": "张三" });
    assert!(world.booth("/api/leases", &lease).await.0.contains("200"));
    world.until("one plate at the entry", || own_list(&world.lot.entry).len() == 1).await;
    let one = own_list(&world.lot.entry).remove(0);
    assert_eq!(world.lot.entry.own_list()[&one], "2099-12-31 23:59:59");
    assert_eq!(own_list(&world.lot.exit), [""; 0]);

    // The box is without power. Its cameras have their own lists.
    world.kill();
    broker.kill();
    let entered = seconds_ago(600);
    assert_eq!(world.lot.entry.comes_unattended(VISITOR, entered), None, "stays outside");
    let told = world.lot.entry.comes_unattended(&one, entered).unwrap();
    broker.start_again();
    world.lot.entry.connected().await;
    world.lot.entry.publish(told).await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    world.restart().await;
    let record =
        world.report(5004, |record| record["parkCarInfo"]["plateNo"] == one.as_str()).await;
    assert_eq!(record["enterTime"], local(&world, entered));
    world.until("its way out by the list", || own_list(&world.lot.exit) == [one.clone()]).await;
    world.until("no other in its place", || own_list(&world.lot.entry).is_empty()).await;

    // Once more, on its way out.
    world.kill();
    let left = seconds_ago(60);
    assert_eq!(world.lot.exit.comes_unattended(VISITOR, left), None);
    let told = world.lot.exit.comes_unattended(&one, left).unwrap();
    world.lot.exit.publish(told).await;
    world.restart().await;
    let record =
        world.report(5005, |record| record["parkCarInfo"]["plateNo"] == one.as_str()).await;
    assert_eq!((&record["leaveTime"], &record["receivables"]), (&local(&world, left), &json!(0)));
    world.until("nobody at the exit", || own_list(&world.lot.exit).is_empty()).await;
    let opened = (world.lot.entry.opens().len(), world.lot.exit.opens().len());
    assert_eq!(opened, (0, 0), "the gateway moved no barrier");
    assert!(world.lot.platform.received(5007).is_empty());
    // The lot has heard of both by then.
    let begun = std::time::Instant::now();
    loop {
        let shown = world.look("/api/camera-lists").await.1;
        let cameras = shown["cameras"].as_array().unwrap();
        let modes: Vec<_> = cameras.iter().map(|one| &one["mode"]).collect();
        assert!(modes.iter().all(|mode| **mode == "when-offline"), "{shown}");
        let all_done = cameras.iter().flat_map(|one| one["plates"].as_array().unwrap());
        if modes.len() == 1 && all_done.clone().all(|one| one["toDo"].is_null()) {
            break;
        }
        assert!(begun.elapsed() < common::PATIENCE, "{shown}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    world.assert_lawful().await;
}
