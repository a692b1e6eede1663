//! The platform's commands over the real link, and a clean stop.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod common;

use common::World;
use lotgate::sim::plan::PARK_CODE;
use lotgate::standard::envelope::{Reply, encode_request};
use lotgate::standard::id::Id;
use lotgate::standard::sign::SignRules;
use serde_json::{Value, json};
use std::time::Duration;

fn lock_element(id: &Id, plate: &str) -> Value {
    json!({ "id": id, "parkCode": PARK_CODE, "plateNo": plate, "lockFlag": 0, "featureCode": "f" })
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_command_twice_happens_once_and_is_answered_twice_the_same() {
    let world = World::new().await;
    world.enter("粤B00001").await;
    let body = encode_request(
        &[lock_element(&Id::random(), "粤B00001").to_string()],
        1,
        SignRules::default(),
    );
    // Keys of serde_json are in canonical order already.
    let first = world.lot.platform.command_raw(6003, body.clone().into_bytes()).await.unwrap();
    let second = world.lot.platform.command_raw(6003, body.into_bytes()).await.unwrap();
    let (first, second) = (Reply::decode(&first).unwrap(), Reply::decode(&second).unwrap());
    assert!(first.succeeded());
    assert_eq!(first, second);
    world.assert_lawful().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lock_survives_kill_9_and_still_holds_the_car() {
    let mut world = World::with(|_| {}, "").await;
    world.enter("粤B00001").await;
    let id = Id::random();
    world.lock(&id, "粤B00001", 0).await;
    world.kill();
    world.restart().await;
    world.lot.exit.read("粤B00001").await;
    world.until("the hold", || world.log().contains("粤B00001 is held: its owner locked it")).await;
    assert_eq!(world.lock(&id, "粤B00001", 0).await.data, [json!({ "id": id, "lockstate": 1 })]);
    world.lock(&id, "粤B00001", 1).await;
    assert!(world.lot.exit.opened(1, common::PATIENCE).await, "{}", world.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_that_cannot_be_carried_out_is_answered_with_its_code() {
    let world = World::new().await;
    world.enter("粤B00001").await;
    let id = Id::random();
    let mut elements = Vec::new();
    for (change, code) in [
        (json!({ "plateNo": "粤B99999" }), 4001),
        (json!({ "parkCode": "44030400100101000099" }), 1101),
        (json!({ "lockFlag": 7 }), 1007),
        (json!({ "lockFlag": "x" }), 1005),
        (json!({ "featureCode": "x".repeat(51) }), 1004),
        (json!({ "featureCode": null }), 1000),
    ] {
        let mut element = lock_element(&id, "粤B00001");
        for (key, value) in change.as_object().unwrap() {
            element[key] = value.clone();
        }
        let reply = world.lot.platform.command(6003, std::slice::from_ref(&element)).await.unwrap();
        assert_eq!(reply.result_code, 1, "{code}");
        assert_eq!((&reply.data[0]["code"], &reply.data[0]["id"]), (&json!(code), &json!(id)));
        elements.push(element);
    }
    elements.push(lock_element(&id, "粤B00001"));
    let mixed = world.lot.platform.command(6003, &elements).await.unwrap();
    assert_eq!((mixed.result_code, mixed.data.len()), (0, 7), "one good element among bad ones");
    assert_eq!(mixed.data[6], json!({ "id": id, "lockstate": 1 }));
    world.assert_lawful().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_that_are_none_are_refused_and_the_link_stays_up() {
    let world = World::new().await;
    let unsigned = br#"{"timestamp":1,"sign":"00","data":[{}]}"#;
    let no_data = br#"{"timestamp":1,"sign":"00"}"#;
    for body in [&b"not json"[..], b"[]", b"", unsigned, no_data] {
        let reply = world.lot.platform.command_raw(6003, body.to_vec()).await.unwrap();
        let reply = Reply::decode(&reply).unwrap();
        assert!(reply.result_code == 1 && !reply.result_msg.is_empty());
    }
    for code in [6001, 9001, 8004, 5004, 1] {
        let reply = world.lot.platform.command(code, &[json!({})]).await.unwrap();
        assert_eq!(reply.result_code, 1, "{code}: {}", reply.result_msg);
    }
    assert!(!world.log().contains("command link is down"), "{}", world.log());
    world.assert_lawful().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sigterm_logs_out_everywhere_and_ends_within_five_seconds() {
    let mut world = World::new().await;
    world.enter("粤B00001").await;
    let (took, well) = world.terminate().await;
    assert!(well, "{}", world.log());
    assert!(took < Duration::from_secs(5), "{took:?}");
    assert_eq!(world.lot.platform.calls(1003), 1);
    assert!(world.log().contains("logged out of the platform"), "{}", world.log());
    // Counts that were not due yet come with the next start.
    assert_eq!(world.lot.platform.violations(), Vec::<String>::new());
}
